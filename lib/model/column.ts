import { insufficientBytes } from "../msgpack/errors.ts";
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
  /** Writes the value of one row as MIX exchanges it. */
  writeValue(writer: Writer, row: number): void;
  /** Reads what {@link writeValue} wrote. */
  readValue(reader: Reader, row: number): void;
  /** Passes over what {@link writeValue} wrote; throws when it is of another type. */
  checkValue(reader: Reader): void;
}

/**
 * Reads the head of an array of values, which must be as many as the table's rows ask for. Throws as well
 * when the bytes cannot hold so many: room is made for them before they are read.
 */
export function expectValues(reader: Reader, expected: number, rows: number): void {
  const actual = reader.readArrayHeader();
  if (actual !== expected) {
    throw new RangeError(`column is broken: ${actual} values for ${rows} rows, expected ${expected}`);
  }
  if (actual > reader.end - reader.position) throw insufficientBytes();
}
