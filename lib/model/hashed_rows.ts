import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { BitVectors } from "./bit_vectors.ts";
import { ColumnTable } from "./column_table.ts";
import { DoubleColumn } from "./double_column.ts";
import { FeatureHashes } from "./feature_hashes.ts";
import type { FeatureTable } from "./feature_table.ts";
import type { FeatureVector } from "./feature_vector.ts";
import { MinHash } from "./min_hash.ts";
import type { Nearest } from "./nearest.ts";
import { RandomProjection } from "./random_projection.ts";

/** Settings of {@link HashedRows}. */
export interface HashedRowsOptions {
  /** How vectors become bits, and how their distance is estimated. */
  readonly method: "lsh" | "minhash" | "euclid_lsh";
  /** Bits per row, at least 1. */
  readonly hashNum: number;
  /** The engine's features. */
  readonly features: FeatureTable;
  /** Written into the versions of rows; "" unless the server takes part in MIX. */
  readonly owner?: ByteString | undefined;
}

/** Stored vectors, each reduced to a few bits (and for `euclid_lsh` its norm), and the search for similar ones. */
export class HashedRows {
  /** Keys and columns of the rows; rows are written and removed through this class, or by MIX. */
  readonly table: ColumnTable;
  readonly #options: HashedRowsOptions;
  readonly #bits: BitVectors;
  /** Norms of the vectors; part of the table for `euclid_lsh` only. */
  readonly #norms = new DoubleColumn();
  readonly #hashes: FeatureHashes;
  readonly #hashing: RandomProjection | MinHash;
  /** Bits of the query. */
  readonly #query: Int32Array;
  /** Hamming distance of each row to the query. */
  #distances = new Int32Array(64);
  /** Cosine of the angle that each Hamming distance stands for (`euclid_lsh`). */
  readonly #cosines: Float64Array;

  constructor(options: HashedRowsOptions) {
    const { method, hashNum, features, owner } = options;
    const isEuclidean = method === "euclid_lsh";
    this.#options = options;
    this.#bits = new BitVectors(hashNum);
    this.table = new ColumnTable(isEuclidean ? [this.#bits, this.#norms] : [this.#bits], owner);
    this.#hashes = new FeatureHashes(features);
    this.#hashing = method === "minhash" ? new MinHash(hashNum) : new RandomProjection(hashNum);
    this.#query = new Int32Array(this.#bits.wordsPerRow);
    this.#cosines = new Float64Array(isEuclidean ? hashNum + 1 : 0);
    for (let i = 0; i < this.#cosines.length; i++) this.#cosines[i] = Math.cos((i * Math.PI) / hashNum);
  }

  /** Writes a vector into the row with this key, which is appended when there is none. Returns the row. */
  write(key: ByteString, vector: FeatureVector): number {
    const row = this.table.write(key);
    this.#hashBits(vector, this.#bits.row(row));
    if (this.#options.method === "euclid_lsh") this.#norms.values[row] = Math.sqrt(vector.squaredNorm());
    return row;
  }

  /** Finds the `count` rows that are nearest to a vector, in order; among equally near ones the first rows. */
  findNearest(vector: FeatureVector, count: number, nearest: Nearest): void {
    const rows = this.table.size;
    const { method, hashNum } = this.#options;
    if (rows > this.#distances.length) this.#distances = new Int32Array(rows * 2);
    this.#hashBits(vector, this.#query);
    this.#bits.distances(this.#query, rows, this.#distances);
    nearest.reset(count);
    if (method === "euclid_lsh") {
      const norm = Math.sqrt(vector.squaredNorm());
      offerEuclidean(nearest, this.#distances, this.#norms.values, this.#cosines, norm, rows);
      nearest.sort();
    } else {
      nearest.collect(this.#distances, rows, hashNum);
      for (let i = 0; i < nearest.count; i++) nearest.distances[i]! /= hashNum;
    }
  }

  /** Removes all rows. */
  clear(): void {
    this.table.clear();
    this.#hashes.clear();
  }

  /** Writes the table. */
  pack(writer: Writer): void {
    this.table.pack(writer);
  }

  /** Replaces everything by what {@link pack} wrote. */
  unpack(reader: Reader): void {
    this.table.unpack(reader);
  }

  #hashBits(vector: FeatureVector, into: Int32Array): void {
    const { high, low } = this.#hashes.of(vector);
    const hashing = this.#hashing;
    if (hashing instanceof MinHash) hashing.bits(high, low, vector.values, vector.count, into);
    else hashing.bits(low, vector.values, vector.count, into);
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
