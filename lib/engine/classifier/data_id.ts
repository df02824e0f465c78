import type { ByteString } from "../../base/byte_string.ts";

const CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SUFFIX_LENGTH = 8;

/** Where random integers come from. */
export interface RandomIntegers {
  /** An integer from 0 to below `limit`. */
  int(limit: number): number;
}

/** An id for a stored datum: its label, an underscore and random characters; drawn again while it is taken. */
export function newDataId(
  label: ByteString,
  random: RandomIntegers,
  isTaken: (id: ByteString) => boolean,
): ByteString {
  while (true) {
    let id = label + "_";
    for (let i = 0; i < SUFFIX_LENGTH; i++) id += CHARACTERS[random.int(CHARACTERS.length)]!;
    if (!isTaken(id)) return id;
  }
}

/** The label of a stored datum: what stands before the last underscore, or all if there is none. */
export function labelOfDataId(id: ByteString): ByteString {
  const end = id.lastIndexOf("_");
  return end < 0 ? id : id.slice(0, end);
}
