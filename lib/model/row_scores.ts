import type { FeatureVector } from "./feature_vector.ts";
import { ABSENT, ALIKE_SHIFT, COUNT_SHIFT, DENSE } from "./row_shape.ts";

/**
 * Adds a vector's score of each label slot to `scores`; there are `slotEnd` slots. The other arrays are those of a
 * `WeightTable`.
 */
export function addRowScores(
  { ids, values, count }: FeatureVector,
  rows: Int32Array,
  slots: Int32Array,
  weights: Float64Array,
  scores: Float64Array,
  slotEnd: number,
): void {
  if (areFinite(values, count)) accumulate(ids, values, count, rows, slots, weights, scores, slotEnd);
  else accumulatePresent(ids, values, count, rows, slots, weights, scores);
}

/**
 * scores[slot] += weight * value over the cells of each feature, in the vector's order. Neighbours that are
 * dense and equally long are summed up to four at a time, which reads and writes the scores less often and
 * waits for four rows' memory at once; the sums are the same to the last bit.
 */
function accumulate(
  ids: Int32Array,
  values: Float64Array,
  count: number,
  rows: Int32Array,
  slots: Int32Array,
  weights: Float64Array,
  scores: Float64Array,
  slotEnd: number,
): void {
  for (let i = 0; i < count;) {
    const start = rows[ids[i]! * 2]!;
    const value = values[i]!;
    const shape = rows[ids[i]! * 2 + 1]!;
    const cells = shape >>> COUNT_SHIFT;
    const length = cells < slotEnd ? cells : slotEnd;
    const alike = (shape & DENSE) === 0 ? 0 : countAlike(ids, i, count, rows);
    if (alike >= 4) {
      const start1 = rows[ids[i + 1]! * 2]!;
      const start2 = rows[ids[i + 2]! * 2]!;
      const start3 = rows[ids[i + 3]! * 2]!;
      const value1 = values[i + 1]!;
      const value2 = values[i + 2]!;
      const value3 = values[i + 3]!;
      for (let slot = 0; slot < length; slot++) {
        const first = scores[slot]! + weights[start + slot]! * value + weights[start1 + slot]! * value1;
        scores[slot] = first + weights[start2 + slot]! * value2 + weights[start3 + slot]! * value3;
      }
      i += 4;
    } else if (alike >= 2) {
      const start1 = rows[ids[i + 1]! * 2]!;
      const value1 = values[i + 1]!;
      for (let slot = 0; slot < length; slot++) {
        scores[slot] = scores[slot]! + weights[start + slot]! * value + weights[start1 + slot]! * value1;
      }
      i += 2;
    } else {
      if (alike === 1) { for (let slot = 0; slot < length; slot++) scores[slot]! += weights[start + slot]! * value; }
      else for (let cell = start; cell < start + cells; cell++) scores[slots[cell]!]! += weights[cell]! * value;
      i++;
    }
  }
}

/** {@link accumulate} for values that are not finite: 0 times those is not 0, so absent cells are left out. */
function accumulatePresent(
  ids: Int32Array,
  values: Float64Array,
  count: number,
  rows: Int32Array,
  slots: Int32Array,
  weights: Float64Array,
  scores: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const start = rows[ids[i]! * 2]!;
    const end = start + (rows[ids[i]! * 2 + 1]! >>> COUNT_SHIFT);
    for (let cell = start; cell < end; cell++) {
      if (slots[cell] !== ABSENT) scores[slots[cell]!]! += weights[cell]! * values[i]!;
    }
  }
}

function areFinite(values: Float64Array, count: number): boolean {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]! * 0;
  return sum === 0;
}

/** How many features from `first` on, at most 4, have dense rows as long as the first's. */
function countAlike(ids: Int32Array, first: number, count: number, rows: Int32Array): number {
  const last = Math.min(first + 4, count);
  const alike = rows[ids[first]! * 2 + 1]! >>> ALIKE_SHIFT;
  let i = first + 1;
  while (i < last && rows[ids[i]! * 2 + 1]! >>> ALIKE_SHIFT === alike) i++;
  return i - first;
}
