import type { ByteString } from "../../base/byte_string.ts";
import type { FeatureTable } from "../../model/feature_table.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { IndexSearch } from "../../model/index_search.ts";
import { InvertedIndex } from "../../model/inverted_index.ts";
import { InvertedIndexMixable } from "../../model/inverted_index_mix.ts";
import type { Mixable } from "../../model/mixable.ts";
import { TableMixable } from "../../model/table_mix.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import { newRowId, type RandomIntegers } from "../row_id.ts";
import type { RegressionAlgorithm } from "./algorithm.ts";
import { Neighbors } from "./neighbor_mean.ts";
import type { NeighborWeight } from "./regression_config.ts";
import { TargetTable } from "./target_table.ts";

/** Settings of {@link InvertedIndexRegression}. */
export interface InvertedIndexOptions {
  /** What "near" means. */
  readonly method: "cosine" | "euclidean";
  /** How many stored examples count. */
  readonly neighborCount: number;
  /** How they count. */
  readonly weight: NeighborWeight;
  /** Makes the ids of stored examples. */
  readonly random: RandomIntegers;
  /** The engine's features. */
  readonly features: FeatureTable;
  /** Written into the versions of targets; "" unless the server takes part in MIX. */
  readonly owner?: ByteString;
}

/** Estimates by exact comparison with all stored examples that share a feature (cosine), or with all (euclidean). */
export class InvertedIndexRegression implements RegressionAlgorithm {
  readonly #options: InvertedIndexOptions;
  readonly #index: InvertedIndex;
  readonly #search: IndexSearch;
  readonly #targets: TargetTable;
  readonly #neighbors = new Neighbors();
  readonly mixables: readonly Mixable[];

  constructor(options: InvertedIndexOptions) {
    this.#options = options;
    this.#index = new InvertedIndex(options.features);
    this.#search = new IndexSearch(this.#index);
    this.#targets = new TargetTable(options.owner);
    this.mixables = [new InvertedIndexMixable(this.#index), new TableMixable(this.#targets.table)];
  }

  train(vector: FeatureVector, target: number): void {
    const id = newRowId(this.#options.random, (id) => this.#targets.table.find(id) >= 0);
    this.#index.add(id, vector);
    this.#targets.set(id, target);
  }

  estimate(vector: FeatureVector): number {
    const { method, neighborCount, weight } = this.#options;
    const search = this.#search;
    const neighbors = this.#neighbors;
    if (method === "cosine") search.findSimilar(vector, neighborCount);
    else search.findClose(vector, neighborCount);
    neighbors.count = 0;
    for (let i = 0; i < search.count; i++) {
      const target = this.#targets.find(this.#index.idOf(search.columns[i]!)!);
      if (target !== undefined) neighbors.push(target, search.distances[i]!);
    }
    return neighbors.mean(weight, Number.EPSILON);
  }

  clear(): void {
    this.#index.clear();
    this.#targets.table.clear();
  }

  status(): [string, string][] {
    return [];
  }

  /** Writes `[index, targets]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(2);
    this.#index.pack(writer);
    this.#targets.table.pack(writer);
  }

  unpack(reader: Reader): void {
    reader.expectArray(2);
    this.#index.unpack(reader);
    this.#targets.table.unpack(reader);
  }
}
