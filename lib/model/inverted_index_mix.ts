import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ByteTable } from "./byte_table.ts";
import { CheckedLayout, readFinite } from "./checked_layout.ts";
import type { InvertedIndex } from "./inverted_index.ts";
import { KeyManager } from "./key_manager.ts";
import { type DiffFold, type Mixable, SLICE_CELLS, type Sliced } from "./mixable.ts";
import { Postings } from "./postings.ts";

/**
 * MIX of an inverted index. A difference is `[[{feature: {column: value}}, columns], {id: squared norm}]`;
 * its columns are numbered for the message alone, so that ids tell what belongs together. In a fold later
 * cells win and norms add up. Any difference is accepted; of what was learned here, that goes which comes
 * back in it.
 */
export class InvertedIndexMixable implements Mixable {
  readonly version: undefined;
  readonly #index: InvertedIndex;
  readonly #onColumn: (column: number, id: ByteString) => void;
  readonly #layouts = new CheckedLayout(walk);

  /** @param onColumn called with each column that MIX brings and that was not known, before it has cells */
  constructor(index: InvertedIndex, onColumn: (column: number, id: ByteString) => void = () => {}) {
    this.#index = index;
    this.#onColumn = onColumn;
  }

  *writeDiff(writer: Writer): Sliced {
    const index = this.#index;
    const { clearings, diff, features } = index;
    const start = writer.length;
    // Data that come while this is written have later columns.
    const columnEnd = index.columnEnd;
    const names = diff.features();
    const numbers = numberColumns(index, names, columnEnd);
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(2);
    writer.writeMapHeader(names.length);
    let cells = 0;
    for (const feature of names) {
      const from = diff.startOf(feature);
      let end = from + diff.countOf(feature);
      while (end > from && diff.columns[end - 1]! >= columnEnd) end--;
      writer.writeByteString(features.nameOf(feature));
      writer.writeMapHeader(end - from);
      for (let i = from; i < end; i++) {
        writer.writeInt(numbers[diff.columns[i]!]! - 1);
        writer.writeDouble(diff.values[i]!);
      }
      cells += end - from + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
      if (index.clearings === clearings) continue;
      writer.length = start;
      return yield* this.writeDiff(writer);
    }
    this.#writeColumns(writer, numbers);
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
    const layout = yield* this.#layouts.take(reader);
    const end = reader.position;
    const columns = new Map<number, number>();
    for (const [number, id] of layout.ids) columns.set(number, this.#intern(id));
    const marks = new Uint8Array(index.columnEnd);
    for (const column of columns.values()) marks[column] = 1;
    reader.position = layout.cellsAt;
    // Cells in both places count once, and columns without a norm not at all: nothing shows in between.
    yield* this.#setCells(reader, columns);
    if (index.clearings === clearings) yield* this.#removeLearned(marks);
    if (index.clearings === clearings) {
      index.clearDiffNorms(marks);
      for (const [id, norm] of layout.norms) index.addNorm(this.#intern(id), norm, true);
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

  #intern(id: ByteString): number {
    const isNew = !this.#index.has(id);
    const column = this.#index.intern(id);
    if (isNew) this.#onColumn(column, id);
    return column;
  }

  /** Appends the columns that have a number (plus 1) in the message, and their norms. */
  #writeColumns(writer: Writer, numbers: Int32Array): void {
    const index = this.#index;
    const columns: number[] = [];
    for (let column = 0; column < numbers.length; column++) if (numbers[column] !== 0) columns.push(column);
    writeIds(writer, columns.map((column) => index.idOf(column)!));
    writer.writeMapHeader(columns.length);
    for (const column of columns) {
      writer.writeByteString(index.idOf(column)!);
      writer.writeDouble(index.diffNormOf(column));
    }
  }

  /** Reads cells into what MIX agreed on; stops when everything is forgotten meanwhile. */
  *#setCells(reader: Reader, columns: ReadonlyMap<number, number>): Sliced {
    const index = this.#index;
    const { clearings, features } = index;
    let cells = 0;
    for (let left = reader.readMapHeader(); left > 0; left--) {
      const length = reader.readRawSpan();
      const feature = features.internName(reader.view, reader.rawStart, length);
      const count = reader.readMapHeader();
      for (let i = 0; i < count; i++) {
        const column = columns.get(reader.readUint32())!;
        index.setMixed(feature, column, reader.readDouble());
      }
      cells += count + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
      if (index.clearings !== clearings) return;
    }
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

/** Folds differences of indexes. */
export class InvertedIndexFold implements DiffFold {
  readonly #names = new ByteTable();
  readonly #cells = new Postings();
  readonly #columns = new KeyManager();
  readonly #norms = new Map<ByteString, number>();
  readonly #layouts = new CheckedLayout(walk);

  *check(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *add(reader: Reader): Sliced {
    const layout = yield* this.#layouts.take(reader);
    const end = reader.position;
    const columns = new Map<number, number>();
    for (const [number, id] of layout.ids) columns.set(number, this.#columns.intern(id));
    for (const [id, norm] of layout.norms) this.#norms.set(id, (this.#norms.get(id) ?? 0) + norm);
    reader.position = layout.cellsAt;
    let cells = 0;
    for (let left = reader.readMapHeader(); left > 0; left--) {
      const length = reader.readRawSpan();
      const feature = this.#names.intern(reader.view, reader.rawStart, length);
      const count = reader.readMapHeader();
      for (let i = 0; i < count; i++) {
        const column = columns.get(reader.readUint32())!;
        this.#cells.set(feature, column, reader.readDouble());
      }
      cells += count + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
    reader.position = end;
  }

  *write(writer: Writer): Sliced {
    const cells = this.#cells;
    const features = cells.features();
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(2);
    writer.writeMapHeader(features.length);
    let written = 0;
    for (const feature of features) {
      const start = cells.startOf(feature);
      const count = cells.countOf(feature);
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
}

/** What a difference holds, but for its cells. */
interface Layout {
  /** Position of the map of cells. */
  readonly cellsAt: number;
  /** Ids of the columns by their numbers in the message, in ascending order of these. */
  readonly ids: readonly (readonly [number, ByteString])[];
  /** Squared norms. */
  readonly norms: ReadonlyMap<ByteString, number>;
}

/** Passes over a difference; throws at anything that is not as it should be. */
function* walk(reader: Reader): Sliced<Layout> {
  reader.expectArray(2);
  reader.expectArray(2);
  const cellsAt = reader.position;
  const used = new Set<number>();
  let cells = 0;
  for (let left = reader.readMapHeader(); left > 0; left--) {
    reader.readRawSpan();
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
  const columns = new KeyManager();
  columns.unpack(reader);
  yield;
  const ids = [...columns.ids()].sort((a, b) => a - b).map((number) => [number, columns.keyOf(number)!] as const);
  for (const number of used) {
    if (columns.keyOf(number) === undefined) throw new RangeError(`a difference has a column ${number} without an id`);
  }
  const norms = new Map<ByteString, number>();
  for (let left = reader.readMapHeader(); left > 0; left--) {
    const id = reader.readByteString();
    norms.set(id, readFinite(reader));
  }
  return { cellsAt, ids, norms };
}

/** By column the number in the message plus 1; 0 for those that did not come after the last MIX. */
function numberColumns({ diff }: InvertedIndex, features: readonly number[], columnEnd: number): Int32Array {
  const numbers = new Int32Array(columnEnd);
  for (const feature of features) {
    const start = diff.startOf(feature);
    const end = start + diff.countOf(feature);
    for (let i = start; i < end; i++) numbers[diff.columns[i]!] = 1;
  }
  let count = 0;
  for (let column = 0; column < columnEnd; column++) if (numbers[column] !== 0) numbers[column] = ++count;
  return numbers;
}

/** Appends the ids as columns numbered from 0 on. */
function writeIds(writer: Writer, ids: readonly ByteString[]): void {
  const columns = new KeyManager();
  for (const id of ids) columns.intern(id);
  columns.pack(writer);
}
