/**
 * Unlearners keep a model small: each holds at most so many keys (labels, or ids of data) and
 * evicts one when a new one comes.
 *
 * @module
 */

import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { HashOrderedMap, HashOrderedSet } from "./hash_order.ts";
import { RecencyList } from "./recency_list.ts";
import { readStruct } from "./struct_array.ts";

/** Decides which keys a model keeps. */
export interface Unlearner {
  /** Called with each evicted key, before the new one is held; the model forgets it then. */
  onEvict: (key: ByteString) => void;
  /** True when {@link touch} would succeed as far as sticky keys are concerned. */
  canTouch(key: ByteString): boolean;
  /** Notes that a key was used; holds it if it is new. False when it is new and nothing may be evicted. */
  touch(key: ByteString): boolean;
  /** True when the key is held. */
  has(key: ByteString): boolean;
  /** Lets a key go without a call of {@link onEvict}; false when it is not held. */
  remove(key: ByteString): boolean;
  /** Lets all keys go. */
  clear(): void;
  /** The unlearner's keys of `get_status`. */
  status(): [string, string][];
  /** Writes the keys. */
  pack(writer: Writer): void;
  /** Replaces the keys by those that {@link pack} wrote, even if they are more than allowed. */
  unpack(reader: Reader): void;
}

/** Evicts the key that was not used for longest, but never a sticky one. */
export class LruUnlearner implements Unlearner {
  onEvict: (key: ByteString) => void = () => {};
  readonly #sizeMax: number;
  readonly #isSticky: (key: ByteString) => boolean;
  readonly #normal = new RecencyList();
  /** In the order of a hash table, as model files of Jubatus 1.1.1 have them. */
  readonly #sticky = new HashOrderedSet<ByteString>();

  constructor(sizeMax: number, isSticky: (key: ByteString) => boolean = () => false) {
    this.#sizeMax = sizeMax;
    this.#isSticky = isSticky;
  }

  canTouch(key: ByteString): boolean {
    return this.#sticky.size < this.#sizeMax || this.has(key);
  }

  touch(key: ByteString): boolean {
    if (this.#sticky.has(key)) return true;
    if (this.#normal.has(key)) {
      this.#normal.touch(key);
      return true;
    }
    if (this.#sticky.size >= this.#sizeMax) return false;
    while (this.#normal.size + this.#sticky.size >= this.#sizeMax) {
      const oldest = this.#normal.oldest()!;
      this.#normal.remove(oldest);
      this.onEvict(oldest);
    }
    if (this.#isSticky(key)) this.#sticky.insert(key);
    else this.#normal.touch(key);
    return true;
  }

  has(key: ByteString): boolean {
    return this.#normal.has(key) || this.#sticky.has(key);
  }

  remove(key: ByteString): boolean {
    return this.#normal.remove(key) || this.#sticky.erase(key);
  }

  clear(): void {
    this.#normal.clear();
    this.#sticky.clear();
  }

  /** The first name promises something else than it tells; clients of Jubatus 1.1.1 know it so. */
  status(): [string, string][] {
    return [
      ["num_unlearner_sticky_ids", String(this.#sticky.size)],
      ["num_unlearner_unlearned_ids", String(this.#normal.size)],
    ];
  }

  /** Writes `[[normal keys, last used first], [sticky keys]]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(this.#normal.size);
    for (const key of this.#normal.newestFirst()) writer.writeByteString(key);
    writer.writeArrayHeader(this.#sticky.size);
    for (const key of this.#sticky.keys()) writer.writeByteString(key);
  }

  unpack(reader: Reader): void {
    this.clear();
    readStruct(
      reader,
      () => {
        for (const key of readKeys(reader).reverse()) this.#normal.touch(key);
      },
      () => {
        for (const key of readKeys(reader)) this.#sticky.insert(key);
      },
    );
  }
}

/** The largest table whose size 1.1.1 chooses in a way that is known; a larger one begins small. */
const ROOM_MAX = 823;

/** Evicts a key at random. */
export class RandomUnlearner implements Unlearner {
  onEvict: (key: ByteString) => void = () => {};
  readonly #sizeMax: number;
  readonly #random: { int(limit: number): number };
  #keys: ByteString[] = [];
  /**
   * Index of each key in {@link #keys}. In the order in which 1.1.1 writes it, whose table has room for all at once, as
   * long as that is at most {@link ROOM_MAX}.
   */
  readonly #slots: HashOrderedMap<number>;

  constructor(sizeMax: number, random: { int(limit: number): number }) {
    this.#sizeMax = sizeMax;
    this.#random = random;
    this.#slots = new HashOrderedMap(sizeMax <= ROOM_MAX ? sizeMax : undefined);
  }

  canTouch(): boolean {
    return true;
  }

  touch(key: ByteString): boolean {
    if (this.#slots.has(key)) return true;
    let slot = this.#keys.length;
    while (slot > this.#sizeMax) {
      this.#evict(this.#random.int(slot));
      slot--;
    }
    if (slot === this.#sizeMax) {
      slot = this.#random.int(slot);
      const victim = this.#keys[slot]!;
      this.#slots.delete(victim);
      this.onEvict(victim);
    }
    this.#keys[slot] = key;
    this.#slots.set(key, slot);
    return true;
  }

  has(key: ByteString): boolean {
    return this.#slots.has(key);
  }

  remove(key: ByteString): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#slots.delete(key);
    const last = this.#keys.pop()!;
    if (slot < this.#keys.length) {
      this.#keys[slot] = last;
      this.#slots.set(last, slot);
    }
    return true;
  }

  clear(): void {
    this.#keys = [];
    this.#slots.clear();
  }

  status(): [string, string][] {
    return [["num_unlearner_ids", String(this.#keys.length)]];
  }

  /** Writes `[{key: slot}, [key by slot]]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(2);
    writer.writeMapHeader(this.#slots.size);
    for (const [key, slot] of this.#slots.entries()) {
      writer.writeByteString(key);
      writer.writeInt(slot);
    }
    writer.writeArrayHeader(this.#keys.length);
    for (const key of this.#keys) writer.writeByteString(key);
  }

  /** The slots follow from the list of keys; of the map only the order counts. */
  unpack(reader: Reader): void {
    this.clear();
    readStruct(
      reader,
      () => {
        for (let i = reader.readMapHeader(); i > 0; i--) {
          this.#slots.set(reader.readByteString(), -1);
          reader.readUint64();
        }
      },
      () => {
        this.#keys = [...new Set(readKeys(reader))];
        this.#keys.forEach((key, slot) => this.#slots.set(key, slot));
        for (const [key, slot] of this.#slots.entries()) if (slot < 0) this.#slots.delete(key);
      },
    );
  }

  #evict(slot: number): void {
    const victim = this.#keys[slot]!;
    this.remove(victim);
    this.onEvict(victim);
  }
}

function readKeys(reader: Reader): ByteString[] {
  const keys: ByteString[] = [];
  for (let i = reader.readArrayHeader(); i > 0; i--) keys.push(reader.readByteString());
  return keys;
}
