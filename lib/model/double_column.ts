import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { readFinite } from "./checked_layout.ts";
import { type Column, COLUMN_TYPE_DOUBLE, expectValues } from "./column.ts";

/** A number for each row. */
export class DoubleColumn implements Column {
  readonly type: number = COLUMN_TYPE_DOUBLE;
  readonly bitLength = 0;
  /** By row. Replaced when the table grows. */
  values: Float64Array<ArrayBuffer> = new Float64Array(16);

  reserve(rows: number): void {
    if (rows <= this.values.length) return;
    const grown = new Float64Array(Math.max(rows, this.values.length * 2));
    grown.set(this.values);
    this.values = grown;
  }

  move(from: number, to: number): void {
    this.values[to] = this.values[from]!;
  }

  pack(writer: Writer, rows: number): void {
    writer.writeArrayHeader(rows);
    for (let row = 0; row < rows; row++) writer.writeDouble(this.values[row]!);
  }

  unpack(reader: Reader, rows: number): void {
    expectValues(reader, rows, rows);
    this.reserve(rows);
    for (let row = 0; row < rows; row++) this.values[row] = reader.readDouble();
  }

  writeValue(writer: Writer, row: number): void {
    writer.writeDouble(this.values[row]!);
  }

  checkValue(reader: Reader): void {
    readFinite(reader);
  }

  readValue(reader: Reader, row: number): void {
    this.values[row] = reader.readDouble();
  }
}
