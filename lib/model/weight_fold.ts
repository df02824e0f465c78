import { type ByteString, compareByteStrings } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import { ByteTable } from "./byte_table.ts";
import { CheckedLayout } from "./checked_layout.ts";
import { ORDERED_FEATURES_MAX } from "./feature_order.ts";
import { LabelCache } from "./label_cache.ts";
import { type DiffFold, type FoldOutcome, SLICE_CELLS, type Sliced } from "./mixable.ts";
import { writeVersion } from "./struct_array.ts";
import {
  LabelColumns,
  reserveRows,
  RowGuide,
  UNKNOWN_LABEL,
  walkWeightDiff,
  type WeightDiffLayout,
  WeightRows,
  writeWeightCell,
} from "./weight_diff.ts";
import { type CellColumns, CELLS_MIN, WeightTable } from "./weight_table.ts";

/** Bytes to reserve per row of a difference, before its length is known. */
const ROW_BYTES_GUESS = 96;
/** So many bytes are copied between two yields. */
const SLICE_BYTES = 1 << 20;

/**
 * Folds differences of weights, without knowing any model.
 *
 * The order of what is written shows: by it servers number labels they did not know, and touch those that an
 * unlearner holds. 1.1.1 has first what was in the difference folded last, ascending, then the rest, ascending.
 */
export class WeightFold implements DiffFold {
  /** Features, each with the number of the difference that had it last. */
  readonly #names = new ByteTable();
  readonly #labels: ByteString[] = [];
  /** The same as msgpack raws. */
  readonly #encodedLabels: Uint8Array[] = [];
  readonly #labelSlots = new Map<ByteString, number>();
  readonly #labelCache = new LabelCache();
  readonly #columns = new LabelColumns();
  /** Offsets of the cells of the row being written. */
  readonly #order: number[] = [];
  readonly #marks = new FoldMarks();
  /** Weights and covariances folded so far. */
  readonly #table = new WeightTable(true, false, this.#marks);
  /** Differences folded so far. */
  #folded = 0;
  /** The only difference folded so far, which is the result as it is. */
  #only: Uint8Array | undefined;
  /** Servers folded so far. */
  #count = 0;
  #version = 0;
  readonly #layouts = new CheckedLayout(walkWeightDiff);

  *check(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *add(reader: Reader): Sliced<FoldOutcome> {
    const start = reader.position;
    const layout = yield* this.#layouts.take(reader);
    const end = reader.position;
    const isFirst = this.#count === 0;
    if (!isFirst && layout.version < this.#version) return "ignored";
    const isNewer = !isFirst && layout.version > this.#version;
    if (isFirst || isNewer) {
      this.#names.clear();
      this.#table.clear();
      this.#count = 0;
      this.#version = layout.version;
      // Most of what the others have is the same. Each takes some milliseconds when there is much of it.
      this.#names.reserve(layout.rows);
      yield;
      this.#table.reserveRows(layout.rows);
      yield;
      this.#table.reserveCells(2 * layout.rows);
      yield;
    }
    this.#only = isFirst || isNewer ? reader.bytes.subarray(start, end) : undefined;
    this.#folded++;
    this.#columns.clear();
    const rows = new WeightRows(reader, layout.rowsAt);
    const guide = new RowGuide(this.#names, this.#table);
    for (let left = layout.rows; left > 0;) {
      left = this.#addRows(rows, guide, left, layout);
      if (left > 0) yield;
    }
    const total = layout.count + this.#count;
    if (this.#count > 0) yield* this.#foldMissing(layout.count, total);
    this.#count = total;
    reader.position = end;
    return isNewer ? "replaced" : "folded";
  }

  *write(writer: Writer): Sliced {
    if (this.#only !== undefined) return yield* copy(this.#only, writer);
    const names = this.#names;
    const order = this.#orderedNames();
    const ranks = ranksOf(this.#labels);
    writer.writeArrayHeader(2);
    writer.writeInt(this.#count);
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(names.size);
    writer.reserve(names.size * ROW_BYTES_GUESS);
    const start = writer.length;
    for (let row = 0; row < names.size;) {
      for (let cells = 0; row < names.size && cells < SLICE_CELLS; row++) {
        cells += this.#writeRow(writer, order === undefined ? row : order[row]!, ranks) + 1;
      }
      if (row === names.size) break;
      reserveRows(writer, start, row, names.size - row);
      yield;
    }
    writeVersion(writer, this.#version);
  }

  /** Folds about a slice's worth of `left` rows; how many are left then. */
  #addRows(rows: WeightRows, guide: RowGuide, left: number, { count }: WeightDiffLayout): number {
    const names = this.#names;
    const table = this.#table;
    const marks = this.#marks;
    const columns = this.#columns;
    const folded = this.#folded;
    const countBefore = this.#count;
    const total = count + countBefore;
    for (let cells = 0; left > 0 && cells < SLICE_CELLS; left--) {
      const guess = guide.guess(rows, left);
      rows.nextRow();
      const id = names.intern(rows.view, rows.nameStart, rows.nameLength, -1, 0, guess);
      guide.note(id);
      names.setNumber(id, folded);
      table.reserveRows(names.idEnd);
      for (let column = 0; column < rows.cells; column++) {
        if (!rows.nextCell()) {
          this.#only = undefined;
          continue;
        }
        let slot = columns.find(rows, column);
        if (slot === UNKNOWN_LABEL) {
          slot = this.#slotOf(rows);
          columns.set(rows, column, slot);
        }
        const cell = table.require(id, slot);
        if (countBefore === 0) {
          table.weights[cell] = rows.weight;
          table.covariances[cell] = rows.covariance;
        } else {
          table.weights[cell] = (count * rows.weight + countBefore * table.weights[cell]!) / total;
          table.covariances[cell] = Math.min(rows.covariance, table.covariances[cell]!);
        }
        marks.of[cell] = folded;
      }
      cells += rows.cells + 1;
    }
    return left;
  }

  /** Cells that the difference just folded does not have: there, weight 0 and covariance 1. */
  *#foldMissing(count: number, total: number): Sliced {
    const table = this.#table;
    let cells = 0;
    for (let id = 0; id < this.#names.idEnd; id++) {
      const start = table.rowStart(id);
      const end = start + table.cellCount(id);
      for (let cell = start; cell < end; cell++) {
        if (this.#marks.of[cell] !== this.#folded) {
          table.weights[cell] = (count * 0 + this.#count * table.weights[cell]!) / total;
          table.covariances[cell] = Math.min(1, table.covariances[cell]!);
        }
      }
      cells += end - start + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
  }

  /** Appends a row, its cells in the order of 1.1.1; their number. */
  #writeRow(writer: Writer, id: number, ranks: Int32Array): number {
    const table = this.#table;
    const count = table.cellCount(id);
    const start = table.rowStart(id);
    writer.writeArrayHeader(2);
    writer.writeRawHeader(this.#names.lengthOf(id));
    this.#names.writeTo(id, writer);
    writer.writeArrayHeader(count);
    const order = this.#cellOrder(start, count, ranks);
    for (let i = 0; i < count; i++) {
      const cell = start + order[i]!;
      writeWeightCell(writer, this.#encodedLabels[table.slots[cell]!]!, table.weights[cell]!, table.covariances[cell]!);
    }
    return count;
  }

  /** Ids of the names in the order of 1.1.1; of very many undefined, which means as they came. */
  #orderedNames(): number[] | undefined {
    const names = this.#names;
    if (names.size > ORDERED_FEATURES_MAX) return undefined;
    const ids = Array.from({ length: names.size }, (_, id) => id);
    const texts = ids.map((id) => names.textOf(id));
    const group = (id: number): number => names.numberOf(id) === this.#folded ? 0 : 1;
    return ids.sort((a, b) => group(a) - group(b) || compareByteStrings(texts[a]!, texts[b]!));
  }

  /** Offsets of a row's cells in the order of 1.1.1. */
  #cellOrder(start: number, count: number, ranks: Int32Array): readonly number[] {
    const { slots } = this.#table;
    const marks = this.#marks.of;
    const place = (i: number): number =>
      ranks[slots[start + i]!]! + (marks[start + i] === this.#folded ? 0 : ranks.length);
    const order = this.#order;
    order.length = count;
    for (let i = 0; i < count; i++) order[i] = i;
    let isOrdered = true;
    for (let i = 1; i < count; i++) isOrdered &&= place(i - 1) < place(i);
    return isOrdered ? order : order.sort((a, b) => place(a) - place(b));
  }

  #slotOf({ bytes, labelStart, labelLength }: WeightRows): number {
    const label = this.#labelCache.get(bytes, labelStart, labelLength);
    const known = this.#labelSlots.get(label);
    if (known !== undefined) return known;
    const slot = this.#labels.push(label) - 1;
    const encoded = new Writer(labelLength + 8);
    encoded.writeByteString(label);
    this.#encodedLabels.push(encoded.take());
    this.#labelSlots.set(label, slot);
    return slot;
  }
}

/** Of each cell of a fold the number of the difference that had it last. */
class FoldMarks implements CellColumns {
  of = new Int32Array(CELLS_MIN);

  resize(length: number): void {
    const marks = new Int32Array(length);
    marks.set(this.of);
    this.of = marks;
  }

  initialize(cell: number): void {
    this.of[cell] = 0;
  }

  move(from: number, to: number, count: number): void {
    this.of.copyWithin(to, from, from + count);
  }

  forget(): void {}

  clear(): void {
    this.of = new Int32Array(CELLS_MIN);
  }
}

function* copy(bytes: Uint8Array, writer: Writer): Sliced {
  writer.reserve(bytes.length);
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) yield;
    writer.append(bytes, at, Math.min(bytes.length, at + SLICE_BYTES));
  }
}

/** The place of each label among all in ascending order. */
function ranksOf(labels: readonly ByteString[]): Int32Array {
  const ranks = new Int32Array(labels.length);
  [...labels.keys()].sort((a, b) => compareByteStrings(labels[a]!, labels[b]!)).forEach((slot, rank) =>
    ranks[slot] = rank
  );
  return ranks;
}
