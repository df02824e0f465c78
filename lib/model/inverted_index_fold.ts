import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ByteTable } from "./byte_table.ts";
import { CheckedLayout, readFinite } from "./checked_layout.ts";
import { HashOrderedPlaces } from "./hash_order.ts";
import { KeyManager } from "./key_manager.ts";
import { type DiffFold, SLICE_CELLS, type Sliced } from "./mixable.ts";
import { Postings } from "./postings.ts";

/** What a difference of an inverted index holds. */
export interface IndexDiff {
  /** Positions of the rows (a feature and its cells), as they stand there. */
  readonly rows: readonly number[];
  /** The same in the order in which 1.1.1 goes through them, which tells how it numbers the columns. */
  readonly rowsInTableOrder: readonly number[];
  /** Ids by the numbers that columns have in the message. */
  readonly columns: KeyManager;
  /** Squared norms. */
  readonly norms: ReadonlyMap<ByteString, number>;
}

/** Folds differences of indexes: later cells win, norms add up. */
export class InvertedIndexFold implements DiffFold {
  readonly #names = new ByteTable();
  /** The names in the order in which 1.1.1 writes them. */
  readonly #order = new HashOrderedPlaces();
  readonly #cells = new Postings();
  readonly #columns = new KeyManager();
  readonly #norms = new Map<ByteString, number>();
  readonly #layouts = new CheckedLayout(walkIndexDiff);
  #isEmpty = true;

  *check(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *add(reader: Reader): Sliced {
    const diff = yield* this.#layouts.take(reader);
    const end = reader.position;
    const columns = new Map<number, number>();
    if (this.#isEmpty) {
      for (const number of sortedNumbers(diff.columns)) {
        columns.set(number, this.#columns.intern(diff.columns.keyOf(number)!));
      }
    }
    let cells = 0;
    for (const row of this.#isEmpty ? diff.rows : diff.rowsInTableOrder) {
      reader.position = row;
      const feature = this.#internName(reader);
      const count = reader.readMapHeader();
      for (let i = 0; i < count; i++) {
        const number = reader.readUint32();
        let column = columns.get(number);
        if (column === undefined) {
          column = this.#columns.intern(diff.columns.keyOf(number)!);
          columns.set(number, column);
        }
        this.#cells.set(feature, column, reader.readDouble());
      }
      cells += count + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
    for (const [id, norm] of diff.norms) this.#norms.set(id, (this.#norms.get(id) ?? 0) + norm);
    this.#isEmpty = false;
    reader.position = end;
  }

  *write(writer: Writer): Sliced {
    const cells = this.#cells;
    const features = this.#order.places();
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(2);
    writer.writeMapHeader(features.length);
    let written = 0;
    for (const feature of features) {
      const count = cells.countOf(feature);
      const start = count === 0 ? 0 : cells.startOf(feature);
      writer.writeByteString(this.#names.textOf(feature));
      writer.writeMapHeader(count);
      for (let i = start; i < start + count; i++) {
        writer.writeInt(cells.columns[i]!);
        writer.writeDouble(cells.values[i]!);
      }
      written += count + 1;
      if (written < SLICE_CELLS) continue;
      written = 0;
      yield;
    }
    this.#columns.pack(writer);
    writer.writeMapHeader(this.#norms.size);
    for (const [id, norm] of this.#norms) {
      writer.writeByteString(id);
      writer.writeDouble(norm);
    }
  }

  /** Ids of names count up from 0, so they are places in the order as well. */
  #internName(reader: Reader): number {
    const length = reader.readRawSpan();
    const size = this.#names.size;
    const id = this.#names.intern(reader.view, reader.rawStart, length);
    if (this.#names.size > size) this.#order.add(this.#names.textOf(id));
    return id;
  }
}

/** Passes over a difference; throws at anything that is not as it should be. */
export function* walkIndexDiff(reader: Reader): Sliced<IndexDiff> {
  reader.expectArray(2);
  reader.expectArray(2);
  const rows: number[] = [];
  const order = new HashOrderedPlaces();
  const used = new Set<number>();
  let cells = 0;
  for (let left = reader.readMapHeader(); left > 0; left--) {
    rows.push(reader.position);
    order.add(reader.readByteString());
    const count = reader.readMapHeader();
    for (let i = 0; i < count; i++) {
      used.add(reader.readUint32());
      readFinite(reader);
    }
    cells += count + 1;
    if (cells < SLICE_CELLS) continue;
    cells = 0;
    yield;
  }
  const rowsInTableOrder = Array.from(order.places(), (place) => rows[place]!);
  const columns = new KeyManager();
  columns.unpack(reader);
  yield;
  for (const number of used) {
    if (columns.keyOf(number) === undefined) throw new RangeError(`a difference has a column ${number} without an id`);
  }
  const norms = new Map<ByteString, number>();
  for (let left = reader.readMapHeader(); left > 0; left--) {
    const id = reader.readByteString();
    norms.set(id, readFinite(reader));
  }
  return { rows, rowsInTableOrder, columns, norms };
}

function sortedNumbers(columns: KeyManager): number[] {
  return [...columns.ids()].sort((a, b) => a - b);
}
