import { fnv1 } from "../base/fnv.ts";
import { Hash64 } from "../base/hash64.ts";
import { type FeatureTable, HELD_BY_INDEX } from "./feature_table.ts";
import type { FeatureVector } from "./feature_vector.ts";

/** Features whose hash is remembered. */
const FEATURES_MAX = 1 << 16;

/**
 * FNV-1 hashes of feature names. Those of the features met last are remembered; their ids are held for
 * that time, so that no other feature can come by one of them.
 */
export class FeatureHashes {
  readonly #features: FeatureTable;
  readonly #featuresMax: number;
  /** Hash by feature id, in halves; valid while the id is held by us. */
  #highById = new Int32Array(64);
  #lowById = new Int32Array(64);
  /** Ids that are held, as a ring: the oldest is replaced by the next. */
  #held: number[] = [];
  /** Place of the oldest in the ring, once it is full. */
  #oldest = 0;
  readonly #hash = new Hash64();
  /** Hashes of the vector at hand, in halves. */
  #high = new Int32Array(64);
  #low = new Int32Array(64);

  constructor(features: FeatureTable, featuresMax: number = FEATURES_MAX) {
    this.#features = features;
    this.#featuresMax = featuresMax;
  }

  /** The hashes of a vector's features, parallel to its ids. Valid until the next call. */
  of(vector: FeatureVector): { readonly high: Int32Array; readonly low: Int32Array } {
    const { ids, count } = vector;
    if (count > this.#high.length) {
      this.#high = new Int32Array(count * 2);
      this.#low = new Int32Array(count * 2);
    }
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      if (!this.#features.isHeld(id, HELD_BY_INDEX)) this.#remember(id);
      this.#high[i] = this.#highById[id]!;
      this.#low[i] = this.#lowById[id]!;
    }
    return { high: this.#high, low: this.#low };
  }

  /** Lets go of all features. */
  clear(): void {
    for (const id of this.#held) this.#features.release(id, HELD_BY_INDEX);
    this.#held = [];
    this.#oldest = 0;
  }

  #remember(id: number): void {
    if (id >= this.#highById.length) this.#reserve(id * 2);
    fnv1(this.#features.nameOf(id), this.#hash);
    this.#highById[id] = this.#hash.high;
    this.#lowById[id] = this.#hash.low;
    this.#features.hold(id, HELD_BY_INDEX);
    if (this.#held.length < this.#featuresMax) {
      this.#held.push(id);
      return;
    }
    this.#features.release(this.#held[this.#oldest]!, HELD_BY_INDEX);
    this.#held[this.#oldest] = id;
    this.#oldest = (this.#oldest + 1) % this.#featuresMax;
  }

  #reserve(capacity: number): void {
    const high = new Int32Array(capacity);
    high.set(this.#highById);
    this.#highById = high;
    const low = new Int32Array(capacity);
    low.set(this.#lowById);
    this.#lowById = low;
  }
}
