import type { FeatureTable } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";

/** Above this many features, merge sort instead of insertion sort; `deno task bench` decided. */
const INSERTION_MAX = 24;

let scratchIds: Int32Array = new Int32Array(64);
let scratchValues: Float64Array = new Float64Array(64);

/**
 * Sorts a vector by feature name (unsigned bytes), equal features by value, and sums equal features in
 * that order. A sum of 0 stays.
 */
export function sortAndMerge(vector: FeatureVector, features: FeatureTable): void {
  const { ids, values, count } = vector;
  if (count < 2) return;
  if (count <= INSERTION_MAX) insertionSort(ids, values, 0, count, features);
  else mergeSort(ids, values, count, features);
  let kept = 0;
  for (let i = 1; i < count; i++) {
    if (ids[i] === ids[kept]) {
      values[kept]! += values[i]!;
    } else {
      kept++;
      ids[kept] = ids[i]!;
      values[kept] = values[i]!;
    }
  }
  vector.count = kept + 1;
}

/** True when feature `a` with value `x` goes behind feature `b` with value `y`. */
function isBehind(features: FeatureTable, a: number, x: number, b: number, y: number): boolean {
  if (a === b) return x > y;
  return features.compare(a, b) > 0;
}

function insertionSort(
  ids: Int32Array,
  values: Float64Array,
  start: number,
  end: number,
  features: FeatureTable,
): void {
  for (let i = start + 1; i < end; i++) {
    const id = ids[i]!;
    const value = values[i]!;
    let j = i - 1;
    while (j >= start && isBehind(features, ids[j]!, values[j]!, id, value)) {
      ids[j + 1] = ids[j]!;
      values[j + 1] = values[j]!;
      j--;
    }
    ids[j + 1] = id;
    values[j + 1] = value;
  }
}

/** Bottom-up merge sort over runs that insertion sort has made. */
function mergeSort(ids: Int32Array, values: Float64Array, count: number, features: FeatureTable): void {
  if (scratchIds.length < count) {
    scratchIds = new Int32Array(count * 2);
    scratchValues = new Float64Array(count * 2);
  }
  const run = 8;
  for (let start = 0; start < count; start += run) {
    insertionSort(ids, values, start, Math.min(start + run, count), features);
  }
  let fromIds = ids;
  let fromValues = values;
  let toIds = scratchIds;
  let toValues = scratchValues;
  for (let width = run; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let to = start; to < end; to++) {
        const takeRight = right < end && (left >= middle ||
          isBehind(features, fromIds[left]!, fromValues[left]!, fromIds[right]!, fromValues[right]!));
        const from = takeRight ? right++ : left++;
        toIds[to] = fromIds[from]!;
        toValues[to] = fromValues[from]!;
      }
    }
    [fromIds, toIds] = [toIds, fromIds];
    [fromValues, toValues] = [toValues, fromValues];
  }
  if (fromIds !== ids) {
    ids.set(fromIds.subarray(0, count));
    values.set(fromValues.subarray(0, count));
  }
}
