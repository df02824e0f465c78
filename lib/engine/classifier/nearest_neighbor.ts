import type { ByteString } from "../../base/byte_string.ts";
import { BitVectors } from "../../model/bit_vectors.ts";
import { ColumnTable } from "../../model/column_table.ts";
import { DoubleColumn } from "../../model/double_column.ts";
import { FeatureHashes } from "../../model/feature_hashes.ts";
import type { FeatureTable } from "../../model/feature_table.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { LabelCounters } from "../../model/label_counters.ts";
import { MinHash } from "../../model/min_hash.ts";
import { Nearest } from "../../model/nearest.ts";
import { RandomProjection } from "../../model/random_projection.ts";
import type { Unlearner } from "../../model/unlearner.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import type { ClassifierAlgorithm, LabelScores } from "./algorithm.ts";
import { labelOfDataId, newDataId, type RandomIntegers } from "./data_id.ts";
import { LabelVotes } from "./label_votes.ts";

/** Settings of {@link NearestNeighborClassifier}. */
export interface NearestNeighborOptions {
  /** How data become bits, and how their distance is estimated. */
  method: "lsh" | "minhash" | "euclid_lsh";
  /** Bits per datum, at least 1. */
  hashNum: number;
  /** How many stored data vote. */
  neighborCount: number;
  /** How fast a vote fades with distance; a single-precision number. */
  sensitivity: number;
  /** Bounds the number of stored data; it holds their ids. */
  unlearner?: Unlearner | undefined;
  /** Makes the ids of stored data. */
  random: RandomIntegers;
  /** The engine's features. */
  features: FeatureTable;
  /** Written into the versions of rows; "" unless the server takes part in MIX. */
  owner?: ByteString;
}

/** Classifies by the stored data whose bits are most alike. */
export class NearestNeighborClassifier implements ClassifierAlgorithm {
  readonly #options: NearestNeighborOptions;
  readonly #bits: BitVectors;
  /** Norms of the data; part of the table for `euclid_lsh` only. */
  readonly #norms = new DoubleColumn();
  readonly #table: ColumnTable;
  readonly #hashes: FeatureHashes;
  readonly #hashing: RandomProjection | MinHash;
  readonly #counters = new LabelCounters();
  readonly #votes = new LabelVotes(this.#counters);
  /** Label of each row. */
  #labels: ByteString[] = [];
  readonly #nearest = new Nearest();
  /** Bits of the datum at hand. */
  readonly #query: Int32Array;
  /** Hamming distance of each row to the datum at hand. */
  #distances = new Int32Array(64);
  /** Cosine of the angle that each Hamming distance stands for (`euclid_lsh`). */
  readonly #cosines: Float64Array;

  constructor(options: NearestNeighborOptions) {
    this.#options = options;
    this.#bits = new BitVectors(options.hashNum);
    const euclidean = options.method === "euclid_lsh";
    this.#table = new ColumnTable(euclidean ? [this.#bits, this.#norms] : [this.#bits], options.owner);
    this.#hashes = new FeatureHashes(options.features);
    this.#hashing = options.method === "minhash" ? new MinHash(options.hashNum) : new RandomProjection(options.hashNum);
    this.#query = new Int32Array(this.#bits.wordsPerRow);
    this.#cosines = new Float64Array(euclidean ? options.hashNum + 1 : 0);
    for (let i = 0; i < this.#cosines.length; i++) this.#cosines[i] = Math.cos((i * Math.PI) / options.hashNum);
    if (options.unlearner !== undefined) options.unlearner.onEvict = (id) => this.#evict(id);
  }

  train(vector: FeatureVector, label: ByteString): void {
    const { random, unlearner } = this.#options;
    const id = newDataId(label, random, (id) => this.#table.find(id) >= 0);
    if (unlearner !== undefined && !unlearner.touch(id)) {
      throw new Error(`cannot add new ID as number of sticky IDs reached the maximum size of unlearner: ${id}`);
    }
    const row = this.#table.write(id);
    this.#hashBits(vector, this.#bits.row(row));
    if (this.#options.method === "euclid_lsh") this.#norms.values[row] = Math.sqrt(vector.squaredNorm());
    this.#labels[row] = label;
    this.#counters.increment(label);
  }

  score(vector: FeatureVector, into: LabelScores): void {
    const nearest = this.#nearest;
    this.#findNearest(vector);
    this.#votes.begin(into);
    const { hashNum, method, sensitivity } = this.#options;
    for (let i = 0; i < nearest.count; i++) {
      const distance = method === "euclid_lsh" ? nearest.distances[i]! : nearest.distances[i]! / hashNum;
      this.#votes.vote(this.#labels[nearest.indices[i]!]!, Math.exp(-sensitivity * distance), into);
    }
  }

  setLabel(label: ByteString): boolean {
    return this.#counters.add(label);
  }

  deleteLabel(label: ByteString): boolean {
    if (!this.#counters.delete(label)) return false;
    const ids = this.#table.keys().filter((_, row) => this.#labels[row] === label);
    for (const id of ids) {
      this.#removeRow(id);
      this.#options.unlearner?.remove(id);
    }
    return true;
  }

  labels(): [ByteString, number][] {
    return this.#counters.list();
  }

  clear(): void {
    this.#table.clear();
    this.#counters.clear();
    this.#labels = [];
    this.#hashes.clear();
    this.#options.unlearner?.clear();
  }

  status(): [string, string][] {
    return [];
  }

  /** Writes `[table, labels]`, before them the unlearner if there is one. */
  pack(writer: Writer): void {
    const { unlearner } = this.#options;
    writer.writeArrayHeader(unlearner === undefined ? 2 : 3);
    unlearner?.pack(writer);
    this.#table.pack(writer);
    this.#counters.pack(writer);
  }

  unpack(reader: Reader): void {
    const { unlearner } = this.#options;
    reader.expectArray(unlearner === undefined ? 2 : 3);
    unlearner?.unpack(reader);
    this.#table.unpack(reader);
    this.#counters.unpack(reader);
    this.#labels = this.#table.keys().map(labelOfDataId);
  }

  /** Takes one stored datum back; a label without data is forgotten. */
  #evict(id: ByteString): void {
    if (this.#removeRow(id)) this.#counters.decrement(labelOfDataId(id));
  }

  #removeRow(id: ByteString): boolean {
    const row = this.#table.remove(id);
    if (row < 0) return false;
    const label = this.#labels.pop()!;
    if (row < this.#labels.length) this.#labels[row] = label;
    return true;
  }

  #hashBits(vector: FeatureVector, into: Int32Array): void {
    const { high, low } = this.#hashes.of(vector);
    const hashing = this.#hashing;
    if (hashing instanceof MinHash) hashing.bits(high, low, vector.values, vector.count, into);
    else hashing.bits(low, vector.values, vector.count, into);
  }

  #findNearest(vector: FeatureVector): void {
    const rows = this.#table.size;
    if (rows > this.#distances.length) this.#distances = new Int32Array(rows * 2);
    this.#hashBits(vector, this.#query);
    this.#bits.distances(this.#query, rows, this.#distances);
    const nearest = this.#nearest;
    nearest.reset(this.#options.neighborCount);
    if (this.#options.method !== "euclid_lsh") {
      nearest.collect(this.#distances, rows, this.#options.hashNum);
      return;
    }
    const norm = Math.sqrt(vector.squaredNorm());
    offerEuclidean(nearest, this.#distances, this.#norms.values, this.#cosines, norm, rows);
    nearest.sort();
  }
}

/** Offers all rows by the distance that norms and estimated angles give. */
function offerEuclidean(
  nearest: Nearest,
  hamming: Int32Array,
  norms: Float64Array,
  cosines: Float64Array,
  norm: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const other = norms[row]!;
    const bits = hamming[row]!;
    const distance = bits === 0
      ? Math.abs(norm - other)
      : Math.sqrt(Math.max(0, norm * norm + other * other - 2 * norm * other * cosines[bits]!));
    if (distance > nearest.worst) continue;
    nearest.offer(distance, row);
  }
}
