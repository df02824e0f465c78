import type { FeatureVector } from "./feature_vector.ts";
import { addRowScores } from "./row_scores.ts";
import { ABSENT, CLASS_MASK, COUNT_SHIFT, DENSE } from "./row_shape.ts";

/** Row sizes in cells; each row stands in a block of one of these sizes. */
// deno-fmt-ignore
const BLOCK_SIZES: readonly number[] = [
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192, 16384, 32768,
  65536, 131072, 262144, 524288, 1048576, 2097152, 4194304,
];
/** Rows with more cells than this are searched by halving. */
const LINEAR_SEARCH_MAX = 16;

/** Length of the columns of an empty table. */
export const CELLS_MIN = 256;

/** Columns that somebody keeps for the cells of a {@link WeightTable} beside those of the table itself. */
export interface CellColumns {
  /** The columns of the table have this length now. */
  resize(length: number): void;
  /** A cell is new, or absent. */
  initialize(cell: number): void;
  /** Cells move, as `copyWithin(to, from, from + count)` does it. */
  move(from: number, to: number, count: number): void;
  /** The cell of a feature and a label slot is about to go. */
  forget(id: number, slot: number): void;
  /** All cells are gone. */
  clear(): void;
}

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
 */
export class WeightTable {
  /** Per feature id: start of its block, and its shape. */
  rows: Int32Array = new Int32Array(128);
  /** Per cell: the label slot, or {@link ABSENT}. */
  slots: Int32Array = new Int32Array(CELLS_MIN);
  /** Per cell: the weight in use. */
  weights: Float64Array = new Float64Array(CELLS_MIN);
  /** Per cell: the covariance in use; empty when the method has none. */
  covariances: Float64Array;
  /** Columns that are kept in step with these. */
  readonly #beside: CellColumns | undefined;
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
   * @param isScored rows that are half full are made dense
   * @param beside is told whenever cells come, move or go
   */
  constructor(
    readonly hasCovariances: boolean,
    readonly isScored = false,
    beside: CellColumns | undefined = undefined,
  ) {
    this.covariances = new Float64Array(hasCovariances ? CELLS_MIN : 0);
    this.#beside = beside;
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
    const { rows, slots, weights, covariances } = this;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += rows[Math.max(0, ids[i]!) * 2]!;
    for (let i = 0; i < count; i++) {
      const cell = rows[Math.max(0, ids[i]!) * 2]!;
      sum += slots[cell]! + weights[cell]!;
      if (this.hasCovariances) sum += covariances[cell]!;
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
  addScores(vector: FeatureVector, scores: Float64Array, slotEnd: number): void {
    addRowScores(vector, this.rows, this.slots, this.weights, scores, slotEnd);
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

  /** Removes the cells of a label slot; calls `onEmpty` with each feature that has none left. */
  removeSlot(slot: number, onEmpty: (id: number) => void): void {
    this.removals++;
    for (let id = 0; id * 2 < this.rows.length; id++) {
      const cell = this.find(id, slot);
      if (cell < 0) continue;
      this.#beside?.forget(id, slot);
      if (this.#removeCell(id, cell)) onEmpty(id);
    }
  }

  /** Forgets everything. */
  clear(): void {
    const empty = new WeightTable(this.hasCovariances, this.isScored);
    this.rows = empty.rows;
    this.slots = empty.slots;
    this.weights = empty.weights;
    this.covariances = empty.covariances;
    this.#beside?.clear();
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
    this.#beside?.initialize(cell);
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
      this.#freeRow(id);
      return true;
    }
    if (count === 1) {
      this.#freeRow(id);
      return true;
    }
    this.#copyCells(cell + 1, cell, start + count - cell - 1);
    this.#setShape(id, count - 1, this.slots[start + count - 2] === count - 2, shape & CLASS_MASK);
    return false;
  }

  #freeRow(id: number): void {
    this.#freeBlocks[this.rows[id * 2 + 1]! & CLASS_MASK]!.push(this.rows[id * 2]!);
    this.rows[id * 2] = 0;
    this.rows[id * 2 + 1] = 0;
    this.rowCount--;
  }

  #setShape(id: number, count: number, isDense: boolean, blockClass: number): void {
    this.rows[id * 2 + 1] = (count << COUNT_SHIFT) | (isDense ? DENSE : 0) | blockClass;
  }

  #copyCells(from: number, to: number, count: number): void {
    this.slots.copyWithin(to, from, from + count);
    this.weights.copyWithin(to, from, from + count);
    if (this.hasCovariances) this.covariances.copyWithin(to, from, from + count);
    this.#beside?.move(from, to, count);
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
    this.#beside?.resize(this.slots.length);
  }
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
