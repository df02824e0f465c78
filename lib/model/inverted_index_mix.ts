import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { CheckedLayout } from "./checked_layout.ts";
import { HashOrderedPlaces } from "./hash_order.ts";
import type { InvertedIndex } from "./inverted_index.ts";
import { type IndexDiff, InvertedIndexFold, walkIndexDiff } from "./inverted_index_fold.ts";
import { KeyManager } from "./key_manager.ts";
import { type Mixable, SLICE_CELLS, type Sliced } from "./mixable.ts";

/**
 * MIX of an inverted index. A difference is `[[{feature: {column: value}}, columns], {id: squared norm}]`;
 * its columns are numbered for the message alone, and ids tell what belongs together. Any difference is
 * accepted. Of what was learned here that goes which comes back in it.
 *
 * Of equally near columns the one with the larger number counts, so the order in which 1.1.1 numbers columns
 * shows in results: it goes through the features in the order of a hash table.
 */
export class InvertedIndexMixable implements Mixable {
  readonly version: undefined;
  readonly #index: InvertedIndex;
  readonly #onColumn: (column: number, id: ByteString) => void;
  readonly #layouts = new CheckedLayout(walkIndexDiff);

  /** @param onColumn called with each column that MIX brings and that was not known, before it has cells */
  constructor(index: InvertedIndex, onColumn: (column: number, id: ByteString) => void = () => {}) {
    this.#index = index;
    this.#onColumn = onColumn;
  }

  *writeDiff(writer: Writer): Sliced {
    const start = writer.length;
    while (!(yield* this.#writeDiff(writer))) writer.length = start;
  }

  createFold(): InvertedIndexFold {
    return new InvertedIndexFold();
  }

  *checkDiff(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *apply(reader: Reader): Sliced<boolean> {
    const index = this.#index;
    const { clearings } = index;
    const diff = yield* this.#layouts.take(reader);
    const end = reader.position;
    // Cells in both places count once, and columns without a norm not at all: nothing shows in between.
    const marks = yield* this.#setCells(reader, diff);
    if (index.clearings === clearings) yield* this.#removeLearned(marks);
    if (index.clearings === clearings) {
      index.clearDiffNorms(marks);
      for (const [id, norm] of diff.norms) index.addNorm(this.#intern(id), norm, true);
      index.features.dropUnheld();
    }
    reader.position = end;
    return true;
  }

  /** What the other server has learned since the last MIX goes: it will send that itself, and norms must not add up. */
  adopt(previous: Mixable): void {
    if (!(previous instanceof InvertedIndexMixable)) return;
    const index = this.#index;
    const marks = new Uint8Array(index.columnEnd).fill(1);
    for (const feature of index.diff.features()) index.removeLearned(feature, marks);
    index.clearDiffNorms(marks);
    const from = previous.#index;
    /** By column of `from`: the column here plus 1, or 0 for one that was mixed already. */
    const columns = new Int32Array(from.columnEnd);
    for (let column = 0; column < columns.length; column++) {
      const id = from.idOf(column);
      if (id === undefined || from.diffNormOf(column) === 0) continue;
      const known = this.#intern(id);
      if (index.normOf(known) === 0) columns[column] = known + 1;
    }
    for (const oldFeature of from.diff.features()) {
      const feature = index.features.intern(from.features.nameOf(oldFeature));
      const start = from.diff.startOf(oldFeature);
      for (let i = start; i < start + from.diff.countOf(oldFeature); i++) {
        const column = columns[from.diff.columns[i]!]! - 1;
        if (column >= 0) index.setLearned(feature, column, from.diff.values[i]!);
      }
    }
    columns.forEach((column, old) => {
      if (column > 0) index.addNorm(column - 1, from.diffNormOf(old), false);
    });
    index.features.dropUnheld();
  }

  /** Appends the difference; false when everything was forgotten meanwhile, and names with it. */
  *#writeDiff(writer: Writer): Sliced<boolean> {
    const index = this.#index;
    const { clearings, diff, features } = index;
    // Data that come while this is written have later columns.
    const columnEnd = index.columnEnd;
    const learned = diff.features();
    const order = new HashOrderedPlaces();
    for (let i = 0; i < learned.length; i++) {
      order.add(features.nameOf(learned[i]!));
      if ((i + 1) % SLICE_CELLS !== 0) continue;
      yield;
      if (index.clearings !== clearings) return false;
    }
    const rows = Array.from(order.places(), (place) => learned[place]!);
    const columns = new Int32Array(columnEnd).fill(-1);
    const ids = new KeyManager();
    const messageOrder = new HashOrderedPlaces();
    for (let row = 0; row < rows.length; row++) {
      numberColumns(index, rows[row]!, columns, ids);
      messageOrder.add(features.nameOf(rows[row]!));
      if ((row + 1) % SLICE_CELLS !== 0) continue;
      yield;
      if (index.clearings !== clearings) return false;
    }
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(2);
    writer.writeMapHeader(rows.length);
    let cells = 0;
    for (const place of messageOrder.places()) {
      cells += this.#writeRow(writer, rows[place]!, columns);
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
      if (index.clearings !== clearings) return false;
    }
    ids.pack(writer);
    writer.writeMapHeader(ids.size);
    columns.forEach((number, column) => {
      if (number < 0) return;
      writer.writeByteString(index.idOf(column)!);
      writer.writeDouble(index.diffNormOf(column));
    });
    return true;
  }

  /** Appends a feature and its cells in columns that have a number in the message; how many values that are. */
  #writeRow(writer: Writer, feature: number, columns: Int32Array): number {
    const { diff, features } = this.#index;
    const cells: [number, number][] = [];
    const start = diff.startOf(feature);
    for (let i = start; i < start + diff.countOf(feature); i++) {
      const column = diff.columns[i]!;
      if (column < columns.length) cells.push([columns[column]!, diff.values[i]!]);
    }
    cells.sort((a, b) => a[0] - b[0]);
    writer.writeByteString(features.nameOf(feature));
    writer.writeMapHeader(cells.length);
    for (const [number, value] of cells) {
      writer.writeInt(number);
      writer.writeDouble(value);
    }
    return cells.length + 1;
  }

  #intern(id: ByteString): number {
    const isNew = !this.#index.has(id);
    const column = this.#index.intern(id);
    if (isNew) this.#onColumn(column, id);
    return column;
  }

  /** Sets cells that MIX agreed on and marks their columns; stops when everything is forgotten meanwhile. */
  *#setCells(reader: Reader, diff: IndexDiff): Sliced<Uint8Array> {
    const index = this.#index;
    const { clearings, features } = index;
    const columns = new Map<number, number>();
    let cells = 0;
    for (const row of diff.rowsInTableOrder) {
      reader.position = row;
      const length = reader.readRawSpan();
      const feature = features.internName(reader.view, reader.rawStart, length);
      const count = reader.readMapHeader();
      for (let i = 0; i < count; i++) {
        const number = reader.readUint32();
        let column = columns.get(number);
        if (column === undefined) {
          column = this.#intern(diff.columns.keyOf(number)!);
          columns.set(number, column);
        }
        index.setMixed(feature, column, reader.readDouble());
      }
      cells += count + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
      if (index.clearings !== clearings) break;
    }
    const marks = new Uint8Array(index.columnEnd);
    for (const column of columns.values()) marks[column] = 1;
    return marks;
  }

  /** Removes the cells since the last MIX of columns with a mark; stops when everything is forgotten meanwhile. */
  *#removeLearned(marks: Uint8Array): Sliced {
    const index = this.#index;
    const { clearings, diff } = index;
    let cells = 0;
    for (const feature of diff.features()) {
      cells += diff.countOf(feature) + 1;
      index.removeLearned(feature, marks);
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
      if (index.clearings !== clearings) return;
    }
  }
}

/** Gives a number to each column of a feature's cells that has none; columns from behind the array's end are left out. */
function numberColumns(index: InvertedIndex, feature: number, columns: Int32Array, ids: KeyManager): void {
  const { diff } = index;
  const start = diff.startOf(feature);
  for (let i = start; i < start + diff.countOf(feature); i++) {
    const column = diff.columns[i]!;
    if (column < columns.length && columns[column]! < 0) columns[column] = ids.intern(index.idOf(column)!);
  }
}
