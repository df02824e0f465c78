import { type ByteString, byteStringOf } from "../base/byte_string.ts";

/** Longer names are not remembered. */
const LENGTH_MAX = 256;

/** Makes byte strings of names that are mostly the same as the time before, and then makes none. */
export class RecentName {
  #name: ByteString = "";

  /** The byte string of `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): ByteString {
    const name = this.#name;
    if (end - start === name.length) {
      let i = 0;
      while (i < name.length && bytes[start + i] === name.charCodeAt(i)) i++;
      if (i === name.length) return name;
    }
    const made = byteStringOf(bytes, start, end);
    if (made.length <= LENGTH_MAX) this.#name = made;
    return made;
  }
}
