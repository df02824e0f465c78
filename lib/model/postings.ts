/** Largest block, as a power of two. */
const EXPONENT_MAX = 30;

/**
 * For each feature a list of (column, value), ascending by column. All lists share two arrays, in
 * blocks whose sizes are powers of two: a feature that occurs once costs a few numbers.
 */
export class Postings {
  /** Columns of all lists; a list is `[startOf(f), startOf(f) + countOf(f))`. Replaced when it grows. */
  columns: Int32Array<ArrayBuffer> = new Int32Array(64);
  /** Values, parallel to `columns`. */
  values: Float64Array<ArrayBuffer> = new Float64Array(64);
  /** End of the blocks made so far. */
  #end = 0;
  /** By feature id: the list's first element, length, and block size as an exponent. */
  #starts: Int32Array<ArrayBuffer> = new Int32Array(64);
  #counts: Int32Array<ArrayBuffer> = new Int32Array(64);
  #exponents: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  /** Blocks given up, by exponent. */
  #free: number[][] = Array.from({ length: EXPONENT_MAX + 1 }, () => []);
  /** Number of lists that are not empty. */
  size = 0;
  /** Features in the order in which their lists came to be; some may have become empty since. */
  #order: number[] = [];
  /** A list has become empty since {@link #order} was last cleaned up. */
  #hasEmptied = false;

  /** Length of a feature's list. */
  countOf(feature: number): number {
    return feature < this.#counts.length ? this.#counts[feature]! : 0;
  }

  /** Where a feature's list begins; only if it is not empty. */
  startOf(feature: number): number {
    return this.#starts[feature]!;
  }

  /** The features whose list is not empty, in the order in which their lists came to be. */
  features(): number[] {
    if (this.#hasEmptied) this.#cleanUpOrder();
    return this.#order.slice();
  }

  /** Sets the value of a feature in a column, and returns what it was: 0 if there was none. */
  set(feature: number, column: number, value: number): number {
    if (feature >= this.#counts.length) this.#reserveFeatures(feature + 1);
    const start = this.#starts[feature]!;
    const count = this.#counts[feature]!;
    let at = count;
    if (count > 0 && column <= this.columns[start + count - 1]!) {
      at = lowerBound(this.columns, start, count, column);
      if (this.columns[start + at] === column) {
        const before = this.values[start + at]!;
        this.values[start + at] = value;
        return before;
      }
    }
    this.#insert(feature, at, column, value);
    return 0;
  }

  /** Removes a feature from the columns that have a mark other than 0. */
  removeMarked(feature: number, marks: Uint8Array): void {
    if (this.countOf(feature) === 0) return;
    const start = this.#starts[feature]!;
    const end = start + this.#counts[feature]!;
    let kept = start;
    for (let i = start; i < end; i++) {
      const column = this.columns[i]!;
      if (column < marks.length && marks[column] !== 0) continue;
      this.columns[kept] = column;
      this.values[kept++] = this.values[i]!;
    }
    this.#shorten(feature, kept - start);
  }

  /** Removes a feature from one column. */
  remove(feature: number, column: number): void {
    const count = this.countOf(feature);
    if (count === 0) return;
    const start = this.#starts[feature]!;
    const at = start + lowerBound(this.columns, start, count, column);
    if (at === start + count || this.columns[at] !== column) return;
    this.columns.copyWithin(at, at + 1, start + count);
    this.values.copyWithin(at, at + 1, start + count);
    this.#shorten(feature, count - 1);
  }

  /** Forgets all lists. */
  clear(): void {
    this.columns = new Int32Array(64);
    this.values = new Float64Array(64);
    this.#end = 0;
    this.#counts.fill(0);
    for (const blocks of this.#free) blocks.length = 0;
    this.size = 0;
    this.#order = [];
    this.#hasEmptied = false;
  }

  /** Makes room at `at` within the feature's list and puts the pair there. */
  #insert(feature: number, at: number, column: number, value: number): void {
    const count = this.#counts[feature]!;
    if (count === 0) {
      this.#exponents[feature] = 0;
      this.#starts[feature] = this.#takeBlock(0);
      this.size++;
      this.#order.push(feature);
    } else if (count === 1 << this.#exponents[feature]!) {
      this.#moveToLargerBlock(feature);
    }
    const from = this.#starts[feature]! + at;
    const end = this.#starts[feature]! + count;
    this.columns.copyWithin(from + 1, from, end);
    this.values.copyWithin(from + 1, from, end);
    this.columns[from] = column;
    this.values[from] = value;
    this.#counts[feature] = count + 1;
  }

  /** Notes that a list became shorter; the block of an empty one is used again. */
  #shorten(feature: number, count: number): void {
    this.#counts[feature] = count;
    if (count > 0) return;
    this.#free[this.#exponents[feature]!]!.push(this.#starts[feature]!);
    this.size--;
    this.#hasEmptied = true;
  }

  /** Leaves each feature with a list in its last place, and no other. */
  #cleanUpOrder(): void {
    const wanted = Uint8Array.from(this.#counts, (count) => count > 0 ? 1 : 0);
    const order: number[] = [];
    for (let i = this.#order.length - 1; i >= 0; i--) {
      const feature = this.#order[i]!;
      if (wanted[feature] === 0) continue;
      wanted[feature] = 0;
      order.push(feature);
    }
    this.#order = order.reverse();
    this.#hasEmptied = false;
  }

  #moveToLargerBlock(feature: number): void {
    const exponent = this.#exponents[feature]!;
    const start = this.#starts[feature]!;
    const larger = this.#takeBlock(exponent + 1);
    this.columns.copyWithin(larger, start, start + (1 << exponent));
    this.values.copyWithin(larger, start, start + (1 << exponent));
    this.#free[exponent]!.push(start);
    this.#starts[feature] = larger;
    this.#exponents[feature] = exponent + 1;
  }

  #takeBlock(exponent: number): number {
    const free = this.#free[exponent]!.pop();
    if (free !== undefined) return free;
    const start = this.#end;
    this.#end += 1 << exponent;
    if (this.#end > this.columns.length) {
      const capacity = Math.max(this.#end, this.columns.length * 2);
      const columns = new Int32Array(capacity);
      columns.set(this.columns);
      this.columns = columns;
      const values = new Float64Array(capacity);
      values.set(this.values);
      this.values = values;
    }
    return start;
  }

  #reserveFeatures(needed: number): void {
    const capacity = Math.max(needed, this.#counts.length * 2);
    const starts = new Int32Array(capacity);
    starts.set(this.#starts);
    this.#starts = starts;
    const counts = new Int32Array(capacity);
    counts.set(this.#counts);
    this.#counts = counts;
    const exponents = new Uint8Array(capacity);
    exponents.set(this.#exponents);
    this.#exponents = exponents;
  }
}

/** The first place within a list whose column is not less than `column`. */
function lowerBound(columns: Int32Array, start: number, count: number, column: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (columns[start + middle]! < column) low = middle + 1;
    else high = middle;
  }
  return low;
}
