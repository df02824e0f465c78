/** Sparse vector of (feature id, value) pairs, in the order in which they were appended. Reused from datum to datum. */
export class FeatureVector {
  /** Feature ids; `[0, count)` are valid. */
  ids: Int32Array = new Int32Array(64);
  /** Feature values, parallel to `ids`. */
  values: Float64Array = new Float64Array(64);
  /** Number of pairs. */
  count = 0;

  /** Makes room for `extra` more pairs. */
  reserve(extra: number): void {
    const needed = this.count + extra;
    if (needed <= this.ids.length) return;
    const capacity = Math.max(needed, this.ids.length * 2);
    const ids = new Int32Array(capacity);
    ids.set(this.ids);
    this.ids = ids;
    const values = new Float64Array(capacity);
    values.set(this.values);
    this.values = values;
  }

  /** Appends one pair. */
  push(id: number, value: number): void {
    if (this.count === this.ids.length) this.reserve(1);
    this.ids[this.count] = id;
    this.values[this.count++] = value;
  }

  /** Sum of the squared values, in order. */
  squaredNorm(): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.values[i]! * this.values[i]!;
    return sum;
  }
}
