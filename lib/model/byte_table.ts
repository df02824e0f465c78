import { type ByteString, byteStringOf } from "../base/byte_string.ts";

/** Integers per entry in the `#entries` array. */
const STRIDE = 4;
const HASH = 0;
const OWNER = 1;
const START = 2;
const SIZE = 3;

/** Bits of the `SIZE` cell that hold the variant; the rest holds the length in bytes. */
const VARIANT_BITS = 6;
/** Variants go from 0 to this. */
export const VARIANT_MAX: number = (1 << VARIANT_BITS) - 1;
/** Longest bytes that an entry can have. */
export const ENTRY_BYTES_MAX: number = (1 << (31 - VARIANT_BITS)) - 1;

/** Keeps the valid bytes of a little-endian word of which only the first 1, 2 or 3 bytes count. */
const TAIL_MASK = Int32Array.of(-1, 0xff, 0xffff, 0xffffff);

/**
 * Gives small integers ("ids") to byte strings, each told apart by an owner (an integer) and a variant
 * as well. Open addressing over typed arrays: a look-up hashes and compares four bytes at a time and
 * allocates nothing.
 *
 * Bytes are read through a `DataView` that must go on for 3 bytes behind the end of what is looked up.
 * Ids of removed entries are handed out again.
 */
export class ByteTable {
  /** id + 1 per slot, 0 when empty; the length is a power of two. */
  #slots = new Int32Array(64);
  /** Four integers per id: hash, owner, start in the arena (words), length and variant. */
  #entries = new Int32Array(32 * STRIDE);
  /** The bytes of all entries, each padded with zeros to whole words. */
  #arena = new Int32Array(128);
  /** Words of the arena in use, garbage included. */
  #arenaEnd = 0;
  /** Words of the arena that belonged to removed entries. */
  #arenaGarbage = 0;
  /** Ids below this were handed out at some time. */
  #idEnd = 0;
  /** Ids of removed entries. */
  #freeIds: number[] = [];
  /** Keeps clients from choosing colliding names on purpose. */
  readonly #seed: number;

  constructor(seed = 0) {
    this.#seed = seed | 0;
  }

  /** Number of entries. */
  get size(): number {
    return this.#idEnd - this.#freeIds.length;
  }

  /** Ids are below this; some of them may be free. */
  get idEnd(): number {
    return this.#idEnd;
  }

  /** The id of an entry, or -1. */
  find(view: DataView, start: number, length: number, owner = -1, variant = 0): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const hash = this.#hash(view, start, length, owner, variant);
    const mask = slots.length - 1;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const id = slots[slot]! - 1;
      if (id < 0) return -1;
      if (entries[id * STRIDE + HASH] === hash && this.#equals(id, view, start, length, owner, variant)) return id;
    }
  }

  /** The id of an entry, made when there is none; `idEnd` or `size` tells whether it was. */
  intern(view: DataView, start: number, length: number, owner = -1, variant = 0): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const hash = this.#hash(view, start, length, owner, variant);
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;; slot = (slot + 1) & mask) {
      const id = slots[slot]! - 1;
      if (id < 0) break;
      if (entries[id * STRIDE + HASH] === hash && this.#equals(id, view, start, length, owner, variant)) return id;
    }
    return this.#insert(slot, hash, view, start, length, owner, variant);
  }

  /** Removes an entry; its id may be handed out again. */
  remove(id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#entries[id * STRIDE + HASH]! & mask;
    while (slots[hole] !== id + 1) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = this.#entries[(slots[next]! - 1) * STRIDE + HASH]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = slots[next]!;
        hole = next;
      }
    }
    slots[hole] = 0;
    this.#arenaGarbage += (this.lengthOf(id) + 3) >> 2;
    this.#entries[id * STRIDE + SIZE] = -1;
    this.#freeIds.push(id);
    if (this.#arenaGarbage > 1024 && this.#arenaGarbage > this.#arenaEnd / 2) this.#compact();
  }

  /** True when the id is in use. */
  has(id: number): boolean {
    return id < this.#idEnd && this.#entries[id * STRIDE + SIZE]! >= 0;
  }

  /** The owner that the entry was made with. */
  ownerOf(id: number): number {
    return this.#entries[id * STRIDE + OWNER]!;
  }

  /** The variant that the entry was made with. */
  variantOf(id: number): number {
    return this.#entries[id * STRIDE + SIZE]! & VARIANT_MAX;
  }

  /** Length of the entry's bytes. */
  lengthOf(id: number): number {
    return this.#entries[id * STRIDE + SIZE]! >> VARIANT_BITS;
  }

  /** One byte of an entry. */
  byteAt(id: number, index: number): number {
    const word = this.#arena[this.#entries[id * STRIDE + START]! + (index >> 2)]!;
    return (word >>> ((index & 3) << 3)) & 0xff;
  }

  /** The bytes of an entry. */
  textOf(id: number): ByteString {
    const length = this.lengthOf(id);
    const start = this.#entries[id * STRIDE + START]! * 4;
    return byteStringOf(new Uint8Array(this.#arena.buffer), start, start + length);
  }

  /** Removes everything; ids start at 0 again. */
  clear(): void {
    this.#slots = new Int32Array(64);
    this.#entries = new Int32Array(32 * STRIDE);
    this.#arena = new Int32Array(128);
    this.#arenaEnd = 0;
    this.#arenaGarbage = 0;
    this.#idEnd = 0;
    this.#freeIds = [];
  }

  #hash(view: DataView, start: number, length: number, owner: number, variant: number): number {
    let hash = this.#seed ^ Math.imul(owner + 1, 0x9e3779b1) ^ Math.imul(variant + 1, 0x85ebca6b) ^ length;
    const wordsEnd = start + (length & ~3);
    let at = start;
    for (; at < wordsEnd; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), 0xcc9e2d51);
      hash = (hash << 15) | (hash >>> 17);
    }
    if ((length & 3) !== 0) {
      hash = Math.imul(hash ^ (view.getInt32(at, true) & TAIL_MASK[length & 3]!), 0xcc9e2d51);
      hash = (hash << 15) | (hash >>> 17);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  #equals(id: number, view: DataView, start: number, length: number, owner: number, variant: number): boolean {
    const entries = this.#entries;
    const entry = id * STRIDE;
    if (entries[entry + OWNER] !== owner || entries[entry + SIZE] !== ((length << VARIANT_BITS) | variant)) {
      return false;
    }
    const arena = this.#arena;
    let word = entries[entry + START]!;
    const wordsEnd = start + (length & ~3);
    let at = start;
    for (; at < wordsEnd; at += 4) {
      if (arena[word++] !== view.getInt32(at, true)) return false;
    }
    return (length & 3) === 0 || arena[word] === (view.getInt32(at, true) & TAIL_MASK[length & 3]!);
  }

  #insert(
    slot: number,
    hash: number,
    view: DataView,
    start: number,
    length: number,
    owner: number,
    variant: number,
  ): number {
    if (length > ENTRY_BYTES_MAX) {
      throw new RangeError(`a feature name of ${length} bytes is too long (at most ${ENTRY_BYTES_MAX})`);
    }
    const words = (length + 3) >> 2;
    if (this.#arenaEnd + words > this.#arena.length) {
      this.#arena = grown(this.#arena, this.#arenaEnd + words);
    }
    const id = this.#freeIds.pop() ?? this.#idEnd++;
    if ((id + 1) * STRIDE > this.#entries.length) this.#entries = grown(this.#entries, (id + 1) * STRIDE);
    const entry = id * STRIDE;
    this.#entries[entry + HASH] = hash;
    this.#entries[entry + OWNER] = owner;
    this.#entries[entry + START] = this.#arenaEnd;
    this.#entries[entry + SIZE] = (length << VARIANT_BITS) | variant;
    const arena = this.#arena;
    let word = this.#arenaEnd;
    const wordsEnd = start + (length & ~3);
    let at = start;
    for (; at < wordsEnd; at += 4) arena[word++] = view.getInt32(at, true);
    if ((length & 3) !== 0) arena[word++] = view.getInt32(at, true) & TAIL_MASK[length & 3]!;
    this.#arenaEnd = word;
    this.#slots[slot] = id + 1;
    if (this.size * 5 > this.#slots.length * 3) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const idPlusOne of this.#slots) {
      if (idPlusOne === 0) continue;
      let slot = this.#entries[(idPlusOne - 1) * STRIDE + HASH]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = idPlusOne;
    }
    this.#slots = slots;
  }

  #compact(): void {
    const arena = new Int32Array(Math.max(128, Math.ceil((this.#arenaEnd - this.#arenaGarbage) * 1.5)));
    let end = 0;
    for (let id = 0; id < this.#idEnd; id++) {
      if (!this.has(id)) continue;
      const start = this.#entries[id * STRIDE + START]!;
      const words = (this.lengthOf(id) + 3) >> 2;
      for (let i = 0; i < words; i++) arena[end + i] = this.#arena[start + i]!;
      this.#entries[id * STRIDE + START] = end;
      end += words;
    }
    this.#arena = arena;
    this.#arenaEnd = end;
    this.#arenaGarbage = 0;
  }
}

/** A copy with room for at least `needed` integers: doubled while small, half as much again when large. */
function grown(array: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const factor = array.length < 1 << 20 ? 2 : 1.5;
  const copy = new Int32Array(Math.max(needed, Math.ceil(array.length * factor)));
  copy.set(array);
  return copy;
}
