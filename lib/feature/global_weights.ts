import type { ByteString } from "../base/byte_string.ts";
import type { FeatureTable } from "../model/feature_table.ts";
import { FeatureVector } from "../model/feature_vector.ts";
import { HashOrderedSet } from "../model/hash_order.ts";
import type { StringRule } from "./converter_config.ts";
import { InverseFrequencies } from "./inverse_frequencies.ts";
import type { WeightStatistics } from "./weight_statistics.ts";
import type { WordOrder } from "./word_order.ts";

/** BM25 constants: k1, and 1 - b, b. */
const BM25_K1 = 1.2;
const BM25_B = 0.75;

/** Features of one value by a string rule that has a global weight: where they stand in the vector. */
export interface Segment {
  readonly rule: StringRule;
  /** Index of the first feature in the vector. */
  readonly start: number;
  /** Index behind the last one. */
  readonly end: number;
  /** Name of the words' group for bm25: the feature name without its word. */
  readonly group: ByteString;
}

/**
 * The weights that depend on all documents: idf, idf1, bm25 (Robertson and Walker 1994) and user weights. N
 * and df include the document that is being learned.
 */
export class GlobalWeights {
  readonly #features: FeatureTable;
  readonly #statistics: WeightStatistics;
  /** For idf and idf1. */
  readonly #inverse = new InverseFrequencies((documents, frequency) => (documents + 1) / (frequency + 1));
  /** For bm25. */
  readonly #odds = new InverseFrequencies((documents, frequency) => (documents - frequency + 0.5) / (frequency + 0.5));
  readonly #wordOrder: WordOrder;
  /** Made by {@link #inOrder}. */
  readonly #ordered = new FeatureVector();
  /** Some string rule has a global weight other than bin. */
  readonly #weighs: boolean;
  /** Training counts documents. */
  readonly #counts: boolean;
  /** Training counts word groups too, and words without an id matter for their lengths. */
  readonly countsGroups: boolean;

  constructor(
    rules: readonly StringRule[],
    features: FeatureTable,
    statistics: WeightStatistics,
    wordOrder: WordOrder,
  ) {
    this.#wordOrder = wordOrder;
    this.#features = features;
    this.#statistics = statistics;
    const weights = rules.map((rule) => rule.globalWeight);
    this.#weighs = weights.some((weight) => weight !== "bin");
    this.#counts = weights.some((weight) => weight === "idf" || weight === "idf1" || weight === "bm25");
    this.countsGroups = weights.includes("bm25");
  }

  /** Counts a document that teaches; its values are as the rules made them, `isOrdered` its words in the order of 1.1.1. */
  count(vector: FeatureVector, isOrdered: boolean): void {
    if (!this.#counts) return;
    const statistics = this.#statistics;
    statistics.countDocument();
    statistics.countFeatures(vector, isOrdered ? undefined : this.#inOrder);
    if (!this.countsGroups) return;
    const seen = new Set<ByteString>();
    for (let i = 0; i < vector.count; i++) {
      const group = groupOf(this.#features.nameOf(vector.ids[i]!));
      if (group === undefined) continue;
      statistics.addGroupLength(group, vector.values[i]!);
      seen.add(group);
    }
    for (const group of statistics.isMixed ? inTableOrder(seen) : seen) statistics.countGroup(group);
  }

  /** The features in the order in which 1.1.1 counts them: the words of a value in that of a hash table. */
  readonly #inOrder = (vector: FeatureVector): FeatureVector => {
    const order = this.#wordOrder;
    const ordered = this.#ordered;
    ordered.count = 0;
    const seen = new Set<number>();
    let group: ByteString | undefined;
    let start = 0;
    for (let i = 0; i < vector.count; i++) {
      const id = vector.ids[i]!;
      if (seen.has(id)) continue;
      seen.add(id);
      const next = groupOf(this.#features.nameOf(id));
      if (next === undefined || next !== group) {
        order.apply(ordered, start);
        start = ordered.count;
        group = next;
      }
      ordered.push(id, vector.values[i]!);
    }
    order.apply(ordered, start);
    return ordered;
  };

  /** Weighs the features of each segment. */
  apply(vector: FeatureVector, segments: readonly Segment[]): void {
    if (!this.#weighs) return;
    const { ids, values } = vector;
    for (const { rule, start, end } of segments) {
      switch (rule.globalWeight) {
        case "idf":
          this.#applyInverse(vector, start, end, 0);
          break;
        case "idf1":
          this.#applyInverse(vector, start, end, 1);
          break;
        case "weight":
          for (let i = start; i < end; i++) {
            const name = this.#features.nameOf(ids[i]!);
            values[i]! *= this.#statistics.userWeight(name.slice(0, name.lastIndexOf("#")));
          }
          break;
      }
    }
    if (this.countsGroups) this.#applyBm25(vector, segments);
  }

  #applyInverse({ ids, values }: FeatureVector, start: number, end: number, added: number): void {
    const statistics = this.#statistics;
    const inverse = this.#inverse;
    inverse.begin(statistics.documents);
    for (let i = start; i < end; i++) values[i]! *= inverse.of(statistics.documentFrequency(ids[i]!)) + added;
  }

  #applyBm25({ ids, values }: FeatureVector, segments: readonly Segment[]): void {
    const { documents } = this.#statistics;
    const odds = this.#odds;
    odds.begin(documents);
    const lengths = new Map<ByteString, number>();
    for (const { rule, start, end, group } of segments) {
      if (rule.globalWeight !== "bm25") continue;
      let length = lengths.get(group) ?? 0;
      for (let i = start; i < end; i++) length += values[i]!;
      lengths.set(group, length);
    }
    for (const { rule, start, end, group } of segments) {
      if (rule.globalWeight !== "bm25") continue;
      const relative = lengths.get(group)! / this.#statistics.averageLength(group);
      for (let i = start; i < end; i++) {
        // A word that occurs twice in a document counts twice there; without the bound that gives ln(negative).
        const frequency = Math.min(this.#statistics.documentFrequency(ids[i]!), documents);
        const value = values[i]!;
        values[i] = odds.of(frequency) *
          ((value * (BM25_K1 + 1)) / (value + BM25_K1 * (1 - BM25_B + BM25_B * relative)));
      }
    }
  }
}

function inTableOrder(groups: Iterable<ByteString>): ByteString[] {
  const ordered = new HashOrderedSet<ByteString>();
  for (const group of groups) ordered.insert(group);
  return ordered.keys();
}

/** The group of a feature for bm25: its name without the word; undefined when it has none. */
function groupOf(name: ByteString): ByteString | undefined {
  const dollar = name.indexOf("$");
  const at = name.lastIndexOf("@");
  return dollar < 0 || at < 0 ? undefined : name.slice(0, dollar) + name.slice(at);
}
