import { bytesOf, type ByteString } from "../base/byte_string.ts";

/** Words found in a value, as (begin, end) pairs of positions in the bytes given to the splitter. Reused. */
export class WordSpans {
  /** begin, end, begin, end, ...; the first `2 * count` are valid. */
  offsets: Int32Array = new Int32Array(256);
  /** Number of words. */
  count = 0;

  /** Forgets all words. */
  clear(): void {
    this.count = 0;
  }

  /** Appends one word. */
  push(begin: number, end: number): void {
    const at = this.count * 2;
    if (at === this.offsets.length) {
      const offsets = new Int32Array(at * 2);
      offsets.set(this.offsets);
      this.offsets = offsets;
    }
    this.offsets[at] = begin;
    this.offsets[at + 1] = end;
    this.count++;
  }
}

/** Finds the words of a string value. */
export interface Splitter {
  /** Appends the words of `bytes[start, end)` to `words`, in order of appearance. */
  split(bytes: Uint8Array, start: number, end: number, words: WordSpans): void;
}

/** The whole value is one word, also when empty. */
export const wholeValueSplitter: Splitter = {
  split(_bytes, start, end, words) {
    words.push(start, end);
  },
};

/** Runs of bytes other than blank, tab, newline, vertical tab, form feed and carriage return. */
export const spaceSplitter: Splitter = {
  split(bytes, start, end, words) {
    let at = start;
    while (at < end) {
      let byte = bytes[at]!;
      if (byte === 0x20 || (byte <= 0x0d && byte >= 0x09)) {
        at++;
        continue;
      }
      const begin = at;
      do {
        at++;
        if (at === end) break;
        byte = bytes[at]!;
      } while (byte !== 0x20 && (byte > 0x0d || byte < 0x09));
      words.push(begin, at);
    }
  },
};

/** All runs of `length` characters; a value with fewer has no words. Stray continuation bytes belong to what precedes. */
export class NgramSplitter implements Splitter {
  readonly #length: number;

  /** `length` is at least 1. */
  constructor(length: number) {
    this.#length = length;
  }

  /** Appends the n-grams. */
  split(bytes: Uint8Array, start: number, end: number, words: WordSpans): void {
    let begin = start;
    let stop = start;
    for (let n = this.#length; n > 0; n--) {
      if (stop >= end) return;
      stop++;
      while (stop < end && (bytes[stop]! & 0xc0) === 0x80) stop++;
    }
    for (;;) {
      words.push(begin, stop);
      if (stop >= end) return;
      begin++;
      while ((bytes[begin]! & 0xc0) === 0x80) begin++;
      stop++;
      while (stop < end && (bytes[stop]! & 0xc0) === 0x80) stop++;
    }
  }
}

/**
 * Runs of characters outside a set. As in 1.1.1, a value that is not UTF-8 is an error, and a NUL
 * ends the value.
 */
export class CharacterSetSplitter implements Splitter {
  /** 1 for bytes that are a separator on their own. */
  readonly #single = new Uint8Array(256);
  /** Separators of several bytes. UTF-8 is self-synchronizing, so their first byte cannot be inside another character. */
  readonly #multiple: Uint8Array[] = [];

  /** `separators` is UTF-8; each of its characters separates. */
  constructor(separators: ByteString) {
    const bytes = bytesOf(separators);
    for (let at = 0; at < bytes.length;) {
      let next = at + 1;
      while (next < bytes.length && (bytes[next]! & 0xc0) === 0x80) next++;
      if (next === at + 1) this.#single[bytes[at]!] = 1;
      else this.#multiple.push(bytes.subarray(at, next));
      at = next;
    }
  }

  /** Appends the pieces that are not empty. Throws when the value is not UTF-8. */
  split(bytes: Uint8Array, start: number, end: number, words: WordSpans): void {
    const nul = bytes.subarray(start, end).indexOf(0);
    if (nul >= 0) end = start + nul;
    checkUtf8(bytes, start, end);
    let begin = start;
    let at = start;
    while (at < end) {
      const length = this.#separatorLength(bytes, at, end);
      if (length === 0) {
        at++;
        continue;
      }
      if (at > begin) words.push(begin, at);
      at += length;
      begin = at;
    }
    if (at > begin) words.push(begin, at);
  }

  #separatorLength(bytes: Uint8Array, at: number, end: number): number {
    const byte = bytes[at]!;
    if (this.#single[byte] === 1) return 1;
    if (byte < 0xc0) return 0;
    for (const separator of this.#multiple) {
      const length = separator.length;
      if (at + length > end) continue;
      let same = 0;
      while (same < length && separator[same] === bytes[at + same]) same++;
      if (same === length) return length;
    }
    return 0;
  }
}

/** Throws what 1.1.1 answers for a lead byte without its continuation bytes, or a value that ends too early. */
function checkUtf8(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end;) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
    if (length === 0) throw new Error("Invalid UTF-8");
    if (at + length > end) throw new Error("Too short string");
    for (let i = 1; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) throw new Error("Invalid UTF-8");
    at += length;
  }
}
