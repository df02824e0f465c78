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

/** Bucket counts, smallest first; a table grows to the next when it holds one element per bucket. */
// deno-fmt-ignore
const BUCKET_COUNTS: readonly number[] = [
  11, 23, 47, 97, 199, 409, 823, 1741, 3739, 7517, 15173, 30727, 62233, 126271, 256279, 520241, 1056323, 2144977,
  4355707, 8844859, 17961079, 36473443, 74066549,
];

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
  /** For each bucket the node before its first node, or EMPTY. */
  #before = new Int32Array(BUCKET_COUNTS[0]!).fill(EMPTY);
  /** Index of the bucket count in use. */
  #step = 0;
  /** Nodes that exist, the head included. Invariant: nodes `[1, #nodes)` are in the list or free. */
  #nodes = 1;
  /** First node to be used again; 0 when none. */
  #free = 0;
  /** Number of elements. */
  size = 0;

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
    const bucket = this.#bucketOf(node);
    const first = this.#before[bucket]!;
    let previous = first;
    while (next[previous] !== node) previous = next[previous]!;
    const following = next[node]!;
    const followingBucket = following === 0 ? EMPTY : this.#bucketOf(following);
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
    if (this.#step !== 0) {
      this.#step = 0;
      this.#before = new Int32Array(BUCKET_COUNTS[0]!);
    }
    this.#before.fill(EMPTY);
    this.#next[HEAD] = 0;
    this.#nodes = 1;
    this.#free = 0;
    this.size = 0;
  }

  #bucketOf(node: number): number {
    return modulo64(this.#high[node]!, this.#low[node]!, this.#before.length);
  }

  #link(node: number): void {
    const bucket = this.#bucketOf(node);
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
    if (head !== 0) this.#before[this.#bucketOf(head)] = node;
  }

  #grow(): void {
    this.#step++;
    const count = BUCKET_COUNTS[this.#step];
    if (count === undefined) throw new RangeError(`a hash table cannot hold more than ${this.size} elements`);
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
  }
}

/** Keys in the order of such a table: integers (hash: the number itself) or byte strings (MurmurHash64A). */
export class HashOrderedSet<Key extends number | ByteString> {
  readonly #order = new HashOrder();
  /** Element number of each key. */
  readonly #nodes = new Map<Key, number>();
  /** Key of each element; entries of erased ones are stale. */
  #keys: Key[] = [];
  readonly #hash = new Hash64();

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
}

/** Keys in the order of such a table, each known by its place in the order of insertion. They must differ. */
export class HashOrderedPlaces {
  readonly #order = new HashOrder();
  readonly #hash = new Hash64();

  /** Adds a key. */
  add(key: ByteString): void {
    murmur64(key, this.#hash);
    this.#order.insert(this.#hash.high, this.#hash.low);
  }

  /** Places in table order: 0 stands for the key added first. */
  places(): Int32Array {
    const places = new Int32Array(this.#order.size);
    let node = this.#order.first();
    for (let i = 0; i < places.length; i++, node = this.#order.after(node)) places[i] = node - 1;
    return places;
  }
}
