import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { readCount } from "./checked_layout.ts";
import { type Column, COLUMN_TYPE_BIT_VECTOR } from "./column.ts";
import { readStruct } from "./struct_array.ts";

/** Names of column types by their numbers, for messages. */
const TYPE_NAMES: readonly string[] = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float double bit_vector string"
  .split(" ");

/**
 * Rows with a key and a value in each of a few columns. Every row carries the version of its last
 * write: the name of the server that wrote it and that server's clock.
 *
 * Rows stand in the order in which they came, until one is removed: then the last row takes its
 * place. Ties between neighbours are broken by row number, so this order shows.
 */
export class ColumnTable {
  /** Values of the rows. */
  readonly columns: readonly Column[];
  /** For each server that rows came from by MIX, its latest clock. Neither packed nor kept when cleared. */
  readonly seen: Map<ByteString, number> = new Map();
  /** How often everything was removed. */
  clearings = 0;
  /** Who writes rows here. */
  readonly owner: ByteString;
  /** Key of each row. */
  #keys: ByteString[] = [];
  /** Row of each key. */
  readonly #rows = new Map<ByteString, number>();
  /** Versions of the rows. */
  #owners: ByteString[] = [];
  #clocks: number[] = [];
  /** The clock of the next write. */
  #clock = 0;

  /** The columns belong to the table; write values into them at the rows that {@link write} tells. */
  constructor(columns: readonly Column[], owner: ByteString = "") {
    this.columns = columns;
    this.owner = owner;
  }

  /** Number of rows. */
  get size(): number {
    return this.#keys.length;
  }

  /** The clock of the next write. */
  get clock(): number {
    return this.#clock;
  }

  /** The row with this key, or -1. */
  find(key: ByteString): number {
    return this.#rows.get(key) ?? -1;
  }

  /** The key of a row. */
  keyOf(row: number): ByteString {
    return this.#keys[row]!;
  }

  /** The keys of all rows, in order. Not to be changed. */
  keys(): readonly ByteString[] {
    return this.#keys;
  }

  /** Finds or appends the row with this key and stamps it; the caller writes its values. */
  write(key: ByteString): number {
    const known = this.find(key);
    const row = known >= 0 ? known : this.#append(key);
    this.#owners[row] = this.owner;
    this.#clocks[row] = this.#clock++;
    return row;
  }

  /** The server that wrote a row last. */
  ownerOf(row: number): ByteString {
    return this.#owners[row]!;
  }

  /** That server's clock at the time. */
  clockOf(row: number): number {
    return this.#clocks[row]!;
  }

  /**
   * Makes room for a row that another server wrote; the caller writes its values. -1 when the row here is newer.
   * Own writes get later clocks from now on.
   */
  merge(key: ByteString, owner: ByteString, clock: number): number {
    this.#clock = Math.max(this.#clock, clock + 1);
    let row = this.find(key);
    if (row < 0) row = this.#append(key);
    else if (this.#clocks[row]! > clock) return -1;
    this.#owners[row] = owner;
    this.#clocks[row] = clock;
    return row;
  }

  /** Removes the row with this key; the last row takes its place. Returns that place, or -1 without such a row. */
  remove(key: ByteString): number {
    const row = this.#rows.get(key);
    if (row === undefined) return -1;
    this.#rows.delete(key);
    const last = this.#keys.length - 1;
    const lastKey = this.#keys.pop()!;
    const lastOwner = this.#owners.pop()!;
    const lastClock = this.#clocks.pop()!;
    if (row !== last) {
      this.#keys[row] = lastKey;
      this.#owners[row] = lastOwner;
      this.#clocks[row] = lastClock;
      this.#rows.set(lastKey, row);
      for (const column of this.columns) column.move(last, row);
    }
    this.#clock++;
    return row;
  }

  /** Removes all rows; the clock starts at 0 again. */
  clear(): void {
    this.#keys = [];
    this.#rows.clear();
    this.#owners = [];
    this.#clocks = [];
    this.#clock = 0;
    this.seen.clear();
    this.clearings++;
  }

  /** Writes `[keys, size, versions, columns, clock, {key: row}]`. */
  pack(writer: Writer): void {
    const size = this.size;
    writer.writeArrayHeader(6);
    writer.writeArrayHeader(size);
    for (const key of this.#keys) writer.writeByteString(key);
    writer.writeInt(size);
    writer.writeArrayHeader(size);
    for (let row = 0; row < size; row++) {
      writer.writeArrayHeader(2);
      writer.writeArrayHeader(1);
      writer.writeByteString(this.#owners[row]!);
      writer.writeInt(this.#clocks[row]!);
    }
    writer.writeArrayHeader(this.columns.length);
    for (const column of this.columns) {
      writer.writeArrayHeader(2);
      writer.writeArrayHeader(2);
      writer.writeInt(column.type);
      writer.writeInt(column.bitLength);
      column.pack(writer, size);
    }
    writer.writeInt(this.#clock);
    writer.writeMapHeader(size);
    for (let row = 0; row < size; row++) {
      writer.writeByteString(this.#keys[row]!);
      writer.writeInt(row);
    }
  }

  /** Replaces everything by what {@link pack} wrote; throws when parts of it disagree. */
  unpack(reader: Reader): void {
    this.clear();
    let columns = 0;
    readStruct(
      reader,
      () => this.#unpackKeys(reader),
      () => expectCount("rows", reader.readUint64(), this.size),
      () => this.#unpackVersions(reader),
      () => {
        columns = reader.readArrayHeader();
        expectCount("columns", columns, this.columns.length);
        for (const column of this.columns) unpackColumn(reader, column, this.size);
      },
      () => this.#clock = readCount(reader),
      () => {
        const count = reader.readMapHeader();
        expectCount("keys with a row", count, this.size);
        for (let i = 0; i < count; i++) {
          const row = this.find(reader.readByteString());
          if (reader.readUint64() !== row) throw new RangeError(`table is broken: row ${row} has two keys`);
        }
      },
    );
    expectCount("versions", this.#clocks.length, this.size);
    if (this.size > 0) expectCount("columns", columns, this.columns.length);
  }

  #append(key: ByteString): number {
    const row = this.#keys.length;
    for (const column of this.columns) column.reserve(row + 1);
    this.#keys.push(key);
    this.#rows.set(key, row);
    return row;
  }

  #unpackKeys(reader: Reader): void {
    for (let i = reader.readArrayHeader(); i > 0; i--) {
      const key = reader.readByteString();
      this.#rows.set(key, this.#keys.length);
      this.#keys.push(key);
    }
    expectCount("different keys", this.#rows.size, this.size);
  }

  #unpackVersions(reader: Reader): void {
    // One string for all rows of a server.
    const owners = new Map<ByteString, ByteString>();
    for (let i = reader.readArrayHeader(); i > 0; i--) {
      let owner = "";
      reader.expectArray(2);
      readStruct(reader, () => owner = reader.readByteString());
      const known = owners.get(owner);
      if (known === undefined) owners.set(owner, owner);
      this.#owners.push(known ?? owner);
      this.#clocks.push(readCount(reader));
    }
  }
}

function unpackColumn(reader: Reader, column: Column, rows: number): void {
  reader.expectArray(2);
  let type = 0;
  let bitLength = 0;
  readStruct(reader, () => type = reader.readUint32(), () => bitLength = reader.readUint64());
  if (type !== column.type || bitLength !== column.bitLength) {
    const expected = typeText(column.type, column.bitLength);
    throw new RangeError(
      `column: invalid type in serialize(): expected: ${expected}, actual: ${typeText(type, bitLength)}`,
    );
  }
  column.unpack(reader, rows);
}

function typeText(type: number, bitLength: number): string {
  const name = TYPE_NAMES[type] ?? `type ${type}`;
  return type === COLUMN_TYPE_BIT_VECTOR ? `${name}(${bitLength})` : name;
}

function expectCount(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`table is broken: ${actual} ${what}, expected ${expected}`);
}
