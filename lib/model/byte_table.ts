/**
 * Long because the passes of a look-up share the layout of slots and entries, and are only understood together.
 *
 * @module
 */
import { type ByteString, byteStringOf } from "../base/byte_string.ts";
import type { Hash64 } from "../base/hash64.ts";
import { murmur64OfWords } from "../base/murmur.ts";
import type { Writer } from "../msgpack/writer.ts";

/** Integers per entry in the `#entries` array: 32 bytes, so that most look-ups touch one or two cache lines of it. */
const STRIDE = 8;
const HASH = 0;
const OWNER = 1;
const SIZE = 2;
/** The bytes themselves when they fit, else where they start in the arena (words). */
const BYTES = 3;
/** Where the user's number is, in doubles. */
const NUMBER = 3;
/** Doubles per entry. */
const NUMBER_STRIDE = STRIDE / 2;

/** Longest bytes that stand in the entry. */
const INLINE_MAX = 12;
/** Look-ups read this many bytes at once, or more. */
const READ_AHEAD = 8;

/** Bits of the `SIZE` cell that hold the variant; the rest holds the length in bytes. */
const VARIANT_BITS = 6;
/** Variants go from 0 to this. */
export const VARIANT_MAX: number = (1 << VARIANT_BITS) - 1;
/** Longest bytes that an entry can have. */
export const ENTRY_BYTES_MAX: number = (1 << (31 - VARIANT_BITS)) - 1;

/** Keeps the valid bytes of a little-endian word of which only the first 1, 2 or 3 bytes count. */
const TAIL_MASK = Int32Array.of(-1, 0xff, 0xffff, 0xffffff);
/** Keep what belongs to bytes of length 0 to 8, in the first and in the second word. */
const FIRST_MASK = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1);
const SECOND_MASK = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1);

/**
 * Gives small integers ("ids") to byte strings, each told apart by an owner (an integer) and a variant
 * as well. Open addressing over typed arrays: a look-up allocates nothing. Ids of removed entries are
 * handed out again. Each entry has room for a number of the table's user.
 *
 * The hash multiplies by two numbers made from the seed: with constants, names that collide whatever the
 * seed is could be computed in advance.
 */
export class ByteTable {
  /** id + 1 in the low bits (as many as the mask has), those above from the hash; 0 when empty. Length 2^n. */
  #slots = new Int32Array(64);
  /** {@link STRIDE} integers per id: hash, owner, length and variant, the bytes, the number. */
  #entries = new Int32Array(32 * STRIDE);
  /** The same memory. */
  #numbers = new Float64Array(this.#entries.buffer);
  /** The bytes of entries longer than {@link INLINE_MAX}, each padded with zeros to whole words. */
  #arena = new Int32Array(16);
  /** Words of the arena in use, garbage included. */
  #arenaEnd = 0;
  /** Words of the arena that belonged to removed entries. */
  #arenaGarbage = 0;
  /** Ids below this were handed out at some time. */
  #idEnd = 0;
  /** Ids of removed entries. */
  #freeIds: number[] = [];
  /** Keep clients from choosing colliding names on purpose. */
  readonly #seed: number;
  readonly #multiplier1: number;
  readonly #multiplier2: number;
  /** Hashes of a {@link findAll}, or of prepared entries. */
  #hashes = new Int32Array(256);
  /** Without it, what {@link warm} reads would not be read. */
  #warmth = 0;
  /** Takes bytes behind which the memory ends too soon. */
  #scratch = new DataView(new ArrayBuffer(64));

  constructor(seed = 0) {
    this.#seed = seed | 0;
    this.#multiplier1 = scrambled(seed ^ 0x5851f42d) | 1;
    this.#multiplier2 = scrambled(seed ^ 0x14057b7e) | 1;
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
    if (start + length + READ_AHEAD > view.byteLength) {
      view = this.#copyToScratch(view, start, length);
      start = 0;
    }
    return this.#find(this.#hash(view, start, length, owner, variant), view, start, length, owner, variant);
  }

  /**
   * Finds many entries of one owner and variant: `offsets` holds pairs of begin and end, of which `count` from the
   * pair `first` on are looked up, and none ends behind `limit`; `ids` takes the ids or -1. Hashing, reading slots
   * and comparing are passes of their own, so that the processor waits for many cache lines at a time instead
   * of for one after the other.
   */
  findAll(
    view: DataView,
    offsets: Int32Array,
    first: number,
    count: number,
    limit: number,
    owner: number,
    variant: number,
    ids: Int32Array,
  ): void {
    if (limit + READ_AHEAD > view.byteLength) {
      for (let i = 0; i < count; i++) {
        const start = offsets[2 * (first + i)]!;
        ids[i] = this.find(view, start, offsets[2 * (first + i) + 1]! - start, owner, variant);
      }
      return;
    }
    if (this.#hashes.length < count) this.#hashes = new Int32Array(count * 2);
    const hashes = this.#hashes;
    const slots = this.#slots;
    const entries = this.#entries;
    const mask = slots.length - 1;
    for (let i = 0; i < count; i++) {
      const start = offsets[2 * (first + i)]!;
      hashes[i] = this.#hash(view, start, offsets[2 * (first + i) + 1]! - start, owner, variant);
    }
    for (let i = 0; i < count; i++) ids[i] = (slots[hashes[i]! & mask]! & mask) - 1;
    for (let i = 0; i < count; i++) {
      // Mostly the entry of the first slot is it.
      const entry = ids[i]! * STRIDE;
      if (entry < 0) continue;
      const start = offsets[2 * (first + i)]!;
      const length = offsets[2 * (first + i) + 1]! - start;
      const size = length << VARIANT_BITS | variant;
      if (length <= READ_AHEAD) {
        const difference = (entries[entry + SIZE]! ^ size) | (entries[entry + OWNER]! ^ owner) |
          (entries[entry + BYTES]! ^ (view.getInt32(start, true) & FIRST_MASK[length]!)) |
          (entries[entry + BYTES + 1]! ^ (view.getInt32(start + 4, true) & SECOND_MASK[length]!));
        if (difference === 0) continue;
      }
      ids[i] = this.#find(hashes[i]!, view, start, length, owner, variant);
    }
  }

  /**
   * The id of an entry, made when there is none; `size` tells whether it was. If `guess` is the id it is found without
   * hashing, which pays where entries come in the order of their ids.
   */
  intern(view: DataView, start: number, length: number, owner = -1, variant = 0, guess = -1): number {
    if (start + length + READ_AHEAD > view.byteLength) {
      view = this.#copyToScratch(view, start, length);
      start = 0;
    }
    if (guess >= 0 && guess < this.#idEnd && this.#equals(guess, view, start, length, owner, variant)) return guess;
    const hash = this.#hash(view, start, length, owner, variant);
    const id = this.#find(hash, view, start, length, owner, variant);
    return id >= 0 ? id : this.#insert(hash, view, start, length, owner, variant);
  }

  /** Notes at `index` an entry that will soon be looked up, see {@link warm}. */
  prepare(index: number, view: DataView, start: number, length: number, owner = -1, variant = 0): void {
    if (index >= this.#hashes.length) this.#hashes = grown(this.#hashes, index * 2);
    const isReadable = start + length + READ_AHEAD <= view.byteLength;
    this.#hashes[index] = isReadable ? this.#hash(view, start, length, owner, variant) : 0;
  }

  /**
   * Reads what looking up the `count` entries that were prepared will read, so that the processor waits for all of it
   * at the same time. `ids` takes what the ids probably are, or -1.
   */
  warm(count: number, ids: Int32Array): void {
    const slots = this.#slots;
    const entries = this.#entries;
    const arena = this.#arena;
    const mask = slots.length - 1;
    let sum = 0;
    for (let i = 0; i < count; i++) ids[i] = (slots[this.#hashes[i]! & mask]! & mask) - 1;
    for (let i = 0; i < count; i++) sum ^= entries[Math.max(0, ids[i]!) * STRIDE + SIZE]!;
    for (let i = 0; i < count; i++) {
      const entry = Math.max(0, ids[i]!) * STRIDE;
      if (entries[entry + SIZE]! >> VARIANT_BITS > INLINE_MAX) sum ^= arena[entries[entry + BYTES]!]!;
    }
    this.#warmth = sum;
  }

  /** Removes an entry; its id may be handed out again. */
  remove(id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#entries[id * STRIDE + HASH]! & mask;
    while ((slots[hole]! & mask) !== id + 1) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = this.#entries[((slots[next]! & mask) - 1) * STRIDE + HASH]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole] = slots[next]!;
        hole = next;
      }
    }
    slots[hole] = 0;
    if (this.lengthOf(id) > INLINE_MAX) this.#arenaGarbage += (this.lengthOf(id) + 3) >> 2;
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
    const entry = id * STRIDE;
    const word = this.lengthOf(id) <= INLINE_MAX
      ? this.#entries[entry + BYTES + (index >> 2)]!
      : this.#arena[this.#entries[entry + BYTES]! + (index >> 2)]!;
    return (word >>> ((index & 3) << 3)) & 0xff;
  }

  /** The bytes of an entry. */
  textOf(id: number): ByteString {
    const length = this.lengthOf(id);
    const entry = id * STRIDE;
    if (length <= INLINE_MAX) {
      const start = (entry + BYTES) * 4;
      return byteStringOf(new Uint8Array(this.#entries.buffer), start, start + length);
    }
    const start = this.#entries[entry + BYTES]! * 4;
    return byteStringOf(new Uint8Array(this.#arena.buffer), start, start + length);
  }

  /** The `murmur64` of an entry's bytes. */
  murmurOf(id: number, into: Hash64): void {
    const length = this.lengthOf(id);
    const bytes = id * STRIDE + BYTES;
    if (length <= INLINE_MAX) murmur64OfWords(this.#entries, bytes, length, into);
    else murmur64OfWords(this.#arena, this.#entries[bytes]!, length, into);
  }

  /** Appends the bytes of an entry. */
  writeTo(id: number, writer: Writer): void {
    const length = this.lengthOf(id);
    // Whole words are written, the last one beyond the end.
    writer.reserve(length + 4);
    const { view } = writer;
    const isInline = length <= INLINE_MAX;
    const words = isInline ? this.#entries : this.#arena;
    let word = isInline ? id * STRIDE + BYTES : this.#entries[id * STRIDE + BYTES]!;
    for (let at = writer.length, end = at + length; at < end; at += 4) view.setInt32(at, words[word++]!, true);
    writer.length += length;
  }

  /** The number that {@link setNumber} left with an entry; undefined before that. */
  numberOf(id: number): number {
    return this.#numbers[id * NUMBER_STRIDE + NUMBER]!;
  }

  /** Leaves a number with an entry. */
  setNumber(id: number, value: number): void {
    this.#numbers[id * NUMBER_STRIDE + NUMBER] = value;
  }

  /** Copies the numbers of many entries; true when all of these have the same owner. */
  gatherNumbers(ids: Int32Array, count: number, into: Float64Array): boolean {
    const numbers = this.#numbers;
    const entries = this.#entries;
    const owner = count > 0 ? entries[ids[0]! * STRIDE + OWNER]! : 0;
    let difference = 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      into[i] = numbers[id * NUMBER_STRIDE + NUMBER]!;
      difference |= entries[id * STRIDE + OWNER]! ^ owner;
    }
    return difference === 0;
  }

  /** Makes room for so many entries in all, so that adding them never stops for long. */
  reserve(count: number): void {
    if (count * STRIDE > this.#entries.length) this.#setEntries(grown(this.#entries, count * STRIDE));
    let slots = this.#slots.length;
    while (slots < count * 2) slots *= 2;
    if (slots > this.#slots.length) this.#rehash(slots);
  }

  /** Removes everything; ids start at 0 again. */
  clear(): void {
    this.#slots = new Int32Array(64);
    this.#setEntries(new Int32Array(32 * STRIDE));
    this.#arena = new Int32Array(16);
    this.#arenaEnd = 0;
    this.#arenaGarbage = 0;
    this.#idEnd = 0;
    this.#freeIds = [];
  }

  /** Reads up to {@link READ_AHEAD} bytes behind the end. */
  #hash(view: DataView, start: number, length: number, owner: number, variant: number): number {
    const multiplier1 = this.#multiplier1;
    const multiplier2 = this.#multiplier2;
    let hash = this.#seed ^ Math.imul(owner + 1, 0x9e3779b1) ^ Math.imul(variant + 1, 0x85ebca6b) ^ length;
    if (length <= READ_AHEAD) {
      const first = Math.imul(hash ^ (view.getInt32(start, true) & FIRST_MASK[length]!), multiplier1);
      const second = Math.imul(~hash ^ (view.getInt32(start + 4, true) & SECOND_MASK[length]!), multiplier2);
      hash = ((first << 15) | (first >>> 17)) ^ second;
    } else {
      const end = start + length;
      for (let at = start; at < end; at += 4) {
        const word = view.getInt32(at, true) & (at + 4 <= end ? -1 : TAIL_MASK[length & 3]!);
        hash = Math.imul(hash ^ word, multiplier1);
        hash = Math.imul((hash << 15) | (hash >>> 17), multiplier2);
      }
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  #find(hash: number, view: DataView, start: number, length: number, owner: number, variant: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const content = slots[slot]!;
      if (content === 0) return -1;
      if (((content ^ hash) & ~mask) !== 0) continue;
      const id = (content & mask) - 1;
      if (this.#equals(id, view, start, length, owner, variant)) return id;
    }
  }

  #equals(id: number, view: DataView, start: number, length: number, owner: number, variant: number): boolean {
    const entries = this.#entries;
    const entry = id * STRIDE;
    if (entries[entry + OWNER] !== owner || entries[entry + SIZE] !== (length << VARIANT_BITS | variant)) return false;
    const isInline = length <= INLINE_MAX;
    const words = isInline ? entries : this.#arena;
    let word = isInline ? entry + BYTES : entries[entry + BYTES]!;
    const wordsEnd = start + (length & ~3);
    let at = start;
    for (; at < wordsEnd; at += 4) if (words[word++] !== view.getInt32(at, true)) return false;
    return (length & 3) === 0 || words[word] === (view.getInt32(at, true) & TAIL_MASK[length & 3]!);
  }

  #insert(hash: number, view: DataView, start: number, length: number, owner: number, variant: number): number {
    if (length > ENTRY_BYTES_MAX) {
      throw new RangeError(`a feature name of ${length} bytes is too long (at most ${ENTRY_BYTES_MAX})`);
    }
    const count = (length + 3) >> 2;
    const isInline = length <= INLINE_MAX;
    if (!isInline && this.#arenaEnd + count > this.#arena.length) {
      this.#arena = grown(this.#arena, this.#arenaEnd + count);
    }
    if ((this.size + 1) * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    const id = this.#freeIds.pop() ?? this.#idEnd++;
    if ((id + 1) * STRIDE > this.#entries.length) this.#setEntries(grown(this.#entries, (id + 1) * STRIDE));
    const entries = this.#entries;
    const entry = id * STRIDE;
    entries.fill(0, entry, entry + STRIDE);
    entries[entry + HASH] = hash;
    entries[entry + OWNER] = owner;
    entries[entry + SIZE] = length << VARIANT_BITS | variant;
    const words = isInline ? entries : this.#arena;
    let word = entry + BYTES;
    if (!isInline) {
      word = this.#arenaEnd;
      entries[entry + BYTES] = word;
      this.#arenaEnd += count;
    }
    for (let i = 0; i < length; i += 4) {
      words[word++] = view.getInt32(start + i, true) & (i + 4 <= length ? -1 : TAIL_MASK[length & 3]!);
    }
    this.#place(this.#slots, id, hash);
    return id;
  }

  #place(slots: Int32Array, id: number, hash: number): void {
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = (hash & ~mask) | (id + 1);
  }

  #rehash(length: number): void {
    const slots = new Int32Array(length);
    for (let id = 0; id < this.#idEnd; id++) {
      if (this.has(id)) this.#place(slots, id, this.#entries[id * STRIDE + HASH]!);
    }
    this.#slots = slots;
  }

  #setEntries(entries: Int32Array<ArrayBuffer>): void {
    this.#entries = entries;
    this.#numbers = new Float64Array(entries.buffer);
  }

  #copyToScratch(view: DataView, start: number, length: number): DataView {
    if (this.#scratch.byteLength < length + READ_AHEAD) {
      this.#scratch = new DataView(new ArrayBuffer(2 * (length + READ_AHEAD)));
    }
    for (let i = 0; i < length; i++) this.#scratch.setUint8(i, view.getUint8(start + i));
    return this.#scratch;
  }

  #compact(): void {
    const arena = new Int32Array(Math.max(16, Math.ceil((this.#arenaEnd - this.#arenaGarbage) * 1.5)));
    let end = 0;
    for (let id = 0; id < this.#idEnd; id++) {
      if (!this.has(id) || this.lengthOf(id) <= INLINE_MAX) continue;
      const start = this.#entries[id * STRIDE + BYTES]!;
      const count = (this.lengthOf(id) + 3) >> 2;
      for (let i = 0; i < count; i++) arena[end + i] = this.#arena[start + i]!;
      this.#entries[id * STRIDE + BYTES] = end;
      end += count;
    }
    this.#arena = arena;
    this.#arenaEnd = end;
    this.#arenaGarbage = 0;
  }
}

/** 32 bits that depend on all bits of `value`. */
function scrambled(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 16);
}

/** A copy with room for at least `needed` integers: doubled while small, half as much again when large; an even length. */
function grown(array: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const factor = array.length < 1 << 20 ? 2 : 1.5;
  const copy = new Int32Array(Math.max(needed, Math.ceil(array.length * factor)) + 1 & ~1);
  copy.set(array);
  return copy;
}
