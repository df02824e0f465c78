import type { ByteString } from "../base/byte_string.ts";
import { Hash64 } from "../base/hash64.ts";
import { murmur64 } from "../base/murmur.ts";
import { HashOrder } from "./hash_order.ts";

/**
 * More features than this are written in the order of their ids: keeping a hash table's order would cost large models
 * memory and time, and nobody compares them byte by byte.
 */
export const ORDERED_FEATURES_MAX: number = 1 << 12;

/** The hash of a feature's name, in an object that the next call uses again. */
export type FeatureHash = (id: number) => Hash64;

/** Hashes of names, each of which is asked for by the id of its feature. */
export function hashOfNames(nameOf: (id: number) => ByteString): FeatureHash {
  const hash = new Hash64();
  return (id) => {
    murmur64(nameOf(id), hash);
    return hash;
  };
}

/** The order in which a hash table of 1.1.1 would hold features, as long as they are not too many. */
export class FeatureOrder {
  readonly #hashOf: FeatureHash;
  readonly #order = new HashOrder();
  /** Node of each feature, and the reverse. */
  readonly #nodes = new Map<number, number>();
  #ids: number[] = [];
  #isKnown = true;

  constructor(hashOf: FeatureHash) {
    this.#hashOf = hashOf;
  }

  /** False once there were too many features; from then on there is no order. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Adds a feature that may be there already. */
  add(id: number): void {
    if (!this.#isKnown || this.#nodes.has(id)) return;
    if (this.#nodes.size === ORDERED_FEATURES_MAX) return this.giveUp();
    const { high, low } = this.#hashOf(id);
    const node = this.#order.insert(high, low);
    this.#nodes.set(id, node);
    this.#ids[node] = id;
  }

  /** Takes a feature out; its name is of no importance any more. */
  remove(id: number): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    this.#order.erase(node);
    this.#nodes.delete(id);
  }

  /** The features in order; undefined when there is none. */
  ids(): Int32Array | undefined {
    if (!this.#isKnown) return undefined;
    const ids = new Int32Array(this.#nodes.size);
    let node = this.#order.first();
    for (let i = 0; i < ids.length; i++, node = this.#order.after(node)) ids[i] = this.#ids[node]!;
    return ids;
  }

  /** Takes all features out; the table stays as large as it is. */
  drain(): void {
    this.#order.drain();
    this.#nodes.clear();
  }

  /** Begins anew, with a new table. */
  clear(): void {
    this.#order.clear();
    this.#nodes.clear();
    this.#ids = [];
    this.#isKnown = true;
  }

  /** There is no order from now on. */
  giveUp(): void {
    this.clear();
    this.#isKnown = false;
  }
}
