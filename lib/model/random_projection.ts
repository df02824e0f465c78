import { fillGaussians } from "./gaussians.ts";
import { RowCache } from "./row_cache.ts";

const f32 = Math.fround;

/** Projects sparse vectors to random directions and keeps the signs: the bits of `lsh` and `euclid_lsh`. */
export class RandomProjection {
  /** Rows by seed. */
  readonly #gaussians: RowCache;
  /** The projection of the vector at hand, in single precision as in Jubatus 1.1.1. */
  readonly #projection: Float32Array<ArrayBuffer>;

  /** @param bits number of directions, at least 1 */
  constructor(bits: number) {
    this.#gaussians = new RowCache(bits, (_, seed, rows, start) => fillGaussians(seed, rows, start, bits));
    this.#projection = new Float32Array(bits);
  }

  /** The projection of `count` values, in order; `seeds` are the low halves of the features' FNV-1 hashes. */
  project(seeds: Int32Array, values: Float64Array, count: number): Float32Array {
    const projection = this.#projection.fill(0);
    for (let i = 0; i < count; i++) {
      const row = this.#gaussians.rowOf(0, seeds[i]!);
      addScaled(projection, this.#gaussians.rows, row, f32(values[i]!));
    }
    return projection;
  }

  /** The signs of the projection: bit j of `into` is set when direction j is positive. */
  bits(seeds: Int32Array, values: Float64Array, count: number, into: Int32Array): void {
    const projection = this.project(seeds, values, count);
    into.fill(0);
    for (let j = 0; j < projection.length; j++) {
      if (projection[j]! > 0) into[j >>> 5]! |= 1 << (j & 31);
    }
  }
}

/** Adds value * row to the projection, every step in single precision. */
function addScaled(projection: Float32Array, rows: Float32Array, row: number, value: number): void {
  for (let j = 0; j < projection.length; j++) projection[j] = projection[j]! + f32(value * rows[row + j]!);
}
