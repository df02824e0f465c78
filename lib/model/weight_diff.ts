/**
 * The form in which differences of weights travel: `[count, [[[feature, [[label, [v1, v2, 0]], …]], …], [version]]]`.
 * With a million features a round passes over some hundred megabytes of it, so rows and cells in their usual form
 * (short names, three doubles) are read and written byte by byte; all others go through {@link Reader}.
 *
 * @module
 */
import { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { SLICE_CELLS, type Sliced } from "./mixable.ts";
import { readVersion } from "./struct_array.ts";

/** First bytes of values in their usual form. */
const PAIR = 0x92;
const TRIPLE = 0x93;
const DOUBLE = 0xcb;
const SHORT_RAW = 0xa0;
const SHORT_RAW_MAX = 31;
const SHORT_ARRAY = 0x90;
const SHORT_ARRAY_MAX = 15;
/** Bytes of `[v1, v2, v3]` in its usual form, and of a double in it. */
const VALUES_BYTES = 28;
const DOUBLE_BYTES = 9;
/** No cell in its usual form is longer. */
const CELL_BYTES_MAX = 2 + SHORT_RAW_MAX + VALUES_BYTES;

/** Where the parts of a difference of weights are. */
export interface WeightDiffLayout {
  readonly count: number;
  /** Number of rows, and the position of the first. */
  readonly rows: number;
  readonly rowsAt: number;
  readonly version: number;
}

/** Throws unless a difference of the right shape follows; passes over it. */
export function* walkWeightDiff(reader: Reader): Sliced<WeightDiffLayout> {
  reader.expectArray(2);
  const count = reader.readUint64();
  reader.expectArray(2);
  const rows = reader.readArrayHeader();
  const rowsAt = reader.position;
  for (let left = rows; left > 0;) {
    left = checkRows(reader, left);
    if (left > 0) yield;
  }
  return { count, rows, rowsAt, version: readVersion(reader) };
}

/** Checks about a slice's worth of `left` rows; how many are left then. */
function checkRows(reader: Reader, left: number): number {
  const { bytes, end } = reader;
  for (let cells = 0; left > 0 && cells < SLICE_CELLS; left--) {
    reader.expectArray(2);
    reader.readRawSpan();
    const labels = reader.readArrayHeader();
    for (let i = 0; i < labels; i++) {
      const at = reader.position;
      const valuesAt = at + CELL_BYTES_MAX < end ? usualValuesAt(bytes, at) : -1;
      if (valuesAt >= 0) {
        reader.position = valuesAt + VALUES_BYTES;
        continue;
      }
      reader.expectArray(2);
      reader.readRawSpan();
      reader.expectArray(3);
      for (let value = 0; value < 3; value++) reader.readDouble();
    }
    cells += labels + 1;
  }
  return left;
}

/** Where the values of the cell at `at` begin if it is in its usual form, else -1. */
function usualValuesAt(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1]! - SHORT_RAW;
  if (bytes[at] !== PAIR || length < 0 || length > SHORT_RAW_MAX) return -1;
  const valuesAt = at + 2 + length;
  const isUsual = bytes[valuesAt] === TRIPLE && bytes[valuesAt + 1] === DOUBLE &&
    bytes[valuesAt + 1 + DOUBLE_BYTES] === DOUBLE && bytes[valuesAt + 1 + 2 * DOUBLE_BYTES] === DOUBLE;
  return isUsual ? valuesAt : -1;
}

/** Reads the rows of a difference that {@link walkWeightDiff} has passed over, one after the other. */
export class WeightRows {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  /** The name of the row read last, and its number of cells, which must be read next. */
  nameStart = 0;
  nameLength = 0;
  cells = 0;
  /** The cell read last. */
  labelStart = 0;
  labelLength = 0;
  weight = 0;
  covariance = 0;
  #at: number;
  /** Reads what is not in its usual form. */
  readonly #reader: Reader;

  /** Begins at a row. */
  constructor({ bytes }: Reader, rowsAt: number) {
    this.#reader = new Reader(bytes);
    this.bytes = bytes;
    this.view = this.#reader.view;
    this.#at = rowsAt;
  }

  /** Hands the names of `count` rows to come to `prepare`, with their index; they are still to be read. */
  lookAhead(count: number, prepare: (index: number, view: DataView, start: number, length: number) => void): void {
    const at = this.#at;
    for (let index = 0; index < count; index++) {
      this.nextRow();
      prepare(index, this.view, this.nameStart, this.nameLength);
      for (let cell = 0; cell < this.cells; cell++) this.nextCell();
    }
    this.#at = at;
  }

  /** Reads a row up to its first cell. */
  nextRow(): void {
    const { bytes } = this;
    const at = this.#at;
    const length = bytes[at + 1]! - SHORT_RAW;
    if (bytes[at] === PAIR && length >= 0 && length <= SHORT_RAW_MAX) {
      const cells = bytes[at + 2 + length]! - SHORT_ARRAY;
      if (cells >= 0 && cells <= SHORT_ARRAY_MAX) {
        this.nameStart = at + 2;
        this.nameLength = length;
        this.cells = cells;
        this.#at = at + 3 + length;
        return;
      }
    }
    const reader = this.#reader;
    reader.position = at;
    reader.readArrayHeader();
    this.nameLength = reader.readRawSpan();
    this.nameStart = reader.rawStart;
    this.cells = reader.readArrayHeader();
    this.#at = reader.position;
  }

  /** Reads a cell. False when its numbers are not finite: they would spread to all servers, and it is to be left out. */
  nextCell(): boolean {
    const { bytes, view } = this;
    const at = this.#at;
    const valuesAt = usualValuesAt(bytes, at);
    if (valuesAt >= 0) {
      this.labelStart = at + 2;
      this.labelLength = valuesAt - at - 2;
      this.weight = view.getFloat64(valuesAt + 2);
      this.covariance = view.getFloat64(valuesAt + 2 + DOUBLE_BYTES);
      this.#at = valuesAt + VALUES_BYTES;
    } else {
      const reader = this.#reader;
      reader.position = at;
      reader.readArrayHeader();
      this.labelLength = reader.readRawSpan();
      this.labelStart = reader.rawStart;
      reader.readArrayHeader();
      this.weight = reader.readDouble();
      this.covariance = reader.readDouble();
      reader.readDouble();
      this.#at = reader.position;
    }
    return (this.weight + this.covariance) * 0 === 0;
  }
}

/** So many rows are prepared at a time. */
const BATCH_ROWS = 128;

/** A table of names that look-ups can be prepared for. */
export interface NameTable {
  prepare(index: number, view: DataView, start: number, length: number): void;
  warm(count: number, ids: Int32Array): void;
}

/** Cells that work on features can be prepared for. */
export interface CellStore {
  warm(ids: Int32Array, count: number): void;
}

/**
 * Guesses the ids of rows, and reads ahead where the guesses are wrong. Rows that come in the order of their ids need no
 * look-up; those that do not wait for memory at every step, unless many of them wait together: a million features in
 * another order are folded and applied twice as fast so.
 */
export class RowGuide {
  readonly #names: NameTable;
  readonly #cells: CellStore;
  readonly #ids = new Int32Array(BATCH_ROWS);
  readonly #prepare: NameTable["prepare"];
  /** Rows left of the batch, and those of it whose id was not as guessed. */
  #left = 0;
  #misses = 0;
  #guess = 0;

  constructor(names: NameTable, cells: CellStore) {
    this.#names = names;
    this.#cells = cells;
    this.#prepare = (index, view, start, length) => names.prepare(index, view, start, length);
  }

  /** The id that the next row may have; `left` rows are still to be read. */
  guess(rows: WeightRows, left: number): number {
    if (this.#left === 0) this.#begin(rows, Math.min(left, BATCH_ROWS));
    this.#left--;
    return this.#guess;
  }

  /** Tells the id that the row has. */
  note(id: number): void {
    if (id !== this.#guess) this.#misses++;
    this.#guess = id + 1;
  }

  #begin(rows: WeightRows, count: number): void {
    const isScattered = this.#misses * 4 > BATCH_ROWS;
    this.#left = count;
    this.#misses = 0;
    if (!isScattered) return;
    rows.lookAhead(count, this.#prepare);
    this.#names.warm(count, this.#ids);
    this.#cells.warm(this.#ids, count);
  }
}

/** What {@link LabelColumns.find} says of a label that it does not know. */
export const UNKNOWN_LABEL = -2;
const COLUMNS_MAX = 256;

/**
 * Remembers a number for the label of each cell of the last row: the next row mostly has the same labels in the same
 * order, which a comparison of some bytes tells.
 */
export class LabelColumns {
  readonly #starts = new Int32Array(COLUMNS_MAX);
  readonly #lengths = new Int32Array(COLUMNS_MAX);
  readonly #numbers = new Int32Array(COLUMNS_MAX);
  #count = 0;

  /** The number of the label in a column, or {@link UNKNOWN_LABEL}. */
  find({ bytes, labelStart, labelLength }: WeightRows, column: number): number {
    if (column >= this.#count || this.#lengths[column] !== labelLength) return UNKNOWN_LABEL;
    const start = this.#starts[column]!;
    for (let i = 0; i < labelLength; i++) if (bytes[start + i] !== bytes[labelStart + i]) return UNKNOWN_LABEL;
    return this.#numbers[column]!;
  }

  /** Remembers a number for the label in a column. */
  set({ labelStart, labelLength }: WeightRows, column: number, number: number): void {
    if (column > this.#count || column >= COLUMNS_MAX) return;
    this.#count = Math.max(this.#count, column + 1);
    this.#starts[column] = labelStart;
    this.#lengths[column] = labelLength;
    this.#numbers[column] = number;
  }

  /** Forgets all numbers: to be done when they may have changed, or the bytes are others. */
  clear(): void {
    this.#count = 0;
  }
}

/** Appends a cell; `label` is a msgpack raw. */
export function writeWeightCell(writer: Writer, label: Uint8Array, weight: number, covariance: number): void {
  const size = label.length;
  writer.reserve(1 + size + VALUES_BYTES);
  const { bytes, view } = writer;
  let at = writer.length;
  bytes[at++] = PAIR;
  for (let i = 0; i < size; i++) bytes[at++] = label[i]!;
  bytes[at] = TRIPLE;
  bytes[at + 1] = DOUBLE;
  view.setFloat64(at + 2, weight);
  bytes[at + 1 + DOUBLE_BYTES] = DOUBLE;
  view.setFloat64(at + 2 + DOUBLE_BYTES, covariance);
  bytes[at + 1 + 2 * DOUBLE_BYTES] = DOUBLE;
  view.setFloat64(at + 2 + 2 * DOUBLE_BYTES, 0);
  writer.length = at + VALUES_BYTES;
}

/** Makes room for `left` more rows that are about as long as the `done` ones before, which began at `start`. */
export function reserveRows(writer: Writer, start: number, done: number, left: number): void {
  const average = (writer.length - start) / done;
  if (average * left > writer.bytes.length - writer.length) writer.reserve(Math.ceil(average * left * 1.25));
}
