import type { FeatureVector } from "./feature_vector.ts";

/** Row sizes in cells; each row stands in a block of one of these sizes. */
// deno-fmt-ignore
const BLOCK_SIZES: readonly number[] = [
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192, 16384, 32768,
  65536, 131072, 262144, 524288, 1048576, 2097152, 4194304,
];
/** A row's second integer, its shape: the class of its block, whether it is dense, and its number of cells. */
const CLASS_MASK = 31;
/** The row's label slots are 0 to its number of cells less 1, and need not be read. */
const DENSE = 32;
const COUNT_SHIFT = 6;
/** What is left of a shape without its class. */
const ALIKE_SHIFT = 5;
/** Rows with more cells than this are searched by halving. */
const LINEAR_SEARCH_MAX = 16;

/** The cell was changed since the last MIX (cluster storage). */
export const IN_DIFF = 1;
/** The cell is part of what MIX agreed on (cluster storage). */
export const IN_MASTER = 2;
/** The cell's difference was sent in the MIX round that is under way (cluster storage). */
export const SENT = 4;

/**
 * Weights, and covariances where the method has them, by feature and label.
 *
 * A feature's cells stand side by side in pooled arrays, sorted by label slot, so scoring reads
 * contiguous memory, a feature seen with two of a thousand labels pays for two, and a row in which all
 * labels occur is found without searching. A row that outgrows its block moves to a larger one.
 *
 * In a cluster each cell also keeps what MIX last agreed on; its change since then is the difference.
 */
export class WeightTable {
  /** Per feature id: start of its block, and its shape. */
  rows: Int32Array = new Int32Array(128);
  /** Per cell: the label slot. */
  slots: Int32Array = new Int32Array(256);
  /** Per cell: the weight in use. */
  weights: Float64Array = new Float64Array(256);
  /** Per cell: the covariance in use; empty when the method has none. */
  covariances: Float64Array;
  /** Per cell, cluster storage only: weight and covariance that MIX agreed on, and `IN_…` flags. */
  masterWeights: Float64Array;
  masterCovariances: Float64Array;
  flags: Uint8Array;
  /** Per cell, during a MIX round only: weight and covariance at the time its difference was sent. */
  sentWeights: Float64Array = new Float64Array(0);
  sentCovariances: Float64Array = new Float64Array(0);
  /** Cells of the pools that were ever part of a block. */
  #end = 0;
  /** Starts of free blocks, by class. */
  #freeBlocks: number[][] = BLOCK_SIZES.map(() => []);
  /** Number of features with at least one cell. */
  rowCount = 0;

  /**
   * @param hasCovariances the method keeps covariances
   * @param isMixed the table takes part in MIX
   */
  constructor(readonly hasCovariances: boolean, readonly isMixed = false) {
    this.covariances = new Float64Array(hasCovariances ? 256 : 0);
    this.masterWeights = new Float64Array(isMixed ? 256 : 0);
    this.masterCovariances = new Float64Array(isMixed && hasCovariances ? 256 : 0);
    this.flags = new Uint8Array(isMixed ? 256 : 0);
  }

  /** Makes room for rows of features below `idEnd`. */
  reserveRows(idEnd: number): void {
    if (idEnd * 2 > this.rows.length) this.rows = resized(this.rows, idEnd * 2);
  }

  /** First cell of a feature. */
  rowStart(id: number): number {
    return this.rows[id * 2]!;
  }

  /** Number of cells of a feature. */
  cellCount(id: number): number {
    return id * 2 < this.rows.length ? this.rows[id * 2 + 1]! >>> COUNT_SHIFT : 0;
  }

  /** Adds the vector's score of each label slot to `scores`. */
  addScores(vector: FeatureVector, scores: Float64Array): void {
    accumulate(vector.ids, vector.values, vector.count, this.rows, this.slots, this.weights, scores);
  }

  /** The cell of a feature and a label slot, or -1. */
  find(id: number, slot: number): number {
    const start = this.rows[id * 2]!;
    const shape = this.rows[id * 2 + 1]!;
    const count = shape >>> COUNT_SHIFT;
    if ((shape & DENSE) !== 0) return slot < count ? start + slot : -1;
    return findCell(this.slots, start, count, slot);
  }

  /** The cell of a feature and a label slot; made with weight 0 and covariance 1 when there is none. */
  require(id: number, slot: number): number {
    const cell = this.find(id, slot);
    return cell >= 0 ? cell : this.#insert(id, slot);
  }

  /** Adds a cell that a model file has on one side; without MIX, both sides are one. */
  addLoaded(id: number, slot: number, weight: number, covariance: number, side: number): void {
    let cell = this.find(id, slot);
    if (cell < 0) {
      cell = this.#insert(id, slot);
      if (this.hasCovariances) this.covariances[cell] = 0;
    }
    this.weights[cell]! += weight;
    if (this.hasCovariances) this.covariances[cell]! += covariance;
    if (!this.isMixed) return;
    this.flags[cell]! |= side;
    if (side !== IN_MASTER) return;
    this.masterWeights[cell]! += weight;
    if (this.hasCovariances) this.masterCovariances[cell]! += covariance;
  }

  /** Notes that cells changed since the last MIX. Methods with covariances also leave a cell in the master, as 1.1.1 does. */
  markChanged(cells: Int32Array, count: number): void {
    const mark = this.hasCovariances ? IN_DIFF | IN_MASTER : IN_DIFF;
    for (let i = 0; i < count; i++) this.flags[cells[i]!]! |= mark;
  }

  /**
   * Adds what MIX agreed on for a cell. What the cell has learned since its difference was sent, or altogether
   * if it was not, stays: weights add, and so do precisions (1 / covariance).
   */
  addMixed(id: number, slot: number, weight: number, covariance: number): void {
    let cell = this.find(id, slot);
    if (cell < 0) {
      cell = this.#insert(id, slot);
      if (this.hasCovariances) this.covariances[cell] = 0;
    }
    const flags = this.flags[cell]!;
    const isSent = (flags & SENT) !== 0 && this.sentWeights.length > 0;
    const learned = (flags & IN_DIFF) === 0
      ? 0
      : this.weights[cell]! - (isSent ? this.sentWeights[cell]! : this.masterWeights[cell]!);
    this.masterWeights[cell]! += weight;
    this.weights[cell] = this.masterWeights[cell]! + learned;
    let isChanged = learned !== 0;
    if (this.hasCovariances) {
      const now = this.covariances[cell]!;
      const before = isSent ? this.sentCovariances[cell]! : this.#masterCovarianceBefore(cell);
      const agreed = this.masterCovariances[cell]! + covariance;
      const isShrunk = (flags & IN_DIFF) !== 0 && now !== before;
      this.masterCovariances[cell] = agreed;
      this.covariances[cell] = isShrunk ? shrunk(agreed, now, before) : agreed;
      isChanged ||= isShrunk;
    }
    this.flags[cell] = isChanged ? IN_MASTER | IN_DIFF : IN_MASTER;
  }

  /** Adds what a cell of another table has learned since its last MIX. */
  addLearned(id: number, slot: number, from: WeightTable, fromCell: number): void {
    const cell = this.require(id, slot);
    this.weights[cell]! += from.weightOn(fromCell, IN_DIFF);
    if (this.hasCovariances) {
      const before = from.#masterCovarianceBefore(fromCell);
      this.covariances[cell] = shrunk(this.covariances[cell]!, from.covariances[fromCell]!, before);
    }
    this.flags[cell]! |= this.hasCovariances ? IN_DIFF | IN_MASTER : IN_DIFF;
  }

  /** Remembers that the difference of a cell was sent. */
  markSent(cell: number): void {
    if (this.sentWeights.length === 0) return;
    this.flags[cell]! |= SENT;
    this.sentWeights[cell] = this.weights[cell]!;
    if (this.hasCovariances) this.sentCovariances[cell] = this.covariances[cell]!;
  }

  /** What the covariance of a cell was after the last MIX: 1 if there was no cell. */
  #masterCovarianceBefore(cell: number): number {
    const master = this.masterCovariances[cell]!;
    return master === 0 ? 1 : master;
  }

  /** Begins to remember what is sent of each cell; forgets what an earlier round has sent. */
  beginSending(): void {
    for (let cell = 0; cell < this.flags.length; cell++) this.flags[cell]! &= ~SENT;
    this.sentWeights = new Float64Array(this.weights.length);
    this.sentCovariances = new Float64Array(this.covariances.length);
  }

  /** Ends {@link beginSending}. */
  endSending(): void {
    this.sentWeights = new Float64Array(0);
    this.sentCovariances = new Float64Array(0);
  }

  /** Number of features with a cell on one side (cluster storage). */
  rowsOn(side: number): number {
    let rows = 0;
    for (let id = 0; id * 2 < this.rows.length; id++) {
      const start = this.rows[id * 2]!;
      const end = start + this.cellCount(id);
      for (let cell = start; cell < end; cell++) {
        if ((this.flags[cell]! & side) === 0) continue;
        rows++;
        break;
      }
    }
    return rows;
  }

  /** A cell's weight in the master, or its change since. */
  weightOn(cell: number, side: number): number {
    const master = this.masterWeights[cell]!;
    return side === IN_MASTER ? master : this.weights[cell]! - master;
  }

  /** A cell's covariance in the master, or its change since. */
  covarianceOn(cell: number, side: number): number {
    const master = this.masterCovariances[cell]!;
    return side === IN_MASTER ? master : this.covariances[cell]! - master;
  }

  /** Removes the cells of a label slot; calls `onEmpty` with each feature that has none left. */
  removeSlot(slot: number, onEmpty: (id: number) => void): void {
    for (let id = 0; id * 2 < this.rows.length; id++) {
      const cell = this.find(id, slot);
      if (cell >= 0 && this.#removeCell(id, cell)) onEmpty(id);
    }
  }

  /** Frees a feature's row. */
  removeRow(id: number): void {
    const shape = this.rows[id * 2 + 1]!;
    if (shape >>> COUNT_SHIFT === 0) return;
    this.#freeBlocks[shape & CLASS_MASK]!.push(this.rows[id * 2]!);
    this.rows[id * 2] = 0;
    this.rows[id * 2 + 1] = 0;
    this.rowCount--;
  }

  /** Forgets everything. */
  clear(): void {
    const empty = new WeightTable(this.hasCovariances, this.isMixed);
    this.rows = empty.rows;
    this.slots = empty.slots;
    this.weights = empty.weights;
    this.covariances = empty.covariances;
    this.masterWeights = empty.masterWeights;
    this.masterCovariances = empty.masterCovariances;
    this.flags = empty.flags;
    this.endSending();
    this.#end = 0;
    this.#freeBlocks = BLOCK_SIZES.map(() => []);
    this.rowCount = 0;
  }

  #insert(id: number, slot: number): number {
    const count = this.rows[id * 2 + 1]! >>> COUNT_SHIFT;
    let blockClass = this.rows[id * 2 + 1]! & CLASS_MASK;
    if (count === 0) {
      // A second cell follows at once in nearly every update: that of the rival.
      blockClass = 1;
      this.rows[id * 2] = this.#allocate(blockClass);
      this.rowCount++;
    } else if (count === BLOCK_SIZES[blockClass]) {
      const start = this.#allocate(blockClass + 1);
      this.#copyCells(this.rows[id * 2]!, start, count);
      this.#freeBlocks[blockClass]!.push(this.rows[id * 2]!);
      this.rows[id * 2] = start;
      blockClass++;
    }
    const start = this.rows[id * 2]!;
    let cell = start + count;
    while (cell > start && this.slots[cell - 1]! > slot) {
      this.#copyCells(cell - 1, cell, 1);
      cell--;
    }
    this.slots[cell] = slot;
    this.#setShape(id, count + 1, blockClass);
    this.weights[cell] = 0;
    if (this.hasCovariances) this.covariances[cell] = 1;
    if (this.isMixed) {
      this.masterWeights[cell] = 0;
      if (this.hasCovariances) this.masterCovariances[cell] = 0;
      this.flags[cell] = 0;
    }
    return cell;
  }

  /** True when the row is empty now. */
  #removeCell(id: number, cell: number): boolean {
    const shape = this.rows[id * 2 + 1]!;
    const count = shape >>> COUNT_SHIFT;
    if (count === 1) {
      this.removeRow(id);
      return true;
    }
    this.#copyCells(cell + 1, cell, this.rows[id * 2]! + count - cell - 1);
    this.#setShape(id, count - 1, shape & CLASS_MASK);
    return false;
  }

  /** To be called when the slots of the row's cells are right. */
  #setShape(id: number, count: number, blockClass: number): void {
    const isDense = this.slots[this.rows[id * 2]! + count - 1] === count - 1;
    this.rows[id * 2 + 1] = (count << COUNT_SHIFT) | (isDense ? DENSE : 0) | blockClass;
  }

  #copyCells(from: number, to: number, count: number): void {
    this.slots.copyWithin(to, from, from + count);
    this.weights.copyWithin(to, from, from + count);
    if (this.hasCovariances) this.covariances.copyWithin(to, from, from + count);
    if (!this.isMixed) return;
    this.masterWeights.copyWithin(to, from, from + count);
    if (this.hasCovariances) this.masterCovariances.copyWithin(to, from, from + count);
    this.flags.copyWithin(to, from, from + count);
    if (this.sentWeights.length === 0) return;
    this.sentWeights.copyWithin(to, from, from + count);
    if (this.hasCovariances) this.sentCovariances.copyWithin(to, from, from + count);
  }

  #allocate(blockClass: number): number {
    const free = this.#freeBlocks[blockClass];
    if (free === undefined) {
      throw new RangeError(`a feature cannot have weights for more than ${BLOCK_SIZES.at(-1)} labels`);
    }
    const start = free.pop();
    if (start !== undefined) return start;
    const end = this.#end + BLOCK_SIZES[blockClass]!;
    if (end > this.weights.length) this.#grow(end);
    const fresh = this.#end;
    this.#end = end;
    return fresh;
  }

  #grow(needed: number): void {
    this.slots = resized(this.slots, needed);
    this.weights = resized(this.weights, needed);
    if (this.hasCovariances) this.covariances = resized(this.covariances, needed);
    if (!this.isMixed) return;
    this.masterWeights = resized(this.masterWeights, needed);
    if (this.hasCovariances) this.masterCovariances = resized(this.masterCovariances, needed);
    this.flags = resized(this.flags, needed);
    if (this.sentWeights.length === 0) return;
    this.sentWeights = resized(this.sentWeights, needed);
    if (this.hasCovariances) this.sentCovariances = resized(this.sentCovariances, needed);
  }
}

/** A covariance after the learning that took another from `before` to `now`: the gains of precision add up. */
function shrunk(covariance: number, now: number, before: number): number {
  const result = 1 / (1 / covariance + 1 / now - 1 / before);
  return result > 0 ? result : covariance;
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
): void {
  for (let i = 0; i < count;) {
    const start = rows[ids[i]! * 2]!;
    const value = values[i]!;
    const shape = rows[ids[i]! * 2 + 1]!;
    const length = shape >>> COUNT_SHIFT;
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
      if (alike === 1) for (let slot = 0; slot < length; slot++) scores[slot]! += weights[start + slot]! * value;
      else for (let cell = start; cell < start + length; cell++) scores[slots[cell]!]! += weights[cell]! * value;
      i++;
    }
  }
}

/** How many features from `first` on, at most 4, have dense rows as long as the first's. */
function countAlike(ids: Int32Array, first: number, count: number, rows: Int32Array): number {
  const last = Math.min(first + 4, count);
  const alike = rows[ids[first]! * 2 + 1]! >>> ALIKE_SHIFT;
  let i = first + 1;
  while (i < last && rows[ids[i]! * 2 + 1]! >>> ALIKE_SHIFT === alike) i++;
  return i - first;
}

/** The cell of a label slot among `count` sorted ones from `start` on, or -1. */
function findCell(slots: Int32Array, start: number, count: number, slot: number): number {
  if (slot < count && slots[start + slot] === slot) return start + slot;
  if (count <= LINEAR_SEARCH_MAX) {
    for (let cell = start; cell < start + count; cell++) if (slots[cell] === slot) return cell;
    return -1;
  }
  let low = start;
  let high = start + count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (slots[middle]! < slot) low = middle + 1;
    else high = middle;
  }
  return low < start + count && slots[low] === slot ? low : -1;
}

/** A copy of at least `needed` elements: doubled while small, half as large again when large. */
function resized<Pool extends Int32Array | Float64Array | Uint8Array>(pool: Pool, needed: number): Pool {
  const factor = pool.length < 1 << 20 ? 2 : 1.5;
  const Type = pool.constructor as new (length: number) => Pool;
  const copy = new Type(Math.max(needed, Math.ceil(pool.length * factor)));
  copy.set(pool);
  return copy;
}
