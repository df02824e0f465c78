import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { type FeatureTable, HELD_BY_INDEX } from "./feature_table.ts";
import type { FeatureVector } from "./feature_vector.ts";
import { KeyManager } from "./key_manager.ts";
import { Postings } from "./postings.ts";
import { readStruct } from "./struct_array.ts";

/** Numbers of columns may be so many more than twice the columns; beyond that they are made dense. */
const GAPS_MAX = 65536;

/**
 * Stored data as columns of a sparse matrix, found by their features. What came before the last MIX
 * (master) is kept apart from what came after it (diff); a cell of diff hides one of master, norms
 * add up.
 */
export class InvertedIndex {
  /** Inner products of all columns with the vector given to {@link multiply}; 0 elsewhere. */
  products: Float64Array<ArrayBuffer> = new Float64Array(64);
  /** Columns with a product, after {@link multiply}; some may be named twice. */
  touched: Int32Array<ArrayBuffer> = new Int32Array(64);
  /** How many of {@link touched} are valid. */
  touchedCount = 0;
  /** The engine's features. */
  readonly features: FeatureTable;
  readonly #master = new Postings();
  /** Cells since the last MIX. Standalone: all. */
  readonly diff: Postings = new Postings();
  /** Squared norm of each column; 0 when absent. */
  #masterNorms: Float64Array<ArrayBuffer> = new Float64Array(64);
  #diffNorms: Float64Array<ArrayBuffer> = new Float64Array(64);
  readonly #columns = new KeyManager();
  /** How often everything was forgotten; ids of features and numbers of columns from before are void. */
  clearings = 0;

  constructor(features: FeatureTable) {
    this.features = features;
  }

  /** Columns are numbered below this. */
  get columnEnd(): number {
    return this.#columns.nextId;
  }

  /** True when there is a column for this id. */
  has(id: ByteString): boolean {
    return this.#columns.find(id) >= 0;
  }

  /** The id of a column. */
  idOf(column: number): ByteString | undefined {
    return this.#columns.keyOf(column);
  }

  /** The squared norm of a column, 0 when it has no features. */
  normOf(column: number): number {
    return this.#masterNorms[column]! + this.#diffNorms[column]!;
  }

  /**
   * Stores a vector under a new id and returns its column. An empty one leaves no trace: -1. Of a feature that occurs
   * twice the last value stays, in the norm as well.
   */
  add(id: ByteString, vector: FeatureVector): number {
    if (vector.count === 0) return -1;
    const column = this.intern(id);
    for (let i = 0; i < vector.count; i++) {
      const value = vector.values[i]!;
      const before = this.setLearned(vector.ids[i]!, column, value);
      this.#diffNorms[column] = this.#diffNorms[column]! - before * before + value * value;
    }
    return column;
  }

  /** Computes {@link products}; before the next call they must be brought back by {@link reset}. */
  multiply(vector: FeatureVector): void {
    this.touchedCount = 0;
    for (let i = 0; i < vector.count; i++) {
      const feature = vector.ids[i]!;
      const value = vector.values[i]!;
      const diffCount = this.diff.countOf(feature);
      const masterCount = this.#master.countOf(feature);
      this.#reserveTouched(diffCount + masterCount);
      if (diffCount > 0) this.#addList(this.diff, this.diff.startOf(feature), diffCount, value);
      if (masterCount === 0) continue;
      if (diffCount === 0) this.#addList(this.#master, this.#master.startOf(feature), masterCount, value);
      else this.#addUnhidden(feature, value);
    }
  }

  /** Sets all products to 0. */
  reset(): void {
    for (let i = 0; i < this.touchedCount; i++) this.products[this.touched[i]!] = 0;
    this.touchedCount = 0;
  }

  /** Forgets everything; columns begin again with 0. */
  clear(): void {
    for (const postings of [this.#master, this.diff]) {
      for (const feature of postings.features()) this.features.release(feature, HELD_BY_INDEX);
      postings.clear();
    }
    this.#masterNorms.fill(0);
    this.#diffNorms.fill(0);
    this.#columns.clear();
    this.clearings++;
  }

  /** The column for an id, a new one without features when there is none. */
  intern(id: ByteString): number {
    const column = this.#columns.intern(id);
    this.#reserveColumns(column + 1);
    return column;
  }

  /** The squared norm of a column as far as it came after the last MIX. */
  diffNormOf(column: number): number {
    return this.#diffNorms[column]!;
  }

  /** Sets a cell that came after the last MIX, and returns what it was; the norm is a matter of {@link addNorm}. */
  setLearned(feature: number, column: number, value: number): number {
    this.features.hold(feature, HELD_BY_INDEX);
    return this.diff.set(feature, column, value);
  }

  /** Sets a cell that MIX agreed on; 0 removes it. */
  setMixed(feature: number, column: number, value: number): void {
    if (value === 0) {
      this.#master.remove(feature, column);
      this.#releaseUnused(feature);
    } else {
      this.features.hold(feature, HELD_BY_INDEX);
      this.#master.set(feature, column, value);
    }
  }

  /** Takes a feature off the columns with a mark, as far as that came after the last MIX. */
  removeLearned(feature: number, marks: Uint8Array): void {
    this.diff.removeMarked(feature, marks);
    this.#releaseUnused(feature);
  }

  /** Adds to the squared norm that MIX agreed on, or to that since then. */
  addNorm(column: number, amount: number, isMixed: boolean): void {
    const norms = isMixed ? this.#masterNorms : this.#diffNorms;
    norms[column] = Math.max(0, norms[column]! + amount);
  }

  /** Forgets the norms since the last MIX of the columns with a mark. */
  clearDiffNorms(marks: Uint8Array): void {
    for (let column = 0; column < marks.length; column++) if (marks[column] !== 0) this.#diffNorms[column] = 0;
  }

  /** Writes `[master, diff, master norms, diff norms, columns]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(5);
    this.#packPostings(writer, this.#master);
    this.#packPostings(writer, this.diff);
    this.#packNorms(writer, this.#masterNorms);
    this.#packNorms(writer, this.#diffNorms);
    this.#columns.pack(writer);
  }

  /**
   * Replaces everything by what {@link pack} wrote; throws when a column has no id. Columns whose numbers
   * are far apart are numbered anew: memory goes by the largest number.
   */
  unpack(reader: Reader): void {
    this.clear();
    // Cells name columns by numbers that the registry behind them explains.
    const starts: number[] = [];
    const passOver = (): void => {
      starts.push(reader.position);
      reader.skip();
    };
    readStruct(reader, passOver, passOver, passOver, passOver, () => this.#columns.unpack(reader));
    const end = reader.position;
    const renumbered = this.columnEnd > 2 * this.#columns.size + GAPS_MAX ? this.#columns.renumber() : undefined;
    this.#reserveColumns(this.columnEnd);
    const readColumn = (): number => {
      const number = reader.readUint32();
      const column = renumbered === undefined ? number : renumbered.get(number) ?? -1;
      if (this.idOf(column) === undefined) throw new RangeError(`index is broken: column ${number} has no id`);
      return column;
    };
    const parts = [
      () => this.#unpackPostings(reader, this.#master, readColumn),
      () => this.#unpackPostings(reader, this.diff, readColumn),
      () => unpackNorms(reader, this.#masterNorms, readColumn),
      () => unpackNorms(reader, this.#diffNorms, readColumn),
    ];
    starts.forEach((start, i) => {
      reader.position = start;
      parts[i]!();
    });
    reader.position = end;
  }

  /** Lets a feature go that has no cell any more. */
  #releaseUnused(feature: number): void {
    if (this.#master.countOf(feature) > 0 || this.diff.countOf(feature) > 0) return;
    this.features.release(feature, HELD_BY_INDEX);
  }

  #addList(postings: Postings, start: number, count: number, value: number): void {
    this.touchedCount = addProducts(
      postings.columns,
      postings.values,
      start,
      count,
      value,
      this.products,
      this.touched,
      this.touchedCount,
    );
  }

  /** Adds the cells of master that no cell of diff hides. Rare: only an id stored twice has both. */
  #addUnhidden(feature: number, value: number): void {
    let diffAt = this.diff.startOf(feature);
    const diffEnd = diffAt + this.diff.countOf(feature);
    const start = this.#master.startOf(feature);
    const end = start + this.#master.countOf(feature);
    for (let i = start; i < end; i++) {
      const column = this.#master.columns[i]!;
      while (diffAt < diffEnd && this.diff.columns[diffAt]! < column) diffAt++;
      if (diffAt === diffEnd || this.diff.columns[diffAt] !== column) this.#addList(this.#master, i, 1, value);
    }
  }

  #packPostings(writer: Writer, postings: Postings): void {
    writer.writeMapHeader(postings.size);
    for (const feature of postings.features()) {
      writer.writeByteString(this.features.nameOf(feature));
      const start = postings.startOf(feature);
      const count = postings.countOf(feature);
      writer.writeMapHeader(count);
      for (let i = start; i < start + count; i++) {
        writer.writeInt(postings.columns[i]!);
        writer.writeDouble(postings.values[i]!);
      }
    }
  }

  #packNorms(writer: Writer, norms: Float64Array): void {
    const columns: number[] = [];
    for (let column = 0; column < this.columnEnd; column++) {
      if (norms[column] !== 0) columns.push(column);
    }
    writer.writeMapHeader(columns.length);
    for (const column of columns) {
      writer.writeInt(column);
      writer.writeDouble(norms[column]!);
    }
  }

  #unpackPostings(reader: Reader, postings: Postings, readColumn: () => number): void {
    for (let i = reader.readMapHeader(); i > 0; i--) {
      const feature = this.features.intern(reader.readByteString());
      const count = reader.readMapHeader();
      if (count > 0) this.features.hold(feature, HELD_BY_INDEX);
      for (let j = 0; j < count; j++) {
        const column = readColumn();
        postings.set(feature, column, reader.readDouble());
      }
    }
  }

  #reserveColumns(needed: number): void {
    this.#masterNorms = withRoom(this.#masterNorms, needed);
    this.#diffNorms = withRoom(this.#diffNorms, needed);
    this.products = withRoom(this.products, needed);
  }

  #reserveTouched(extra: number): void {
    const needed = this.touchedCount + extra;
    if (needed <= this.touched.length) return;
    const grown = new Int32Array(Math.max(needed, this.touched.length * 2));
    grown.set(this.touched);
    this.touched = grown;
  }
}

/** Adds value * (a list's values) to the products, and notes the columns that had none. Returns how many are noted. */
function addProducts(
  columns: Int32Array,
  values: Float64Array,
  start: number,
  count: number,
  value: number,
  products: Float64Array,
  touched: Int32Array,
  touchedCount: number,
): number {
  for (let i = start; i < start + count; i++) {
    const column = columns[i]!;
    const product = products[column]!;
    if (product === 0) touched[touchedCount++] = column;
    products[column] = product + values[i]! * value;
  }
  return touchedCount;
}

function withRoom(array: Float64Array<ArrayBuffer>, needed: number): Float64Array<ArrayBuffer> {
  if (needed <= array.length) return array;
  const grown = new Float64Array(Math.max(needed, array.length * 2));
  grown.set(array);
  return grown;
}

function unpackNorms(reader: Reader, norms: Float64Array, readColumn: () => number): void {
  for (let i = reader.readMapHeader(); i > 0; i--) {
    const column = readColumn();
    norms[column] = reader.readDouble();
  }
}
