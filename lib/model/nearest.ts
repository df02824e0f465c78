/**
 * The k nearest of many candidates, each with a distance and an index. Of equal distances the lower
 * index is nearer; a distance that is not a number is the farthest of all.
 */
export class Nearest {
  /** Indices found, the nearest first, after {@link sort}. */
  indices: Int32Array<ArrayBuffer> = new Int32Array(16);
  /** Distances, parallel to `indices`. */
  distances: Float64Array<ArrayBuffer> = new Float64Array(16);
  /** Number of candidates kept. */
  count = 0;
  /** A candidate with a greater distance need not be offered. */
  worst: number = Infinity;
  /** How many are wanted. */
  #limit = 0;

  /** Forgets all candidates; at most `limit` are kept from now on. */
  reset(limit: number): void {
    this.#limit = limit;
    this.count = 0;
    this.worst = Infinity;
  }

  /** Offers a candidate. Kept ones form a heap with the farthest on top. */
  offer(distance: number, index: number): void {
    if (distance !== distance) distance = Infinity;
    if (this.count === this.#limit) {
      if (this.count === 0 || !this.#nearer(distance, index, 0)) return;
      this.#sink(distance, index, this.count);
      this.worst = this.distances[0]!;
      return;
    }
    if (this.count === this.indices.length) this.#grow();
    let at = this.count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#nearer(distance, index, parent)) break;
      this.indices[at] = this.indices[parent]!;
      this.distances[at] = this.distances[parent]!;
      at = parent;
    }
    this.indices[at] = index;
    this.distances[at] = distance;
    if (this.count === this.#limit) this.worst = this.distances[0]!;
  }

  /** Takes the nearest of integer distances from 0 to `distanceMax`, and sorts them. */
  collect(distances: Int32Array, rows: number, distanceMax: number): void {
    const count = Math.min(this.#limit, rows);
    while (this.indices.length < count) this.#grow();
    /** How many rows are nearer than each distance, later where its next row goes. */
    const places = new Int32Array(distanceMax + 2);
    for (let row = 0; row < rows; row++) places[distances[row]! + 1]!++;
    let farthest = 0;
    for (let distance = 1; distance < places.length; distance++) {
      places[distance]! += places[distance - 1]!;
      if (places[distance]! < count) farthest = distance;
    }
    for (let row = 0; row < rows; row++) {
      if (distances[row]! > farthest) continue;
      const at = places[distances[row]!]!++;
      if (at >= count) continue;
      this.indices[at] = row;
      this.distances[at] = distances[row]!;
    }
    this.count = count;
  }

  /** Puts the kept candidates in order. Afterwards nothing may be offered before {@link reset}. */
  sort(): void {
    for (let end = this.count - 1; end > 0; end--) {
      const index = this.indices[end]!;
      const distance = this.distances[end]!;
      this.indices[end] = this.indices[0]!;
      this.distances[end] = this.distances[0]!;
      this.#sink(distance, index, end);
    }
  }

  /** True when a candidate is nearer than the kept one. */
  #nearer(distance: number, index: number, kept: number): boolean {
    const other = this.distances[kept]!;
    return distance < other || (distance === other && index < this.indices[kept]!);
  }

  /** Puts a candidate in the place of the top, within the first `end`. */
  #sink(distance: number, index: number, end: number): void {
    const indices = this.indices;
    const distances = this.distances;
    let at = 0;
    while (true) {
      let child = 2 * at + 1;
      if (child >= end) break;
      if (child + 1 < end && this.#nearer(distances[child]!, indices[child]!, child + 1)) child++;
      if (!this.#nearer(distance, index, child)) break;
      indices[at] = indices[child]!;
      distances[at] = distances[child]!;
      at = child;
    }
    indices[at] = index;
    distances[at] = distance;
  }

  #grow(): void {
    const capacity = this.indices.length * 2;
    const indices = new Int32Array(capacity);
    indices.set(this.indices);
    this.indices = indices;
    const distances = new Float64Array(capacity);
    distances.set(this.distances);
    this.distances = distances;
  }
}
