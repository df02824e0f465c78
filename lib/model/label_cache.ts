import { type ByteString, byteStringOf } from "../base/byte_string.ts";

/** Places of the cache; a power of two. */
const SIZE = 1024;
/** Longer labels are not kept. */
const LABEL_BYTES_MAX = 64;

/**
 * Finds the string of a label by its bytes without making it anew. Labels are few, so most are found;
 * two that share a place only cost time.
 */
export class LabelCache {
  readonly #labels: (ByteString | undefined)[] = new Array<ByteString | undefined>(SIZE).fill(undefined);

  /** The label of `length` bytes from `start` on. */
  get(bytes: Uint8Array, start: number, length: number): ByteString {
    if (length > LABEL_BYTES_MAX) return byteStringOf(bytes, start, start + length);
    let hash = length;
    for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const place = (hash ^ (hash >>> 15)) & (SIZE - 1);
    const known = this.#labels[place];
    if (known !== undefined && known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    const label = byteStringOf(bytes, start, start + length);
    this.#labels[place] = label;
    return label;
  }
}
