import type { ByteString } from "../../base/byte_string.ts";
import { exponential } from "../../base/exponential.ts";
import type { FeatureTable } from "../../model/feature_table.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { IndexSearch } from "../../model/index_search.ts";
import { InvertedIndex } from "../../model/inverted_index.ts";
import { InvertedIndexMixable } from "../../model/inverted_index_mix.ts";
import { LabelCounters } from "../../model/label_counters.ts";
import { LabelCountersMixable } from "../../model/label_counters_mix.ts";
import type { Mixable } from "../../model/mixable.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import type { RandomIntegers } from "../row_id.ts";
import type { ClassifierAlgorithm, LabelScores } from "./algorithm.ts";
import { labelOfDataId, newDataId } from "./data_id.ts";
import { LabelVotes } from "./label_votes.ts";

/** Settings of {@link InvertedIndexClassifier}. */
export interface InvertedIndexOptions {
  /** What "near" means. */
  method: "cosine" | "euclidean";
  /** How many stored data vote. */
  neighborCount: number;
  /** How fast a vote fades with distance; a single-precision number. */
  sensitivity: number;
  /** Makes the ids of stored data. */
  random: RandomIntegers;
  /** The engine's features. */
  features: FeatureTable;
}

/** Classifies by exact comparison with all stored data that share a feature (cosine), or with all (euclidean). */
export class InvertedIndexClassifier implements ClassifierAlgorithm {
  readonly #options: InvertedIndexOptions;
  readonly #index: InvertedIndex;
  readonly #search: IndexSearch;
  readonly #counters = new LabelCounters();
  readonly #votes = new LabelVotes(this.#counters);
  /** Label of each column. */
  #labels: ByteString[] = [];
  readonly mixables: readonly Mixable[];

  constructor(options: InvertedIndexOptions) {
    this.#options = options;
    this.#index = new InvertedIndex(options.features);
    this.#search = new IndexSearch(this.#index);
    this.mixables = [
      new InvertedIndexMixable(this.#index, (column, id) => this.#labels[column] = labelOfDataId(id)),
      new LabelCountersMixable(this.#counters),
    ];
  }

  train(vector: FeatureVector, label: ByteString): void {
    const id = newDataId(label, this.#options.random, (id) => this.#index.has(id));
    const column = this.#index.add(id, vector);
    if (column >= 0) this.#labels[column] = label;
    this.#counters.increment(label);
  }

  score(vector: FeatureVector, into: LabelScores): void {
    const { method, neighborCount, sensitivity } = this.#options;
    const search = this.#search;
    if (method === "cosine") search.findSimilar(vector, neighborCount);
    else search.findClose(vector, neighborCount);
    this.#votes.begin(into);
    for (let i = 0; i < search.count; i++) {
      const weight = exponential(-sensitivity * search.distances[i]!);
      this.#votes.vote(this.#labels[search.columns[i]!]!, weight, into);
    }
  }

  setLabel(label: ByteString): boolean {
    return this.#counters.add(label);
  }

  /** Does nothing, as in Jubatus 1.1.1: these methods cannot forget. */
  deleteLabel(): boolean {
    return false;
  }

  labels(): [ByteString, number][] {
    return this.#counters.list();
  }

  clear(): void {
    this.#index.clear();
    this.#counters.clear();
    this.#labels = [];
  }

  status(): [string, string][] {
    return [];
  }

  /** Writes `[index, labels]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(2);
    this.#index.pack(writer);
    this.#counters.pack(writer);
  }

  unpack(reader: Reader): void {
    reader.expectArray(2);
    this.#index.unpack(reader);
    this.#counters.unpack(reader);
    this.#labels = [];
    for (let column = 0; column < this.#index.columnEnd; column++) {
      this.#labels.push(labelOfDataId(this.#index.idOf(column) ?? ""));
    }
  }
}
