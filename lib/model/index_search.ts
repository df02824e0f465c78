import type { FeatureVector } from "./feature_vector.ts";
import type { InvertedIndex } from "./inverted_index.ts";
import { Nearest } from "./nearest.ts";

/** The columns of an inverted index that are nearest to a vector. Of equally near ones the newest counts. */
export class IndexSearch {
  /** Columns found, the nearest first. */
  columns: Int32Array = new Int32Array(16);
  /** Their distances, parallel to `columns`: 1 - cosine from 0 to 2, or Euclidean. */
  distances: Float64Array = new Float64Array(16);
  /** Number of columns found. */
  count = 0;
  readonly #index: InvertedIndex;
  /** Knows columns by their negative numbers, and cosines by theirs. */
  readonly #nearest = new Nearest();

  constructor(index: InvertedIndex) {
    this.#index = index;
  }

  /** Finds the most similar of the columns that share features with the vector and are not orthogonal to it. */
  findSimilar(vector: FeatureVector, count: number): void {
    this.#nearest.reset(count);
    const squaredNorm = vector.squaredNorm();
    if (squaredNorm !== 0) this.#offerSimilar(vector, squaredNorm);
    this.#finish();
    for (let i = 0; i < this.count; i++) this.distances[i] = 1 - Math.max(-1, Math.min(1, -this.distances[i]!));
  }

  /** Finds the closest of all columns, whether they share features with the vector or not. */
  findClose(vector: FeatureVector, count: number): void {
    this.#nearest.reset(count);
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
    this.#finish();
  }

  #offerSimilar(vector: FeatureVector, squaredNorm: number): void {
    const norm = Math.sqrt(squaredNorm);
    const index = this.#index;
    index.multiply(vector);
    for (let i = 0; i < index.touchedCount; i++) {
      const column = index.touched[i]!;
      const product = index.products[column]!;
      if (product === 0) continue;
      // A column may be named twice.
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

  #finish(): void {
    const nearest = this.#nearest;
    nearest.sort();
    this.count = nearest.count;
    if (this.count > this.columns.length) {
      this.columns = new Int32Array(this.count * 2);
      this.distances = new Float64Array(this.count * 2);
    }
    for (let i = 0; i < this.count; i++) {
      this.columns[i] = -nearest.indices[i]!;
      this.distances[i] = nearest.distances[i]!;
    }
  }
}
