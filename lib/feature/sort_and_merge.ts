import type { FeatureTable } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";

/** Runs of this many features are made by insertion sort, then merged. */
const RUN = 8;

/** Sort keys, and next to each the place of its feature in the vector: sorted instead of the features. */
interface Places {
  keys: Float64Array;
  order: Int32Array;
}

/** Scratch of {@link sortAndMerge}. */
let places: Places = { keys: new Float64Array(64), order: new Int32Array(64) };
let otherPlaces: Places = { keys: new Float64Array(64), order: new Int32Array(64) };
let unsortedIds: Int32Array = new Int32Array(64);
let unsortedValues: Float64Array = new Float64Array(64);

/**
 * Sorts a vector by feature name (unsigned bytes), equal features by value, and sums equal features in
 * that order. A sum of 0 stays.
 */
export function sortAndMerge(vector: FeatureVector, features: FeatureTable): void {
  const { ids, values, count } = vector;
  if (count < 2) return;
  if (places.keys.length < count) grow(count * 2);
  const keysTell = features.gatherSortKeys(ids, count, places.keys);
  if (keysTell && isAscending(places.keys, count)) return;
  const { order } = places;
  for (let i = 0; i < count; i++) order[i] = i;
  mergeSort(keysTell, vector, features);
  for (let i = 0; i < count; i++) {
    unsortedIds[i] = ids[i]!;
    unsortedValues[i] = values[i]!;
  }
  const sorted = places.order;
  let last = -1;
  for (let i = 0; i < count; i++) {
    const id = unsortedIds[sorted[i]!]!;
    const value = unsortedValues[sorted[i]!]!;
    if (last >= 0 && ids[last] === id) {
      values[last]! += value;
    } else {
      ids[++last] = id;
      values[last] = value;
    }
  }
  vector.count = last + 1;
}

function isAscending(keys: Float64Array, count: number): boolean {
  let i = 1;
  while (i < count && keys[i - 1]! < keys[i]!) i++;
  return i === count;
}

/** Sorts `places`. Keys that differ decide where they tell the order of names. */
function mergeSort(keysTell: boolean, vector: FeatureVector, features: FeatureTable): void {
  const { count } = vector;
  for (let start = 0; start < count; start += RUN) {
    insertionSort(start, Math.min(start + RUN, count), keysTell, vector, features);
  }
  for (let width = RUN; width < count; width *= 2) {
    const { keys, order } = places;
    const { keys: toKeys, order: toOrder } = otherPlaces;
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      let to = start;
      while (left < middle && right < end) {
        const x = keys[left]!;
        const y = keys[right]!;
        const takesRight = keysTell && x !== y ? x > y : isBehind(order[left]!, order[right]!, vector, features);
        if (takesRight) {
          toKeys[to] = y;
          toOrder[to++] = order[right++]!;
        } else {
          toKeys[to] = x;
          toOrder[to++] = order[left++]!;
        }
      }
      for (; left < middle; to++, left++) {
        toKeys[to] = keys[left]!;
        toOrder[to] = order[left]!;
      }
      for (; right < end; to++, right++) {
        toKeys[to] = keys[right]!;
        toOrder[to] = order[right]!;
      }
    }
    [places, otherPlaces] = [otherPlaces, places];
  }
}

function insertionSort(
  start: number,
  end: number,
  keysTell: boolean,
  vector: FeatureVector,
  features: FeatureTable,
): void {
  const { keys, order } = places;
  for (let i = start + 1; i < end; i++) {
    const key = keys[i]!;
    const place = order[i]!;
    let j = i - 1;
    while (
      j >= start && (keysTell && keys[j] !== key ? keys[j]! > key : isBehind(order[j]!, place, vector, features))
    ) {
      keys[j + 1] = keys[j]!;
      order[j + 1] = order[j]!;
      j--;
    }
    keys[j + 1] = key;
    order[j + 1] = place;
  }
}

/** True when the vector's feature at `a` goes behind the one at `b`. */
function isBehind(a: number, b: number, { ids, values }: FeatureVector, features: FeatureTable): boolean {
  if (ids[a] === ids[b]) return values[a]! > values[b]!;
  return features.compare(ids[a]!, ids[b]!) > 0;
}

function grow(capacity: number): void {
  places = { keys: new Float64Array(capacity), order: new Int32Array(capacity) };
  otherPlaces = { keys: new Float64Array(capacity), order: new Int32Array(capacity) };
  unsortedIds = new Int32Array(capacity);
  unsortedValues = new Float64Array(capacity);
}
