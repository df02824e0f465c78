/**
 * Appends each id with the number of its occurrences to a vector whose pairs from `first` to `end` may hold
 * it already. Returns the new end. `places` holds places of earlier vectors too; what stands there tells.
 */
export function countIds(
  ids: Int32Array,
  count: number,
  places: Int32Array,
  first: number,
  toIds: Int32Array,
  toValues: Float64Array,
  end: number,
): number {
  for (let i = 0; i < count; i++) {
    const id = ids[i]!;
    if (id < 0) continue;
    const place = places[id]!;
    if (place >= first && place < end && toIds[place] === id) {
      toValues[place]!++;
    } else {
      places[id] = end;
      toIds[end] = id;
      toValues[end++] = 1;
    }
  }
  return end;
}
