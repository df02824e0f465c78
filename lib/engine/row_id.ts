import type { ByteString } from "../base/byte_string.ts";

const CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const RANDOM_LENGTH = 8;

/** Where random integers come from. */
export interface RandomIntegers {
  /** An integer from 0 to below `limit`. */
  int(limit: number): number;
}

/** An id for a stored datum: random characters behind a prefix; drawn again while it is taken. */
export function newRowId(
  random: RandomIntegers,
  isTaken: (id: ByteString) => boolean,
  prefix: ByteString = "",
): ByteString {
  while (true) {
    let id = prefix;
    for (let i = 0; i < RANDOM_LENGTH; i++) id += CHARACTERS[random.int(CHARACTERS.length)]!;
    if (!isTaken(id)) return id;
  }
}
