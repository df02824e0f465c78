import type { NeighborWeight } from "./regression_config.ts";

/** The neighbours of a query, the nearest first. Reused. */
export class Neighbors {
  /** Targets of the neighbours; `[0, count)` are valid. */
  targets: Float64Array = new Float64Array(16);
  /** Distances of the neighbours, parallel to `targets`. */
  distances: Float64Array = new Float64Array(16);
  /** Number of neighbours. */
  count = 0;

  /** Appends a neighbour. */
  push(target: number, distance: number): void {
    if (this.count === this.targets.length) {
      this.targets = doubled(this.targets);
      this.distances = doubled(this.distances);
    }
    this.targets[this.count] = target;
    this.distances[this.count++] = distance;
  }

  /**
   * The mean of the targets, 0 when there are none. By `distance` each counts by the reciprocal of its distance;
   * but if there are any at a distance of at most `zeroMax`, they alone count.
   */
  mean(weight: NeighborWeight, zeroMax: number): number {
    const { targets, distances } = this;
    let counted = this.count;
    if (weight === "distance") {
      counted = 0;
      while (counted < this.count && distances[counted]! <= zeroMax) counted++;
    }
    let sum = 0;
    if (counted > 0) {
      for (let i = 0; i < counted; i++) sum += targets[i]!;
      return sum / counted;
    }
    let weights = 0;
    for (let i = 0; i < this.count; i++) {
      const reciprocal = 1 / distances[i]!;
      sum += targets[i]! * reciprocal;
      weights += reciprocal;
    }
    return this.count === 0 ? 0 : sum / weights;
  }
}

function doubled(array: Float64Array): Float64Array {
  const copy = new Float64Array(array.length * 2);
  copy.set(array);
  return copy;
}
