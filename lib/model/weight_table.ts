/**
 * Long because every way in and out must keep the same columns in step.
 *
 * @module
 */
import type { FeatureVector } from "./feature_vector.ts";

/** Row sizes in cells; each row stands in a block of one of these sizes. */
// deno-fmt-ignore
const BLOCK_SIZES: readonly number[] = [
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192, 16384, 32768,
  65536, 131072, 262144, 524288, 1048576, 2097152, 4194304,
];
/** A row's second integer, its shape: the class of its block, whether it is dense, and its number of cells. */
const CLASS_MASK = 31;
/** The cell of slot s is the s-th of the row, if the row has so many. */
const DENSE = 32;
const COUNT_SHIFT = 6;
/** What is left of a shape without its class. */
const ALIKE_SHIFT = 5;
/** What `slots` holds for a cell of a dense row that is not there; its weight is 0. */
export const ABSENT = -1;
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
 * A feature's cells stand side by side in pooled arrays, so scoring reads contiguous memory, and a feature
 * seen with two of a thousand labels pays for two. A row that outgrows its block moves to a larger one. There
 * are two kinds of rows: sparse ones, sorted by label slot, and dense ones, which have a place for each slot.
 * In a table that is scored, rows are dense as soon as half of the slots are there, since dense rows are
 * scored without branches. Sorted rows only, and dense ones where half full, by `scripts/bench/rows.ts`:
 *
 * | labels | of them in a row | features in the datum | sorted | dense   |
 * | -----: | ---------------: | --------------------: | -----: | ------: |
 * |      2 |            100 % |                    10 | 0.07 µs | 0.07 µs |
 * |     20 |            100 % |                   150 |  3.8 µs |  3.5 µs |
 * |     20 |             70 % |                   150 |  7.4 µs |  4.1 µs |
 * |     20 |             20 % |                   150 |  4.4 µs |  4.7 µs |
 * |   1000 |            100 % |                    50 |   37 µs |   27 µs |
 * |   1000 |              1 % |                    50 |  1.1 µs |  1.1 µs |
 *
 * In a cluster each cell also keeps what MIX last agreed on; its change since then is the difference.
 */
export class WeightTable {
  /** Per feature id: start of its block, and its shape. */
  rows: Int32Array = new Int32Array(128);
  /** Per cell: the label slot, or {@link ABSENT}. */
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
  /** Without it, what {@link warm} reads would not be read. */
  #warmth = 0;
  /** How often cells were taken out. */
  removals = 0;

  /**
   * @param hasCovariances the method keeps covariances
   * @param isMixed the table takes part in MIX
   * @param isScored rows that are half full are made dense
   */
  constructor(readonly hasCovariances: boolean, readonly isMixed = false, readonly isScored = false) {
    this.covariances = new Float64Array(hasCovariances ? 256 : 0);
    this.masterWeights = new Float64Array(isMixed ? 256 : 0);
    this.masterCovariances = new Float64Array(isMixed && hasCovariances ? 256 : 0);
    this.flags = new Uint8Array(isMixed ? 256 : 0);
  }

  /** Makes room for rows of features below `idEnd`. */
  reserveRows(idEnd: number): void {
    if (idEnd * 2 > this.rows.length) this.rows = resized(this.rows, idEnd * 2);
  }

  /** Makes room for so many more cells. */
  reserveCells(count: number): void {
    if (this.#end + count > this.weights.length) this.#grow(this.#end + count);
  }

  /** Reads what work on these features will read first, so that the processor waits for all of it at the same time. */
  warm(ids: Int32Array, count: number): void {
    const { rows, slots, weights, covariances, masterWeights, masterCovariances, flags } = this;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += rows[Math.max(0, ids[i]!) * 2]!;
    for (let i = 0; i < count; i++) {
      const cell = rows[Math.max(0, ids[i]!) * 2]!;
      sum += slots[cell]! + weights[cell]! + masterWeights[cell]! + flags[cell]!;
      if (this.hasCovariances) sum += covariances[cell]! + masterCovariances[cell]!;
    }
    this.#warmth = sum;
  }

  /** First cell of a feature. */
  rowStart(id: number): number {
    return this.rows[id * 2]!;
  }

  /** Number of cells of a feature, {@link ABSENT} ones among them; 0 only if it has none. */
  cellCount(id: number): number {
    return id * 2 < this.rows.length ? this.rows[id * 2 + 1]! >>> COUNT_SHIFT : 0;
  }

  /** Adds the vector's score of each label slot to `scores`; there are `slotEnd` slots. */
  addScores({ ids, values, count }: FeatureVector, scores: Float64Array, slotEnd: number): void {
    if (areFinite(values, count)) accumulate(ids, values, count, this.rows, this.slots, this.weights, scores, slotEnd);
    else accumulatePresent(ids, values, count, this.rows, this.slots, this.weights, scores);
  }

  /** The cell of a feature and a label slot, or -1. */
  find(id: number, slot: number): number {
    const start = this.rows[id * 2]!;
    const shape = this.rows[id * 2 + 1]!;
    const count = shape >>> COUNT_SHIFT;
    if ((shape & DENSE) !== 0) return slot < count && this.slots[start + slot] === slot ? start + slot : -1;
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

  /** Forgets what an earlier round has sent of a feature; to be done for all before {@link beginSending}. */
  forgetSent(id: number): void {
    const start = this.rowStart(id);
    const end = start + this.cellCount(id);
    for (let cell = start; cell < end; cell++) this.flags[cell]! &= ~SENT;
  }

  /** Begins to remember what is sent of each cell. */
  beginSending(): void {
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
    this.removals++;
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
    this.removals++;
  }

  /** Forgets everything. */
  clear(): void {
    const empty = new WeightTable(this.hasCovariances, this.isMixed, this.isScored);
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
    this.removals++;
    this.rowCount = 0;
  }

  #insert(id: number, slot: number): number {
    const shape = this.rows[id * 2 + 1]!;
    const count = shape >>> COUNT_SHIFT;
    if (count === 0) {
      // A second cell follows at once in nearly every update: that of the rival.
      this.rows[id * 2] = this.#allocate(1);
      this.rows[id * 2 + 1] = 1;
      this.rowCount++;
    }
    if (this.isScored && ((shape & DENSE) === 0 || slot >= count)) this.#chooseKind(id, slot);
    const cell = (this.rows[id * 2 + 1]! & DENSE) !== 0 && this.isScored
      ? this.rows[id * 2]! + slot
      : this.#insertSorted(id, slot);
    this.#initialize(cell, slot);
    return cell;
  }

  /** Makes room for a slot in a row whose cells are sorted; returns its cell. */
  #insertSorted(id: number, slot: number): number {
    const count = this.rows[id * 2 + 1]! >>> COUNT_SHIFT;
    let blockClass = this.rows[id * 2 + 1]! & CLASS_MASK;
    if (count === BLOCK_SIZES[blockClass]) this.#move(id, ++blockClass);
    const start = this.rows[id * 2]!;
    let cell = start + count;
    while (cell > start && this.slots[cell - 1]! > slot) cell--;
    this.#copyCells(cell, cell + 1, start + count - cell);
    const last = cell === start + count ? slot : this.slots[start + count]!;
    this.#setShape(id, count + 1, last === count && !this.isScored, blockClass);
    return cell;
  }

  /** Makes a row dense if half of its slots will be there with `slot`, otherwise sparse. */
  #chooseKind(id: number, slot: number): void {
    const start = this.rows[id * 2]!;
    const shape = this.rows[id * 2 + 1]!;
    const count = shape >>> COUNT_SHIFT;
    // Behind the last cell that is there.
    let end = start + count;
    while (end > start && this.slots[end - 1] === ABSENT) end--;
    let present = 0;
    for (let cell = start; cell < end; cell++) if (this.slots[cell] !== ABSENT) present++;
    const needed = Math.max(slot, end > start ? this.slots[end - 1]! : 0) + 1;
    if ((present + 1) * 2 < needed) {
      if ((shape & DENSE) !== 0) this.#makeSparse(id, present);
      return;
    }
    let blockClass = 1;
    while (BLOCK_SIZES[blockClass]! < needed) {
      if (++blockClass === BLOCK_SIZES.length) return;
    }
    const size = BLOCK_SIZES[blockClass]!;
    const to = this.#allocate(blockClass);
    for (let cell = to; cell < to + size; cell++) this.#initialize(cell, ABSENT);
    for (let cell = start; cell < end; cell++) {
      if (this.slots[cell] !== ABSENT) this.#copyCells(cell, to + this.slots[cell]!, 1);
    }
    this.#freeBlocks[shape & CLASS_MASK]!.push(start);
    this.rows[id * 2] = to;
    this.#setShape(id, size, true, blockClass);
  }

  /** Puts the cells of a dense row that are there side by side. */
  #makeSparse(id: number, present: number): void {
    const start = this.rows[id * 2]!;
    for (let cell = start, to = start; to < start + present; cell++) {
      if (this.slots[cell] !== ABSENT) this.#copyCells(cell, to++, 1);
    }
    this.#setShape(id, present, false, this.rows[id * 2 + 1]! & CLASS_MASK);
  }

  /** Moves a row to a block of another class. */
  #move(id: number, blockClass: number): void {
    const shape = this.rows[id * 2 + 1]!;
    const to = this.#allocate(blockClass);
    this.#copyCells(this.rows[id * 2]!, to, shape >>> COUNT_SHIFT);
    this.#freeBlocks[shape & CLASS_MASK]!.push(this.rows[id * 2]!);
    this.rows[id * 2] = to;
  }

  /** Makes a cell new, or absent. */
  #initialize(cell: number, slot: number): void {
    this.slots[cell] = slot;
    this.weights[cell] = 0;
    if (this.hasCovariances) this.covariances[cell] = 1;
    if (!this.isMixed) return;
    this.masterWeights[cell] = 0;
    if (this.hasCovariances) this.masterCovariances[cell] = 0;
    this.flags[cell] = 0;
  }

  /** True when the row is empty now. */
  #removeCell(id: number, cell: number): boolean {
    const start = this.rows[id * 2]!;
    const shape = this.rows[id * 2 + 1]!;
    const count = shape >>> COUNT_SHIFT;
    if (this.isScored && (shape & DENSE) !== 0) {
      this.#initialize(cell, ABSENT);
      let other = start;
      while (other < start + count && this.slots[other] === ABSENT) other++;
      if (other < start + count) return false;
      this.removeRow(id);
      return true;
    }
    if (count === 1) {
      this.removeRow(id);
      return true;
    }
    this.#copyCells(cell + 1, cell, start + count - cell - 1);
    this.#setShape(id, count - 1, this.slots[start + count - 2] === count - 2, shape & CLASS_MASK);
    return false;
  }

  #setShape(id: number, count: number, isDense: boolean, blockClass: number): void {
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
