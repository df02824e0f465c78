import type { ByteString } from "../base/byte_string.ts";
import type { Hash64 } from "../base/hash64.ts";
import { murmur64 } from "../base/murmur.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ByteTable, VARIANT_MAX } from "./byte_table.ts";

/** The feature has weights. */
export const HELD_BY_WEIGHTS = 1;
/** The feature occurs in the document statistics. */
export const HELD_BY_STATISTICS = 2;
/** The feature occurs in an index of stored data. */
export const HELD_BY_INDEX = 4;

const AT = "@".charCodeAt(0);
const DOLLAR = "$".charCodeAt(0);

/** Bytes of a feature name that go into its sort key; 257^6 fits a double exactly. */
const SORT_KEY_BYTES = 6;

/**
 * Feature names and their ids. A name is kept as up to three parts, so that the converter finds the id
 * of a feature by the bytes of the datum without building the name:
 *
 * - a string feature `key$word@type#sample/global` as key id, word, and number of the suffix `@type…`;
 * - a number feature `key@num` as the key's bytes and the number of the suffix `@num`;
 * - any other name as its bytes.
 *
 * Which suffixes are known is fixed at construction, so a name always has the same parts.
 *
 * An id lives as long as somebody holds it (see {@link hold}); ids that were made for one datum and are
 * held by nobody are given back by {@link dropUnheld}.
 */
export class FeatureTable {
  /** Suffixes by number; number 0 stands for "the whole name". */
  readonly #suffixes: readonly ByteString[];
  readonly #keys: ByteTable;
  /** Each with its sort key: the first bytes behind the key part, as a number that sorts like them. */
  readonly #features: ByteTable;
  /** Features per key id; a key without features is removed. */
  #keyUses = new Int32Array(16);
  /** By key id: its bytes and the `$` behind them. */
  #keyTexts: ByteString[] = [];
  /** By feature id: who holds it, as bits `HELD_BY_…`. */
  #holders = new Uint8Array(64);
  /** Ids that may be held by nobody. */
  #loose: number[] = [];
  /** Key ids that may have no feature. */
  #looseKeys: number[] = [];
  /** By suffix number: names with it begin with a key and `$`. */
  readonly #isOfKey: readonly boolean[];
  /** Parts of the name that was last split; the key's length is -1 when the name has no key. */
  #keyLength = -1;
  #wordStart = 0;
  #wordLength = 0;
  #wordSuffix = 0;
  /** Cold look-ups copy their bytes here. */
  #scratch = new DataView(new ArrayBuffer(256));

  /**
   * @param suffixes feature name suffixes of the converter's rules, such as `@num` or `@space#tf/idf`
   * @param seed any integer; unpredictable where clients choose the names
   */
  constructor(suffixes: readonly ByteString[] = [], seed = 0) {
    const known = [...new Set(suffixes)].filter((suffix) => suffix.lastIndexOf("@") === 0 && !suffix.includes("$"));
    this.#suffixes = ["", ...known.slice(0, VARIANT_MAX)];
    this.#isOfKey = this.#suffixes.map((suffix) => suffix.includes("#"));
    this.#keys = new ByteTable(seed);
    this.#features = new ByteTable(seed ^ 0x5bd1e995);
  }

  /** Number of names. */
  get size(): number {
    return this.#features.size;
  }

  /** Ids are below this. */
  get idEnd(): number {
    return this.#features.idEnd;
  }

  /** The number of a suffix for {@link findWord}, or 0 when names with it are kept whole. */
  suffixNumber(suffix: ByteString): number {
    return Math.max(0, this.#suffixes.indexOf(suffix));
  }

  /** The id of a string key, or -1 when no feature has it. */
  findKey(view: DataView, start: number, length: number): number {
    return this.#keys.find(view, start, length);
  }

  /** The id of a string key, made when there is none. Valid until {@link dropUnheld} unless a feature uses it. */
  internKey(view: DataView, start: number, length: number): number {
    const size = this.#keys.size;
    const id = this.#keys.intern(view, start, length);
    if (this.#keys.size === size) return id;
    this.#looseKeys.push(id);
    this.#keyTexts[id] = `${this.#keys.textOf(id)}$`;
    if (id >= this.#keyUses.length) {
      const uses = new Int32Array(id * 2);
      uses.set(this.#keyUses);
      this.#keyUses = uses;
    }
    return id;
  }

  /** The id of a feature by its parts, or -1. Number features have key -1. */
  findWord(view: DataView, start: number, length: number, key: number, suffix: number): number {
    return this.#features.find(view, start, length, key, suffix);
  }

  /** Finds many words of one key and suffix, see {@link ByteTable.findAll}. */
  findWords(
    view: DataView,
    offsets: Int32Array,
    first: number,
    count: number,
    limit: number,
    key: number,
    suffix: number,
    ids: Int32Array,
  ): void {
    this.#features.findAll(view, offsets, first, count, limit, key, suffix, ids);
  }

  /** The id of a feature by its parts, made when there is none. */
  internWord(view: DataView, start: number, length: number, key: number, suffix: number, guess = -1): number {
    const size = this.#features.size;
    const id = this.#features.intern(view, start, length, key, suffix, guess);
    if (this.#features.size !== size) this.#begin(id, key);
    return id;
  }

  /** The id of a name, or -1. */
  find(name: ByteString): number {
    const { key, word, suffix } = this.#parts(name);
    let keyId = -1;
    if (key !== undefined) {
      keyId = this.findKey(this.#load(key), 0, key.length);
      if (keyId < 0) return -1;
    }
    return this.findWord(this.#load(word), 0, word.length, keyId, suffix);
  }

  /** The id of a name, made when there is none. */
  intern(name: ByteString): number {
    const { key, word, suffix } = this.#parts(name);
    const keyId = key === undefined ? -1 : this.internKey(this.#load(key), 0, key.length);
    return this.internWord(this.#load(word), 0, word.length, keyId, suffix);
  }

  /** The id of the name in `view[start, start + length)`, made when there is none; faster when it is `guess`. */
  internName(view: DataView, start: number, length: number, guess = -1): number {
    this.#split(view, start, length);
    const key = this.#keyLength < 0 ? -1 : this.internKey(view, start, this.#keyLength);
    return this.internWord(view, this.#wordStart, this.#wordLength, key, this.#wordSuffix, guess);
  }

  /** Notes at `index` a name that will soon be looked up, see {@link ByteTable.prepare}. */
  prepare(index: number, view: DataView, start: number, length: number): void {
    this.#split(view, start, length);
    const key = this.#keyLength < 0 ? -1 : this.findKey(view, start, this.#keyLength);
    this.#features.prepare(index, view, this.#wordStart, this.#wordLength, key, this.#wordSuffix);
  }

  /** Makes looking up the prepared names faster, see {@link ByteTable.warm}. */
  warm(count: number, ids: Int32Array): void {
    this.#features.warm(count, ids);
  }

  /** The whole name of a feature. */
  nameOf(id: number): ByteString {
    const key = this.#features.ownerOf(id);
    const rest = this.#features.textOf(id) + this.#suffixes[this.#features.variantOf(id)]!;
    return key < 0 ? rest : this.#keyTexts[key]! + rest;
  }

  /** Appends the whole name of a feature as a raw. */
  writeName(id: number, writer: Writer): void {
    const key = this.#features.ownerOf(id);
    const head = key < 0 ? "" : this.#keyTexts[key]!;
    const suffix = this.#suffixes[this.#features.variantOf(id)]!;
    writer.writeRawHeader(head.length + this.#features.lengthOf(id) + suffix.length);
    writer.appendText(head);
    this.#features.writeTo(id, writer);
    writer.appendText(suffix);
  }

  /** Hashes the word in the name of a string feature by `murmur64`; behind it stands `suffix`, or the last `@`. */
  hashWord(id: number, suffix: ByteString | undefined, into: Hash64): void {
    if (this.#features.ownerOf(id) >= 0) return this.#features.murmurOf(id, into);
    const name = this.#features.textOf(id);
    const end = suffix === undefined ? name.lastIndexOf("@") : name.length - suffix.length;
    murmur64(name.slice(name.indexOf("$") + 1, end), into);
  }

  /** Keeps the id alive for one holder. */
  hold(id: number, holder: number): void {
    this.#holders[id]! |= holder;
  }

  /** Ends {@link hold}; an id that nobody holds any more goes at the next {@link dropUnheld}. */
  release(id: number, holder: number): void {
    const holders = this.#holders[id]! & ~holder;
    this.#holders[id] = holders;
    if (holders === 0) this.#loose.push(id);
  }

  /** True when `holder` holds the id. */
  isHeld(id: number, holder: number): boolean {
    return (this.#holders[id]! & holder) !== 0;
  }

  /** Removes all names that nobody holds. Call between data: ids of the current datum may go. */
  dropUnheld(): void {
    if (this.#loose.length === 0 && this.#looseKeys.length === 0) return;
    for (let i = this.#loose.length - 1; i >= 0; i--) {
      const id = this.#loose[i]!;
      if (this.#holders[id] !== 0 || !this.#features.has(id)) continue;
      const key = this.#features.ownerOf(id);
      this.#features.remove(id);
      if (key >= 0 && --this.#keyUses[key]! === 0) this.#looseKeys.push(key);
    }
    for (const key of this.#looseKeys) {
      if (this.#keyUses[key] === 0 && this.#keys.has(key)) this.#keys.remove(key);
    }
    this.#loose.length = 0;
    this.#looseKeys.length = 0;
  }

  /** Byte order of two names: negative, zero or positive. */
  compare(a: number, b: number): number {
    if (a === b) return 0;
    const left = this.#features.ownerOf(a);
    const right = this.#features.ownerOf(b);
    if (left === right) {
      return this.#features.numberOf(a) - this.#features.numberOf(b) || this.compareRest(a, b, SORT_KEY_BYTES);
    }
    // Keys hold no `$`, so two keys with their `$` differ before either ends.
    if (left >= 0 && right >= 0) return this.#keyTexts[left]! < this.#keyTexts[right]! ? -1 : 1;
    const leftName = this.nameOf(a);
    const rightName = this.nameOf(b);
    return leftName < rightName ? -1 : leftName > rightName ? 1 : 0;
  }

  /**
   * Copies the sort keys of many features. True when the features have the same key: then sort keys that
   * differ tell the order of names, and {@link compareRest} does where they do not.
   */
  gatherSortKeys(ids: Int32Array, count: number, into: Float64Array): boolean {
    return this.#features.gatherNumbers(ids, count, into);
  }

  /** Compares two names of the same key behind the key, from a byte on. */
  compareRest(a: number, b: number, from: number = SORT_KEY_BYTES): number {
    if (a === b) return 0;
    for (let i = from;; i++) {
      const left = this.#byteBehindKey(a, i);
      const right = this.#byteBehindKey(b, i);
      if (left !== right) return left - right;
      if (left < 0) return 0;
    }
  }

  /** Forgets all names and holders. */
  clear(): void {
    this.#keys.clear();
    this.#features.clear();
    this.#keyUses = new Int32Array(16);
    this.#holders = new Uint8Array(64);
    this.#keyTexts = [];
    this.#loose = [];
    this.#looseKeys = [];
  }

  #begin(id: number, key: number): void {
    if (id >= this.#holders.length) {
      const capacity = Math.ceil(id * (id < 1 << 20 ? 2 : 1.5));
      const holders = new Uint8Array(capacity);
      holders.set(this.#holders);
      this.#holders = holders;
    }
    this.#holders[id] = 0;
    this.#features.setNumber(id, this.#sortKey(id));
    if (key >= 0) this.#keyUses[key]!++;
    this.#loose.push(id);
  }

  #sortKey(id: number): number {
    let sortKey = 0;
    // 0 stands for the end of the name, so a byte counts for one more.
    for (let i = 0; i < SORT_KEY_BYTES; i++) sortKey = sortKey * 257 + this.#byteBehindKey(id, i) + 1;
    return sortKey;
  }

  /** A byte of a name without its key part; -1 behind its end. */
  #byteBehindKey(id: number, index: number): number {
    const length = this.#features.lengthOf(id);
    if (index < length) return this.#features.byteAt(id, index);
    const suffix = this.#suffixes[this.#features.variantOf(id)]!;
    return index - length < suffix.length ? suffix.charCodeAt(index - length) : -1;
  }

  /** Finds the parts of the name in `view[start, start + length)`. */
  #split(view: DataView, start: number, length: number): void {
    let at = start + length - 1;
    while (at >= start && view.getUint8(at) !== AT) at--;
    const suffix = at < start ? 0 : this.#suffixAt(view, at, start + length - at);
    let dollar = start;
    while (suffix > 0 && dollar < at && view.getUint8(dollar) !== DOLLAR) dollar++;
    const hasKey = this.#isOfKey[suffix]!;
    const isWhole = suffix === 0 || hasKey !== dollar < at;
    this.#keyLength = hasKey && !isWhole ? dollar - start : -1;
    this.#wordStart = hasKey && !isWhole ? dollar + 1 : start;
    this.#wordLength = (isWhole ? start + length : at) - this.#wordStart;
    this.#wordSuffix = isWhole ? 0 : suffix;
  }

  /** The number of the suffix that `view[start, start + length)` is, or 0. */
  #suffixAt(view: DataView, start: number, length: number): number {
    for (let number = 1; number < this.#suffixes.length; number++) {
      const suffix = this.#suffixes[number]!;
      let i = suffix.length === length ? 0 : -1;
      while (i >= 0 && i < length) i = suffix.charCodeAt(i) === view.getUint8(start + i) ? i + 1 : -1;
      if (i > 0) return number;
    }
    return 0;
  }

  #parts(name: ByteString): { key: ByteString | undefined; word: ByteString; suffix: number } {
    const at = name.lastIndexOf("@");
    const suffix = at < 0 ? 0 : this.suffixNumber(name.slice(at));
    if (suffix === 0) return { key: undefined, word: name, suffix: 0 };
    const dollar = name.indexOf("$");
    if (this.#suffixes[suffix]!.includes("#")) {
      if (dollar < 0 || dollar > at) return { key: undefined, word: name, suffix: 0 };
      return { key: name.slice(0, dollar), word: name.slice(dollar + 1, at), suffix };
    }
    if (dollar >= 0) return { key: undefined, word: name, suffix: 0 };
    return { key: undefined, word: name.slice(0, at), suffix };
  }

  #load(text: ByteString): DataView {
    if (text.length + 4 > this.#scratch.byteLength) this.#scratch = new DataView(new ArrayBuffer(text.length * 2 + 4));
    const view = this.#scratch;
    for (let i = 0; i < text.length; i++) view.setUint8(i, text.charCodeAt(i));
    return view;
  }
}
