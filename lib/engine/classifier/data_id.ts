import type { ByteString } from "../../base/byte_string.ts";
import { newRowId, type RandomIntegers } from "../row_id.ts";

/** An id for a stored datum: its label, an underscore and random characters; drawn again while it is taken. */
export function newDataId(
  label: ByteString,
  random: RandomIntegers,
  isTaken: (id: ByteString) => boolean,
): ByteString {
  return newRowId(random, isTaken, label + "_");
}

/** The label of a stored datum: what stands before the last underscore, or all if there is none. */
export function labelOfDataId(id: ByteString): ByteString {
  const end = id.lastIndexOf("_");
  return end < 0 ? id : id.slice(0, end);
}
