import type { ByteString } from "../base/byte_string.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import { readCount } from "./checked_layout.ts";
import type { Column } from "./column.ts";
import type { ColumnTable } from "./column_table.ts";
import { type DiffFold, type Mixable, type Pushable, runAtOnce, type Sliced } from "./mixable.ts";

/** Rows worked on between two yields; a row may be some hundred bytes. */
const SLICE_ROWS = 1024;

/** How a table takes rows from other servers. */
export interface TableMixOptions {
  /** Asked before a row is taken; false leaves it out. May remove other rows. */
  readonly accept?: (key: ByteString) => boolean;
  /** Called with each row whose key is new here. */
  readonly onAdded?: (row: number, key: ByteString) => void;
}

/**
 * MIX of a table. Servers exchange the rows that others have not seen yet, `[[key, [[owner], clock], [value, …]], …]`,
 * and of each key keep the row with the latest clock; removals stay local. In a difference the rows travel as msgpack
 * within a raw.
 */
export class TableMixable implements Mixable, Pushable {
  readonly version: undefined;
  readonly pushable: Pushable = this;
  readonly #table: ColumnTable;
  readonly #options: TableMixOptions;
  /** The table's clock and its number of clearings when the last difference was begun. */
  #sentEnd = 0;
  #sentClearings = -1;

  constructor(table: ColumnTable, options: TableMixOptions = {}) {
    this.#table = table;
    this.#options = options;
  }

  *writeDiff(writer: Writer): Sliced {
    this.#sentEnd = this.#table.clock;
    this.#sentClearings = this.#table.clearings;
    const rows = yield* this.#packRows(this.#table.seen);
    writer.writeRaw(rows.bytes, 0, rows.length);
  }

  createFold(): DiffFold {
    return new RowFold(this.#table.columns);
  }

  *checkDiff(reader: Reader): Sliced {
    yield* checkWrapped(reader, this.#table.columns);
  }

  *apply(reader: Reader): Sliced<boolean> {
    // Own rows with later clocks than those sent, from before a clear or a restart, say nothing of what is here now.
    const { clearings } = this.#table;
    const ownEnd = this.#sentClearings === clearings ? this.#sentEnd : 0;
    yield* this.#takeRows(readWrapped(reader), ownEnd);
    return true;
  }

  /** What the other server has of third ones counts as seen: they send it themselves. */
  adopt(previous: Mixable): void {
    if (!(previous instanceof TableMixable)) return;
    const table = this.#table;
    for (let row = 0; row < table.size; row++) see(table, table.ownerOf(row), table.clockOf(row));
    const rows = runAtOnce(previous.#packRows(previous.#table.seen));
    runAtOnce(this.#takeRows(new Reader(rows.take())));
    table.seen.delete(table.owner);
  }

  writePullArgument(writer: Writer): void {
    const { seen } = this.#table;
    writer.writeMapHeader(seen.size);
    for (const [owner, clock] of seen) {
      writer.writeArrayHeader(1);
      writer.writeByteString(owner);
      writer.writeInt(clock);
    }
  }

  *pull(argument: Reader, writer: Writer): Sliced {
    const seen = new Map<ByteString, number>();
    for (let i = argument.readMapHeader(); i > 0; i--) {
      argument.expectArray(1);
      const owner = argument.readByteString();
      seen.set(owner, argument.readUint64());
    }
    const { owner, clock } = this.#table;
    // Who knows of later own rows knows them from before a clear or a restart, and none of the present ones.
    if ((seen.get(owner) ?? -1) >= clock) seen.delete(owner);
    const rows = yield* this.#packRows(seen);
    writer.append(rows.bytes, 0, rows.length);
  }

  *push(reader: Reader): Sliced {
    const start = reader.position;
    yield* checkRows(reader, this.#table.columns);
    const end = reader.position;
    reader.position = start;
    yield* this.#takeRows(reader);
    reader.position = end;
  }

  /** An array of the rows that are newer than what was seen of their owners; none when it is cleared between slices. */
  *#packRows(seen: ReadonlyMap<ByteString, number>): Sliced<Writer> {
    const table = this.#table;
    const { clearings } = table;
    const clockEnd = table.clock;
    const keys = table.keys().filter((_, row) => table.clockOf(row) > (seen.get(table.ownerOf(row)) ?? -1));
    const rows = new Writer();
    let count = 0;
    let tried = 0;
    for (const key of keys) {
      const row = table.find(key);
      // Between slices a row may go, or be written again; then it is part of the next difference.
      if (row >= 0 && table.clockOf(row) < clockEnd) {
        writeRow(rows, table, row);
        count++;
      }
      if (++tried % SLICE_ROWS > 0) continue;
      yield;
      if (table.clearings === clearings) continue;
      // Clocks have begun anew: rows of now would make those that are not among the keys count as seen.
      rows.clear();
      count = 0;
      break;
    }
    const packed = new Writer(rows.length + 5);
    packed.writeArrayHeader(count);
    packed.append(rows.bytes, 0, rows.length);
    return packed;
  }

  /**
   * Takes checked rows; stops when the table is cleared between slices. Own rows count as seen if their clocks
   * are below `ownEnd`.
   */
  *#takeRows(reader: Reader, ownEnd = Infinity): Sliced {
    const table = this.#table;
    const { accept, onAdded } = this.#options;
    const count = reader.readArrayHeader();
    for (let i = 1; i <= count; i++) {
      reader.readArrayHeader();
      const key = reader.readByteString();
      reader.readArrayHeader();
      reader.readArrayHeader();
      const owner = reader.readByteString();
      const clock = reader.readUint64();
      const isAccepted = accept === undefined || accept(key);
      const size = table.size;
      const row = isAccepted ? table.merge(key, owner, clock) : -1;
      reader.readArrayHeader();
      for (const column of table.columns) {
        if (row < 0) reader.skip();
        else column.readValue(reader, row);
      }
      if (table.size > size) onAdded?.(row, key);
      if (owner !== table.owner || clock < ownEnd) see(table, owner, clock);
      if (i % SLICE_ROWS > 0) continue;
      const { clearings } = table;
      yield;
      if (table.clearings !== clearings) return;
    }
  }
}

/** Puts rows of several servers one behind the other. */
class RowFold implements DiffFold {
  readonly #columns: readonly Column[];
  readonly #rows = new Writer();
  #count = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  *check(reader: Reader): Sliced {
    yield* checkWrapped(reader, this.#columns);
  }

  // deno-lint-ignore require-yield
  *add(reader: Reader): Sliced {
    const rows = readWrapped(reader);
    this.#count += rows.readArrayHeader();
    this.#rows.append(rows.bytes, rows.position, rows.end);
  }

  // deno-lint-ignore require-yield
  *write(writer: Writer): Sliced {
    const packed = new Writer(this.#rows.length + 5);
    packed.writeArrayHeader(this.#count);
    packed.append(this.#rows.bytes, 0, this.#rows.length);
    writer.writeRaw(packed.bytes, 0, packed.length);
  }
}

function writeRow(writer: Writer, table: ColumnTable, row: number): void {
  writer.writeArrayHeader(3);
  writer.writeByteString(table.keyOf(row));
  writer.writeArrayHeader(2);
  writer.writeArrayHeader(1);
  writer.writeByteString(table.ownerOf(row));
  writer.writeInt(table.clockOf(row));
  writer.writeArrayHeader(table.columns.length);
  for (const column of table.columns) column.writeValue(writer, row);
}

/** Throws unless an array of rows with these columns follows; passes over it. */
function* checkRows(reader: Reader, columns: readonly Column[]): Sliced {
  const count = reader.readArrayHeader();
  for (let i = 1; i <= count; i++) {
    reader.expectArray(3);
    reader.readRawSpan();
    reader.expectArray(2);
    reader.expectArray(1);
    reader.readRawSpan();
    readCount(reader);
    reader.expectArray(columns.length);
    for (const column of columns) column.checkValue(reader);
    if (i % SLICE_ROWS === 0) yield;
  }
}

/** Throws unless such an array, and nothing else, is in the raw that is next; passes over it. */
function* checkWrapped(reader: Reader, columns: readonly Column[]): Sliced {
  const rows = readWrapped(reader);
  yield* checkRows(rows, columns);
  if (!rows.atEnd) throw new TypeMismatchError();
}

/** A reader of the msgpack in the raw that is next; passes over the raw. */
function readWrapped(reader: Reader): Reader {
  const length = reader.readRawSpan();
  return new Reader(reader.bytes, reader.rawStart, reader.rawStart + length);
}

function see(table: ColumnTable, owner: ByteString, clock: number): void {
  table.seen.set(owner, Math.max(clock, table.seen.get(owner) ?? 0));
}
