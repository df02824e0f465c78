import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/** Numbers of column types in model files. */
export const COLUMN_TYPE_DOUBLE = 9;
/** See {@link COLUMN_TYPE_DOUBLE}. */
export const COLUMN_TYPE_BIT_VECTOR = 10;

/** One column of a `ColumnTable`: a value for each row. Rows are numbered by the table. */
export interface Column {
  /** The type's number in model files. */
  readonly type: number;
  /** Bits per value; 0 unless the column holds bit vectors. */
  readonly bitLength: number;
  /** Makes room for `rows` rows; whoever adds a row writes its value. */
  reserve(rows: number): void;
  /** Copies one row over another. */
  move(from: number, to: number): void;
  /** Writes the values of the first `rows` rows as one array. */
  pack(writer: Writer, rows: number): void;
  /** Reads the values of `rows` rows that {@link pack} wrote. */
  unpack(reader: Reader, rows: number): void;
}

/** Throws unless an array of values has the length that the table's rows ask for. */
export function expectValues(actual: number, expected: number, rows: number): void {
  if (actual !== expected) {
    throw new RangeError(`column is broken: ${actual} values for ${rows} rows, expected ${expected}`);
  }
}
