/**
 * The order in which libstdc++'s `unordered_map` walks its elements.
 *
 * Jubatus 1.1.1 lists the labels of a linear classifier, breaks ties between their scores, and
 * emits the words of a string in that order, so identical results need the same order. A table is
 * one linked list in which the elements of a bucket stand together: a key of an empty bucket goes
 * to the head of the list, a key of another bucket before the first of that bucket.
 *
 * @module
 */

import type { ByteString } from "../base/byte_string.ts";
import { Hash64, modulo64 } from "../base/hash64.ts";
import { murmur64 } from "../base/murmur.ts";

/** Bucket counts of tables: all smaller ones that there are, then those that a table gets by growing. */
// deno-fmt-ignore
const BUCKET_COUNTS: readonly number[] = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 103, 109, 113, 127, 137,
  139, 149, 157, 167, 179, 193, 199, 211, 227, 241, 257, 277, 293, 313, 337, 359, 383, 409, 439, 467, 503, 541, 577, 619,
  661, 709, 761, 823, 1741, 3739, 7517, 15173, 30727, 62233, 126271, 256279, 520241, 1056323, 2144977, 4355707, 8844859,
  17961079, 36473443, 74066549,
];
/** Bucket count of tables that are not made for a certain number of elements. */
export const BUCKETS_MIN = 11;

/** The bucket count of a table for so many elements. */
function bucketsFor(elements: number): number {
  const count = BUCKET_COUNTS.find((count) => count >= elements);
  if (count === undefined) throw new RangeError(`a hash table cannot hold ${elements} elements`);
  return count;
}

/** The bucket count to which a table of so many buckets grows once it holds one element per bucket. */
export function bucketsAfter(buckets: number): number {
  return bucketsFor(2 * buckets);
}

/** The node before the first one: the list's head. */
const HEAD = 0;
/** Marks an empty bucket. */
const EMPTY = -1;

/** The list and its buckets, for elements known by number (from 1) and hash. */
export class HashOrder {
  /** The node that follows each node, 0 at the end; of a free node the next free one. */
  #next = new Int32Array(16);
  /** Hash of each node, in halves. */
  #high = new Int32Array(16);
  #low = new Int32Array(16);
  /** Bucket of each node. */
  #buckets = new Int32Array(16);
  /** For each bucket the node before its first node, or EMPTY. */
  #before: Int32Array;
  /** Bucket count of the empty table. */
  readonly #bucketsMin: number;
  /** Nodes that exist, the head included. Invariant: nodes `[1, #nodes)` are in the list or free. */
  #nodes = 1;
  /** First node to be used again; 0 when none. */
  #free = 0;
  /** Number of elements. */
  size = 0;

  /** @param room the table is made for so many elements */
  constructor(room?: number) {
    this.#bucketsMin = room === undefined ? BUCKETS_MIN : bucketsFor(room);
    this.#before = new Int32Array(this.#bucketsMin).fill(EMPTY);
  }

  /** Adds an element with this hash; the caller has made sure that its key is new. Returns its number. */
  insert(high: number, low: number): number {
    if (this.size + 1 > this.#before.length) this.#grow();
    let node = this.#free;
    if (node !== 0) this.#free = this.#next[node]!;
    else {
      node = this.#nodes++;
      if (node >= this.#next.length) this.#reserve(node * 2);
    }
    this.#high[node] = high;
    this.#low[node] = low;
    this.#link(node);
    this.size++;
    return node;
  }

  /** Takes an element out. Its number may be given to another one. */
  erase(node: number): void {
    const next = this.#next;
    const bucket = this.#buckets[node]!;
    const first = this.#before[bucket]!;
    let previous = first;
    while (next[previous] !== node) previous = next[previous]!;
    const following = next[node]!;
    const followingBucket = following === 0 ? EMPTY : this.#buckets[following]!;
    if (followingBucket !== bucket) {
      if (followingBucket !== EMPTY) this.#before[followingBucket] = previous;
      if (previous === first) this.#before[bucket] = EMPTY;
    }
    next[previous] = following;
    next[node] = this.#free;
    this.#free = node;
    this.size--;
  }

  /** The element in front, or 0 when there is none. */
  first(): number {
    return this.#next[HEAD]!;
  }

  /** The element after this one, or 0. */
  after(node: number): number {
    return this.#next[node]!;
  }

  /** Forgets all elements; the next ones are numbered from 1 and the table is as small as a new one. */
  clear(): void {
    if (this.#before.length > this.#bucketsMin) this.#before = new Int32Array(this.#bucketsMin);
    this.drain();
  }

  /** Forgets all elements, as {@link clear} does, but the table stays as large as it is. */
  drain(): void {
    this.#before.fill(EMPTY);
    this.#next[HEAD] = 0;
    this.#nodes = 1;
    this.#free = 0;
    this.size = 0;
  }

  #link(node: number): void {
    const bucket = modulo64(this.#high[node]!, this.#low[node]!, this.#before.length);
    this.#buckets[node] = bucket;
    const next = this.#next;
    const before = this.#before[bucket]!;
    if (before !== EMPTY) {
      next[node] = next[before]!;
      next[before] = node;
      return;
    }
    const head = next[HEAD]!;
    next[node] = head;
    next[HEAD] = node;
    this.#before[bucket] = HEAD;
    if (head !== 0) this.#before[this.#buckets[head]!] = node;
  }

  #grow(): void {
    const count = bucketsAfter(this.#before.length);
    this.#before = new Int32Array(count).fill(EMPTY);
    let node = this.#next[HEAD]!;
    this.#next[HEAD] = 0;
    while (node !== 0) {
      const following = this.#next[node]!;
      this.#link(node);
      node = following;
    }
  }

  #reserve(capacity: number): void {
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(capacity);
      array.set(old);
      return array;
    };
    this.#next = grown(this.#next);
    this.#high = grown(this.#high);
    this.#low = grown(this.#low);
    this.#buckets = grown(this.#buckets);
  }
}

/** Keys in the order of such a table: integers (hash: the number itself) or byte strings (MurmurHash64A). */
export class HashOrderedSet<Key extends number | ByteString> {
  readonly #order: HashOrder;
  /** Element number of each key. */
  readonly #nodes = new Map<Key, number>();
  /** Key of each element; entries of erased ones are stale. */
  #keys: Key[] = [];
  readonly #hash = new Hash64();

  /** @param room the table is made for so many keys */
  constructor(room?: number) {
    this.#order = new HashOrder(room);
  }

  /** Number of keys. */
  get size(): number {
    return this.#order.size;
  }

  /** True when the key was added and not erased since. */
  has(key: Key): boolean {
    return this.#nodes.has(key);
  }

  /** Adds a key; false when it is already there. Integers must be from 0 to 2^32 - 1. */
  insert(key: Key): boolean {
    if (this.#nodes.has(key)) return false;
    const hash = this.#hash;
    if (typeof key === "number") {
      hash.high = 0;
      hash.low = key;
    } else {
      murmur64(key, hash);
    }
    const node = this.#order.insert(hash.high, hash.low);
    this.#keys[node] = key;
    this.#nodes.set(key, node);
    return true;
  }

  /** Takes a key out; false when it is not there. */
  erase(key: Key): boolean {
    const node = this.#nodes.get(key);
    if (node === undefined) return false;
    this.#nodes.delete(key);
    this.#order.erase(node);
    return true;
  }

  /** The keys in table order. */
  keys(): Key[] {
    const keys: Key[] = [];
    for (let node = this.#order.first(); node !== 0; node = this.#order.after(node)) keys.push(this.#keys[node]!);
    return keys;
  }

  /** Forgets all keys; the table is as small as a new one again. */
  clear(): void {
    this.#order.clear();
    this.#nodes.clear();
    this.#keys = [];
  }

  /** Forgets all keys; the table stays as large as it is. */
  drain(): void {
    this.#order.drain();
    this.#nodes.clear();
    this.#keys = [];
  }
}

/** Values by key, in the order of such a table. */
export class HashOrderedMap<Value> {
  readonly #keys: HashOrderedSet<ByteString>;
  readonly #values = new Map<ByteString, Value>();

  /** @param room the table is made for so many entries */
  constructor(room?: number) {
    this.#keys = new HashOrderedSet(room);
  }

  /** Number of entries. */
  get size(): number {
    return this.#values.size;
  }

  /** The value of a key. */
  get(key: ByteString): Value | undefined {
    return this.#values.get(key);
  }

  /** True when the key has a value. */
  has(key: ByteString): boolean {
    return this.#values.has(key);
  }

  /** Sets the value of a key, which keeps its place if it has one. */
  set(key: ByteString, value: Value): void {
    this.#keys.insert(key);
    this.#values.set(key, value);
  }

  /** Takes an entry out; false when it is not there. */
  delete(key: ByteString): boolean {
    this.#keys.erase(key);
    return this.#values.delete(key);
  }

  /** The keys in table order. */
  keys(): ByteString[] {
    return this.#keys.keys();
  }

  /** The entries in table order. */
  entries(): [ByteString, Value][] {
    return this.#keys.keys().map((key) => [key, this.#values.get(key)!]);
  }

  /** Forgets all entries; the table is as small as a new one again. */
  clear(): void {
    this.#keys.clear();
    this.#values.clear();
  }

  /** Forgets all entries; the table stays as large as it is. */
  drain(): void {
    this.#keys.drain();
    this.#values.clear();
  }
}

/** Keys in the order of such a table, each known by its place in the order of insertion. They must differ. */
export class HashOrderedPlaces {
  readonly #order = new HashOrder();
  readonly #hash = new Hash64();

  /** Adds a key. */
  add(key: ByteString): void {
    murmur64(key, this.#hash);
    this.addHash(this.#hash);
  }

  /** Adds a key by its hash. */
  addHash({ high, low }: Hash64): void {
    this.#order.insert(high, low);
  }

  /** Forgets all keys; the table is as small as a new one again. */
  clear(): void {
    this.#order.clear();
  }

  /** Places in table order: 0 stands for the key added first. */
  places(): Int32Array {
    const places = new Int32Array(this.#order.size);
    let node = this.#order.first();
    for (let i = 0; i < places.length; i++, node = this.#order.after(node)) places[i] = node - 1;
    return places;
  }
}
