import type { ByteString } from "../../base/byte_string.ts";
import type { FeatureTable } from "../../model/feature_table.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { InvertedIndex } from "../../model/inverted_index.ts";
import { LabelCounters } from "../../model/label_counters.ts";
import { Nearest } from "../../model/nearest.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import type { ClassifierAlgorithm, LabelScores } from "./algorithm.ts";
import { labelOfDataId, newDataId, type RandomIntegers } from "./data_id.ts";
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
  readonly #counters = new LabelCounters();
  readonly #votes = new LabelVotes(this.#counters);
  /** Label of each column. */
  #labels: ByteString[] = [];
  readonly #nearest = new Nearest();

  constructor(options: InvertedIndexOptions) {
    this.#options = options;
    this.#index = new InvertedIndex(options.features);
  }

  train(vector: FeatureVector, label: ByteString): void {
    const id = newDataId(label, this.#options.random, (id) => this.#index.has(id));
    const column = this.#index.add(id, vector);
    if (column >= 0) this.#labels[column] = label;
    this.#counters.increment(label);
  }

  score(vector: FeatureVector, into: LabelScores): void {
    const nearest = this.#nearest;
    nearest.reset(this.#options.neighborCount);
    if (this.#options.method === "cosine") this.#findSimilar(vector);
    else this.#findClose(vector);
    nearest.sort();
    this.#votes.begin(into);
    const sensitivity = this.#options.sensitivity;
    const cosine = this.#options.method === "cosine";
    for (let i = 0; i < nearest.count; i++) {
      const distance = nearest.distances[i]!;
      const weight = cosine
        ? Math.exp(-sensitivity * (1 - Math.max(-1, Math.min(1, -distance))))
        : Math.exp(sensitivity * -distance);
      this.#votes.vote(this.#labels[-nearest.indices[i]!]!, weight, into);
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

  /**
   * Offers the columns that have features in common with the query, the most similar as the nearest.
   * Of equally similar ones the newest counts, hence the negative index.
   */
  #findSimilar(vector: FeatureVector): void {
    const squaredNorm = vector.squaredNorm();
    if (squaredNorm === 0) return;
    const norm = Math.sqrt(squaredNorm);
    const index = this.#index;
    index.multiply(vector);
    for (let i = 0; i < index.touchedCount; i++) {
      const column = index.touched[i]!;
      const product = index.products[column]!;
      if (product === 0) continue;
      index.products[column] = 0;
      const columnNorm = index.normOf(column);
      if (columnNorm === 0) continue;
      const similarity = columnNorm === squaredNorm && product === squaredNorm
        ? 1
        : product / Math.sqrt(columnNorm) / norm;
      this.#nearest.offer(-similarity, -column);
    }
    index.reset();
  }

  /** Offers all columns by their distance. Of equally distant ones the newest counts. */
  #findClose(vector: FeatureVector): void {
    const squaredNorm = vector.squaredNorm();
    const index = this.#index;
    index.multiply(vector);
    for (let column = 0; column < index.columnEnd; column++) {
      const columnNorm = index.normOf(column);
      if (columnNorm === 0) continue;
      const squared = squaredNorm + columnNorm - 2 * index.products[column]!;
      const distance = Math.sqrt(Math.max(0, squared));
      if (distance > this.#nearest.worst) continue;
      this.#nearest.offer(distance, -column);
    }
    index.reset();
  }
}
