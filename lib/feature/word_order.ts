import type { ByteString } from "../base/byte_string.ts";
import { Hash64 } from "../base/hash64.ts";
import type { FeatureTable } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";
import { HashOrderedPlaces } from "../model/hash_order.ts";
import type { ConverterPlan } from "./converter_config.ts";

/**
 * When the words of a value are put in the order of 1.1.1, which shows in the last digits of sums over them; otherwise they
 * stand in that of their first occurrences, which is faster. `while small`: as long as there are no more than
 * {@link SMALL_FEATURES_MAX} features.
 */
export type WordOrdering = "never" | "while small" | "always";

/** Enough for models that somebody compares digit by digit; the queries of larger ones have to be fast. */
export const SMALL_FEATURES_MAX: number = 1 << 10;

/** Puts the words of a string value in the order in which 1.1.1's hash table has them. */
export class WordOrder {
  readonly #features: FeatureTable;
  readonly #order = new HashOrderedPlaces();
  readonly #hash = new Hash64();
  #ids = new Int32Array(64);
  #values = new Float64Array(64);

  constructor(features: FeatureTable) {
    this.#features = features;
  }

  /**
   * Orders the features from `start` on: words of one value, all different. Their names end in `suffix`; without it in
   * what follows the last `@`, which is the same unless the type's name has one.
   */
  apply(vector: FeatureVector, start: number, suffix?: ByteString): void {
    const count = vector.count - start;
    if (count < 2) return;
    if (count > this.#ids.length) {
      this.#ids = new Int32Array(count * 2);
      this.#values = new Float64Array(count * 2);
    }
    const { ids, values } = vector;
    const order = this.#order;
    order.clear();
    for (let i = 0; i < count; i++) {
      const id = ids[start + i]!;
      this.#features.hashWord(id, suffix, this.#hash);
      order.addHash(this.#hash);
      this.#ids[i] = id;
      this.#values[i] = values[start + i]!;
    }
    let at = start;
    for (const place of order.places()) {
      ids[at] = this.#ids[place]!;
      values[at++] = this.#values[place]!;
    }
  }
}

/** When data that teach a classifier are ordered, which sorts them: only for the sake of group lengths, if these are rounded. */
export function trainingOrdering({ stringRules }: ConverterPlan): WordOrdering {
  const isRounded = stringRules.some((rule) => rule.sampleWeight === "log_tf" && rule.globalWeight === "bm25");
  return isRounded ? "while small" : "never";
}

/**
 * When data have to be ordered that are compared with each other (`areCompared`), or weighed by a model. The words of data
 * that are compared add up in any order if all are whole numbers, which are not rounded; otherwise a last digit can decide
 * who is the nearest.
 */
export function wordOrdering({ stringRules }: ConverterPlan, areCompared: boolean): WordOrdering {
  if (!areCompared) return "while small";
  const isWhole = stringRules.every((rule) => rule.sampleWeight !== "log_tf" && rule.globalWeight === "bin");
  return isWhole ? "never" : "always";
}
