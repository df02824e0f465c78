import type { CellOrders } from "./cell_order.ts";
import { type CellColumns, CELLS_MIN, WeightTable } from "./weight_table.ts";

/** The cell was changed since the last MIX. */
export const IN_DIFF = 1;
/** The cell is part of what MIX agreed on, the master. */
export const IN_MASTER = 2;
/** The cell's difference was sent in the MIX round that is under way. */
const SENT = 4;
/** The cell has changed since its difference was sent, which is remembered. */
const LATER = 8;

/** Values of so many cells stand in one segment. */
const SEGMENT_SHIFT = 15;
const SEGMENT_CELLS = 1 << SEGMENT_SHIFT;
const SEGMENT_MASK = SEGMENT_CELLS - 1;

/** What there is of each cell: what MIX agreed on, and what was learned since. */
const MASTER_WEIGHT = 0;
const WEIGHT_DIFFERENCE = 1;
const MASTER_COVARIANCE = 2;
const COVARIANCE_DIFFERENCE = 3;

/**
 * A weight table that takes part in MIX. Of each cell it keeps what MIX last agreed on (the master) and the difference
 * since; the value in use, in the table, is always the sum of both as it rounds, as in Jubatus 1.1.1. Rules without
 * covariances add to the difference, others set the value in use, and the difference is what that is above the master.
 *
 * The values of a cell stand together: a difference that comes in another order than that of the table waits for memory
 * once per cell then. They stand in segments that stay where they are when the table grows, which stops training for a
 * shorter time than copying all of them.
 */
export class MixedCells implements CellColumns {
  readonly table: WeightTable;
  /** The order of 1.1.1, as far as it is known; undefined where nobody asks for it. */
  readonly orders: CellOrders | undefined;
  /** Values per cell: 2, or 4 with covariances. */
  readonly #stride: number;
  /** Segments of values; the first one is as long as the table while that is short. */
  #values: Float64Array[];
  /** Per cell: `IN_…` and other flags. */
  #flags = new Uint8Array(CELLS_MIN);
  /**
   * Segments, during a MIX round only and only where a cell has changed since its difference was sent: difference of the
   * weight, and covariance, at that time. Valid where the flags say {@link LATER}.
   */
  #sent: (Float64Array | undefined)[] | undefined;
  /** Without it, what {@link warm} reads would not be read. */
  #warmth = 0;

  /** See {@link WeightTable}. */
  constructor(hasCovariances: boolean, isScored = false, orders: CellOrders | undefined = undefined) {
    this.#stride = hasCovariances ? 4 : 2;
    this.#values = [new Float64Array(CELLS_MIN * this.#stride)];
    this.orders = orders;
    this.table = new WeightTable(hasCovariances, isScored, this);
  }

  /** To be called with the cells that a rule is about to change. */
  beginUpdate(cells: Int32Array, count: number): void {
    const { weights, hasCovariances } = this.table;
    if (this.#sent !== undefined) {
      const flags = this.#flags;
      for (let i = 0; i < count; i++) {
        const cell = cells[i]!;
        if ((flags[cell]! & (SENT | LATER)) === SENT) this.#keepSent(cell, this.#sent);
      }
    }
    if (hasCovariances) return;
    // What the rule adds to.
    for (let i = 0; i < count; i++) weights[cells[i]!] = this.weightOn(cells[i]!, IN_DIFF);
  }

  /**
   * To be called when a rule has changed the cells of these features. Methods with covariances also leave a cell in the
   * master, as 1.1.1 does.
   */
  endUpdate(ids: Int32Array, cells: Int32Array, count: number): void {
    const { weights, covariances, hasCovariances } = this.table;
    const segments = this.#values;
    const flags = this.#flags;
    const stride = this.#stride;
    const mark = hasCovariances ? IN_DIFF | IN_MASTER : IN_DIFF;
    for (let i = 0; i < count; i++) {
      const cell = cells[i]!;
      const values = segments[cell >>> SEGMENT_SHIFT]!;
      const at = (cell & SEGMENT_MASK) * stride;
      if (hasCovariances) {
        values[at + WEIGHT_DIFFERENCE] = weights[cell]! - values[at + MASTER_WEIGHT]!;
        values[at + COVARIANCE_DIFFERENCE] = covariances[cell]! - values[at + MASTER_COVARIANCE]!;
      } else {
        values[at + WEIGHT_DIFFERENCE] = weights[cell]!;
      }
      if ((flags[cell]! & mark) !== mark) this.#flag(ids[i]!, cell, mark);
    }
    // Not before: where a feature occurs twice, so does its cell.
    for (let i = 0; i < count; i++) this.#addUp(cells[i]!);
  }

  /** Sets a cell that a model file has on one side. */
  setLoaded(id: number, slot: number, weight: number, covariance: number, side: number): void {
    const cell = this.table.require(id, slot);
    const values = this.#values[cell >>> SEGMENT_SHIFT]!;
    const at = (cell & SEGMENT_MASK) * this.#stride + (side === IN_MASTER ? 0 : WEIGHT_DIFFERENCE);
    values[at] = weight;
    if (this.table.hasCovariances) values[at + MASTER_COVARIANCE] = covariance;
    this.#flag(id, cell, side);
    this.#addUp(cell);
  }

  /**
   * Adds what MIX agreed on for a cell. What the cell has learned since its difference was sent, or altogether
   * if it was not, stays: weights add, and so do precisions (1 / covariance).
   */
  addMixed(id: number, slot: number, weight: number, covariance: number): void {
    const { table } = this;
    const cell = table.require(id, slot);
    const flags = this.#flags[cell]!;
    if ((flags & IN_MASTER) === 0) this.orders?.add(id, slot, false, true);
    const isSent = (flags & SENT) !== 0 && this.#sent !== undefined;
    if ((flags & IN_DIFF) !== 0 && !(isSent && (flags & LATER) === 0)) {
      this.#addBelow(cell, weight, covariance, isSent);
      return;
    }
    const values = this.#values[cell >>> SEGMENT_SHIFT]!;
    const at = (cell & SEGMENT_MASK) * this.#stride;
    const agreed = values[at + MASTER_WEIGHT]! + weight;
    this.#flags[cell] = IN_MASTER;
    values[at + MASTER_WEIGHT] = agreed;
    values[at + WEIGHT_DIFFERENCE] = 0;
    table.weights[cell] = agreed;
    if (!table.hasCovariances) return;
    const agreedCovariance = values[at + MASTER_COVARIANCE]! + covariance;
    values[at + MASTER_COVARIANCE] = agreedCovariance;
    values[at + COVARIANCE_DIFFERENCE] = 0;
    table.covariances[cell] = agreedCovariance;
  }

  /** Adds what MIX agreed on below what a cell has learned since. */
  #addBelow(cell: number, weight: number, covariance: number, isSent: boolean): void {
    const { covariances, hasCovariances } = this.table;
    const values = this.#values[cell >>> SEGMENT_SHIFT]!;
    const at = (cell & SEGMENT_MASK) * this.#stride;
    const sent = isSent ? this.#sent![cell >>> SEGMENT_SHIFT] : undefined;
    const sentAt = 2 * (cell & SEGMENT_MASK);
    const learned = values[at + WEIGHT_DIFFERENCE]! - (sent === undefined ? 0 : sent[sentAt]!);
    let isChanged = learned !== 0;
    values[at + MASTER_WEIGHT]! += weight;
    values[at + WEIGHT_DIFFERENCE] = learned;
    if (hasCovariances) {
      const now = covariances[cell]!;
      const before = sent === undefined ? this.#masterCovarianceBefore(cell) : sent[sentAt + 1]!;
      const agreed = values[at + MASTER_COVARIANCE]! + covariance;
      values[at + MASTER_COVARIANCE] = agreed;
      values[at + COVARIANCE_DIFFERENCE] = now === before ? 0 : shrunk(agreed, now, before) - agreed;
      isChanged ||= now !== before;
    }
    this.#addUp(cell);
    this.#flags[cell] = isChanged ? IN_MASTER | IN_DIFF : IN_MASTER;
  }

  /** Adds what a cell of another table has learned since its last MIX. */
  addLearned(id: number, slot: number, from: MixedCells, fromCell: number): void {
    const { table } = this;
    const cell = table.require(id, slot);
    const values = this.#values[cell >>> SEGMENT_SHIFT]!;
    const at = (cell & SEGMENT_MASK) * this.#stride;
    values[at + WEIGHT_DIFFERENCE]! += from.weightOn(fromCell, IN_DIFF);
    if (table.hasCovariances) {
      const before = from.#masterCovarianceBefore(fromCell);
      const covariance = shrunk(table.covariances[cell]!, from.table.covariances[fromCell]!, before);
      values[at + COVARIANCE_DIFFERENCE] = covariance - values[at + MASTER_COVARIANCE]!;
    }
    this.#addUp(cell);
    this.#flag(id, cell, table.hasCovariances ? IN_DIFF | IN_MASTER : IN_DIFF);
  }

  /** True when the cell is on that side. */
  isOn(cell: number, side: number): boolean {
    return (this.#flags[cell]! & side) !== 0;
  }

  /** Number of cells that a feature has on that side. */
  countOn(id: number, side: number): number {
    const start = this.table.rowStart(id);
    const end = start + this.table.cellCount(id);
    let count = 0;
    for (let cell = start; cell < end; cell++) if ((this.#flags[cell]! & side) !== 0) count++;
    return count;
  }

  /** Number of features below `idEnd` with a cell on that side. */
  rowsOn(side: number, idEnd: number): number {
    let rows = 0;
    for (let id = 0; id < idEnd; id++) if (this.countOn(id, side) > 0) rows++;
    return rows;
  }

  /** A cell's weight in the master, or its change since. */
  weightOn(cell: number, side: number): number {
    return this.#valueOf(cell, side === IN_MASTER ? MASTER_WEIGHT : WEIGHT_DIFFERENCE);
  }

  /** A cell's covariance in the master, or its change since; 0 where there are none. */
  covarianceOn(cell: number, side: number): number {
    if (!this.table.hasCovariances) return 0;
    return this.#valueOf(cell, side === IN_MASTER ? MASTER_COVARIANCE : COVARIANCE_DIFFERENCE);
  }

  /** Forgets what an earlier round has sent of a feature; to be done for all before {@link beginSending}. */
  forgetSent(id: number): void {
    const start = this.table.rowStart(id);
    const end = start + this.table.cellCount(id);
    for (let cell = start; cell < end; cell++) this.#flags[cell]! &= ~(SENT | LATER);
  }

  /** Begins to remember what is sent of each cell. */
  beginSending(): void {
    this.#sent = [];
  }

  /** Notes that the difference of a cell was sent. */
  markSent(cell: number): void {
    this.#flags[cell]! |= SENT;
  }

  /** Ends {@link beginSending}. */
  endSending(): void {
    this.#sent = undefined;
  }

  /** Reads what work on these features will read first, see {@link WeightTable.warm}. */
  warm(ids: Int32Array, count: number): void {
    this.table.warm(ids, count);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const cell = this.table.rowStart(Math.max(0, ids[i]!));
      sum += this.#valueOf(cell, MASTER_WEIGHT) + this.#flags[cell]!;
    }
    this.#warmth = sum;
  }

  resize(length: number): void {
    const flags = new Uint8Array(length);
    flags.set(this.#flags);
    this.#flags = flags;
    const first = this.#values[0]!;
    if (first.length < SEGMENT_CELLS * this.#stride) {
      this.#values[0] = new Float64Array(Math.min(length, SEGMENT_CELLS) * this.#stride);
      this.#values[0].set(first);
    }
    while (this.#values.length * SEGMENT_CELLS < length) {
      this.#values.push(new Float64Array(SEGMENT_CELLS * this.#stride));
    }
  }

  initialize(cell: number): void {
    this.#flags[cell] = 0;
    const values = this.#values[cell >>> SEGMENT_SHIFT]!;
    const start = (cell & SEGMENT_MASK) * this.#stride;
    for (let at = start; at < start + this.#stride; at++) values[at] = 0;
  }

  move(from: number, to: number, count: number): void {
    if (from > to) { for (let i = 0; i < count; i++) this.#moveCell(from + i, to + i); }
    else for (let i = count - 1; i >= 0; i--) this.#moveCell(from + i, to + i);
  }

  #moveCell(from: number, to: number): void {
    const stride = this.#stride;
    const source = this.#values[from >>> SEGMENT_SHIFT]!;
    const target = this.#values[to >>> SEGMENT_SHIFT]!;
    const sourceAt = (from & SEGMENT_MASK) * stride;
    const targetAt = (to & SEGMENT_MASK) * stride;
    for (let i = 0; i < stride; i++) target[targetAt + i] = source[sourceAt + i]!;
    const flags = this.#flags[from]!;
    this.#flags[to] = flags;
    if (this.#sent === undefined || (flags & LATER) === 0) return;
    const sent = this.#sent[from >>> SEGMENT_SHIFT];
    if (sent === undefined) return;
    const sentAt = 2 * (from & SEGMENT_MASK);
    this.#setSent(to, sent[sentAt]!, sent[sentAt + 1]!, this.#sent);
  }

  forget(id: number, slot: number): void {
    this.orders?.remove(id, slot);
  }

  clear(): void {
    this.#values = [new Float64Array(CELLS_MIN * this.#stride)];
    this.#flags = new Uint8Array(CELLS_MIN);
    this.endSending();
    this.orders?.clear();
  }

  /** What the covariance of a cell was after the last MIX: 1 if there was no cell. */
  #masterCovarianceBefore(cell: number): number {
    const master = this.#valueOf(cell, MASTER_COVARIANCE);
    return master === 0 ? 1 : master;
  }

  #valueOf(cell: number, which: number): number {
    return this.#values[cell >>> SEGMENT_SHIFT]![(cell & SEGMENT_MASK) * this.#stride + which]!;
  }

  /** Remembers what was sent of a cell that is about to change. */
  #keepSent(cell: number, segments: (Float64Array | undefined)[]): void {
    const { covariances, hasCovariances } = this.table;
    this.#flags[cell]! |= LATER;
    this.#setSent(cell, this.weightOn(cell, IN_DIFF), hasCovariances ? covariances[cell]! : 0, segments);
  }

  #setSent(cell: number, difference: number, covariance: number, segments: (Float64Array | undefined)[]): void {
    const values = segments[cell >>> SEGMENT_SHIFT] ??= new Float64Array(2 * SEGMENT_CELLS);
    const at = 2 * (cell & SEGMENT_MASK);
    values[at] = difference;
    values[at + 1] = covariance;
  }

  #flag(id: number, cell: number, mark: number): void {
    const missing = mark & ~this.#flags[cell]!;
    this.#flags[cell]! |= mark;
    this.orders?.add(id, this.table.slots[cell]!, (missing & IN_DIFF) !== 0, (missing & IN_MASTER) !== 0);
  }

  /** Computes the value in use. */
  #addUp(cell: number): void {
    const { weights, covariances, hasCovariances } = this.table;
    const values = this.#values[cell >>> SEGMENT_SHIFT]!;
    const at = (cell & SEGMENT_MASK) * this.#stride;
    weights[cell] = values[at + MASTER_WEIGHT]! + values[at + WEIGHT_DIFFERENCE]!;
    if (hasCovariances) covariances[cell] = values[at + MASTER_COVARIANCE]! + values[at + COVARIANCE_DIFFERENCE]!;
  }
}

/** A covariance after the learning that took another from `before` to `now`: the gains of precision add up. */
function shrunk(covariance: number, now: number, before: number): number {
  const result = 1 / (1 / covariance + 1 / now - 1 / before);
  return result > 0 ? result : covariance;
}
