import { type ByteString, compareByteStrings } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ByteTable } from "./byte_table.ts";
import { type FeatureTable, HELD_BY_WEIGHTS } from "./feature_table.ts";
import { LabelCache } from "./label_cache.ts";
import type { LabelRegistry } from "./label_registry.ts";
import { type DiffFold, type FoldOutcome, type Mixable, SLICE_CELLS, type Sliced } from "./mixable.ts";
import { readVersion, writeVersion } from "./struct_array.ts";
import type { Unlearner } from "./unlearner.ts";
import { IN_DIFF, IN_MASTER, SENT, WeightTable } from "./weight_table.ts";

/** Bytes to reserve per row of a difference, before its length is known. */
const ROW_BYTES_GUESS = 96;

/** More rows than this are not put in order: sorting them would take longer than a slice should. */
const ORDERED_ROWS_MAX = 1 << 12;

/** The weights of a linear model, as MIX sees them. */
export interface MixedWeights {
  readonly table: WeightTable;
  readonly features: FeatureTable;
  readonly registry: LabelRegistry;
  readonly unlearner: Unlearner | undefined;
  /** Number of rounds behind the weights. */
  version: number;
}

/**
 * MIX of weights. A difference is `[count, [[[feature, [[label, [v1, v2, 0]], …]], …], [version]]]` with the
 * changes of weight and covariance; folding averages weights over all servers and takes the least covariance.
 */
export class WeightMixable implements Mixable {
  readonly #model: MixedWeights;
  readonly #labels = new LabelCache();
  readonly #layouts = new Layouts();

  constructor(model: MixedWeights) {
    this.#model = model;
  }

  get version(): number {
    return this.#model.version;
  }

  *writeDiff(writer: Writer): Sliced {
    const { table, features, version } = this.#model;
    const ids = changedRows(table, features.idEnd);
    table.beginSending();
    writer.writeArrayHeader(2);
    writer.writeInt(1);
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(ids.length);
    writer.reserve(ids.length * ROW_BYTES_GUESS);
    let cells = 0;
    for (const id of ids) {
      cells += this.#writeRow(writer, id);
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
    writeVersion(writer, version);
  }

  createFold(): WeightFold {
    return new WeightFold();
  }

  *checkDiff(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *apply(reader: Reader): Sliced<boolean> {
    const { table, features, registry, unlearner } = this.#model;
    const layout = yield* this.#layouts.layoutOf(reader);
    const end = reader.position;
    if (layout.version !== this.#model.version) return false;
    if (unlearner !== undefined) this.#touchLabels(reader, layout, unlearner);
    reader.position = layout.rowsAt;
    let cells = 0;
    for (let row = 0; row < layout.rows; row++) {
      reader.readArrayHeader();
      const length = reader.readRawSpan();
      const id = features.internName(reader.view, reader.rawStart, length);
      table.reserveRows(features.idEnd);
      const labels = reader.readArrayHeader();
      for (let i = 0; i < labels; i++) {
        reader.readArrayHeader();
        const label = this.#readLabel(reader);
        reader.readArrayHeader();
        const weight = reader.readDouble();
        const covariance = reader.readDouble();
        reader.readDouble();
        if (unlearner === undefined || unlearner.has(label)) {
          table.addMixed(id, registry.register(label), weight, covariance);
        }
      }
      if (table.cellCount(id) > 0) features.hold(id, HELD_BY_WEIGHTS);
      cells += labels + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      features.dropUnheld();
      yield;
    }
    features.dropUnheld();
    table.endSending();
    this.#model.version++;
    reader.position = end;
    return true;
  }

  forgetSent(): void {
    this.#model.table.endSending();
  }

  adopt(previous: Mixable): void {
    if (!(previous instanceof WeightMixable)) return;
    const { table: from, features: names, registry: labels } = previous.#model;
    const { table, features, registry } = this.#model;
    for (const oldId of changedRows(from, names.idEnd)) {
      const id = features.intern(names.nameOf(oldId));
      table.reserveRows(features.idEnd);
      const start = from.rowStart(oldId);
      for (let cell = start; cell < start + from.cellCount(oldId); cell++) {
        if ((from.flags[cell]! & IN_DIFF) === 0) continue;
        table.addLearned(id, registry.register(labels.labelOf(from.slots[cell]!)), from, cell);
      }
      features.hold(id, HELD_BY_WEIGHTS);
    }
  }

  /** Appends a row of the difference; the number of its cells. */
  #writeRow(writer: Writer, id: number): number {
    const { table, features, registry } = this.#model;
    const start = table.rowStart(id);
    const end = start + table.cellCount(id);
    let changed = 0;
    for (let cell = start; cell < end; cell++) if ((table.flags[cell]! & IN_DIFF) !== 0) changed++;
    writer.writeArrayHeader(2);
    // A row may have vanished since the rows were counted.
    writer.writeByteString(end > start ? features.nameOf(id) : "");
    writer.writeArrayHeader(changed);
    for (let cell = start; cell < end; cell++) {
      if ((table.flags[cell]! & IN_DIFF) === 0) continue;
      writer.writeArrayHeader(2);
      writer.append(registry.encodedOf(table.slots[cell]!));
      writer.writeArrayHeader(3);
      writer.writeDouble(table.weightOn(cell, IN_DIFF));
      writer.writeDouble(table.hasCovariances ? table.covarianceOn(cell, IN_DIFF) : 0);
      writer.writeDouble(0);
      table.markSent(cell);
    }
    return changed;
  }

  /** As in 1.1.1, all labels of the message are touched before any cell is applied. */
  #touchLabels(reader: Reader, layout: Layout, unlearner: Unlearner): void {
    reader.position = layout.rowsAt;
    for (let row = 0; row < layout.rows; row++) {
      reader.readArrayHeader();
      reader.readRawSpan();
      for (let labels = reader.readArrayHeader(); labels > 0; labels--) {
        reader.readArrayHeader();
        unlearner.touch(this.#readLabel(reader));
        reader.skip();
      }
    }
  }

  #readLabel(reader: Reader): ByteString {
    const length = reader.readRawSpan();
    return this.#labels.get(reader.bytes, reader.rawStart, length);
  }
}

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
  readonly #labelSlots = new Map<ByteString, number>();
  readonly #labelCache = new LabelCache();
  /** Weights and covariances folded so far; as master weight the number of the difference that had the cell last. */
  #table = new WeightTable(true, true);
  /** Differences folded so far. */
  #folded = 0;
  /** The only difference folded so far, which is the result as it is. */
  #only: Uint8Array | undefined;
  /** Servers folded so far. */
  #count = 0;
  #version = 0;
  readonly #layouts = new Layouts();

  *check(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *add(reader: Reader): Sliced<FoldOutcome> {
    const start = reader.position;
    const layout = yield* this.#layouts.layoutOf(reader);
    const end = reader.position;
    const isFirst = this.#count === 0;
    if (!isFirst && layout.version < this.#version) return "ignored";
    const isNewer = !isFirst && layout.version > this.#version;
    if (isFirst || isNewer) {
      this.#names.clear();
      this.#table.clear();
      this.#count = 0;
      this.#version = layout.version;
    }
    this.#only = isFirst || isNewer ? reader.bytes.subarray(start, end) : undefined;
    this.#folded++;
    const total = layout.count + this.#count;
    const table = this.#table;
    reader.position = layout.rowsAt;
    let cells = 0;
    for (let row = 0; row < layout.rows; row++) {
      reader.readArrayHeader();
      const length = reader.readRawSpan();
      const id = this.#names.intern(reader.view, reader.rawStart, length);
      this.#names.setNumber(id, this.#folded);
      table.reserveRows(this.#names.idEnd);
      const labels = reader.readArrayHeader();
      for (let i = 0; i < labels; i++) {
        reader.readArrayHeader();
        const cell = table.require(id, this.#readSlot(reader));
        reader.readArrayHeader();
        const weight = reader.readDouble();
        const covariance = reader.readDouble();
        reader.readDouble();
        if (this.#count === 0) {
          table.weights[cell] = weight;
          table.covariances[cell] = covariance;
        } else {
          table.weights[cell] = (layout.count * weight + this.#count * table.weights[cell]!) / total;
          table.covariances[cell] = Math.min(covariance, table.covariances[cell]!);
        }
        table.masterWeights[cell] = this.#folded;
      }
      cells += labels + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
    if (this.#count > 0) yield* this.#foldMissing(layout.count, total);
    this.#count = total;
    reader.position = end;
    return isNewer ? "replaced" : "folded";
  }

  *write(writer: Writer): Sliced {
    if (this.#only !== undefined) {
      writer.append(this.#only);
      return;
    }
    const table = this.#table;
    const names = this.#names;
    const ranks = ranksOf(this.#labels);
    writer.writeArrayHeader(2);
    writer.writeInt(this.#count);
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(names.size);
    writer.reserve(names.size * ROW_BYTES_GUESS);
    let cells = 0;
    for (const id of this.#orderedNames()) {
      const count = table.cellCount(id);
      writer.writeArrayHeader(2);
      writer.writeByteString(names.textOf(id));
      writer.writeArrayHeader(count);
      for (const cell of this.#orderedCells(id, ranks)) {
        writer.writeArrayHeader(2);
        writer.writeByteString(this.#labels[table.slots[cell]!]!);
        writer.writeArrayHeader(3);
        writer.writeDouble(table.weights[cell]!);
        writer.writeDouble(table.covariances[cell]!);
        writer.writeDouble(0);
      }
      cells += count + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
    writeVersion(writer, this.#version);
  }

  /** Ids of the names in the order of 1.1.1; of very many, as they came. */
  #orderedNames(): number[] {
    const names = this.#names;
    const ids = Array.from({ length: names.size }, (_, id) => id);
    if (ids.length > ORDERED_ROWS_MAX) return ids;
    const texts = ids.map((id) => names.textOf(id));
    const group = (id: number): number => names.numberOf(id) === this.#folded ? 0 : 1;
    return ids.sort((a, b) => group(a) - group(b) || compareByteStrings(texts[a]!, texts[b]!));
  }

  /** The cells of a row in the order of 1.1.1. */
  #orderedCells(id: number, ranks: Int32Array): number[] {
    const { slots, masterWeights } = this.#table;
    const start = this.#table.rowStart(id);
    const cells = Array.from({ length: this.#table.cellCount(id) }, (_, i) => start + i);
    const place = (cell: number): number =>
      ranks[slots[cell]!]! + (masterWeights[cell] === this.#folded ? 0 : ranks.length);
    return cells.sort((a, b) => place(a) - place(b));
  }

  /** Cells that the difference just folded does not have: there, weight 0 and covariance 1. */
  *#foldMissing(count: number, total: number): Sliced {
    const table = this.#table;
    let cells = 0;
    for (let id = 0; id < this.#names.idEnd; id++) {
      const start = table.rowStart(id);
      const end = start + table.cellCount(id);
      for (let cell = start; cell < end; cell++) {
        if (table.masterWeights[cell] !== this.#folded) {
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

  #readSlot(reader: Reader): number {
    const length = reader.readRawSpan();
    const label = this.#labelCache.get(reader.bytes, reader.rawStart, length);
    const known = this.#labelSlots.get(label);
    if (known !== undefined) return known;
    const slot = this.#labels.push(label) - 1;
    this.#labelSlots.set(label, slot);
    return slot;
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

/** Where the parts of a difference of weights are. */
interface Layout {
  readonly count: number;
  /** Number of rows, and the position of the first. */
  readonly rows: number;
  readonly rowsAt: number;
  readonly version: number;
}

/** Checks differences and remembers where the parts of the last one are, as the check has just seen them. */
class Layouts {
  #bytes: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  #layout: Layout | undefined;

  /** Throws unless a difference of the right shape, with finite numbers, follows; passes over it. */
  *check(reader: Reader): Sliced<Layout> {
    const start = reader.position;
    reader.expectArray(2);
    const count = reader.readUint64();
    reader.expectArray(2);
    const rows = reader.readArrayHeader();
    const rowsAt = reader.position;
    let cells = 0;
    for (let row = 0; row < rows; row++) {
      reader.expectArray(2);
      reader.readRawSpan();
      const labels = reader.readArrayHeader();
      for (let i = 0; i < labels; i++) {
        reader.expectArray(2);
        reader.readRawSpan();
        reader.expectArray(3);
        if (!Number.isFinite(reader.readDouble() + reader.readDouble() + reader.readDouble())) {
          throw new TypeError("a difference has a number that is not finite");
        }
      }
      cells += labels + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
    this.#layout = { count, rows, rowsAt, version: readVersion(reader) };
    this.#bytes = reader.bytes;
    this.#start = start;
    this.#end = reader.position;
    return this.#layout;
  }

  /** The layout of the difference that follows; passes over it. */
  *layoutOf(reader: Reader): Sliced<Layout> {
    if (this.#layout === undefined || this.#bytes !== reader.bytes || this.#start !== reader.position) {
      return yield* this.check(reader);
    }
    reader.position = this.#end;
    return this.#layout;
  }
}

/** Ids of the features with a cell that changed since the last MIX. */
function changedRows(table: WeightTable, idEnd: number): Int32Array {
  const ids = new Int32Array(table.rowCount);
  let count = 0;
  for (let id = 0; id < idEnd && count < ids.length; id++) {
    const start = table.rowStart(id);
    const end = start + table.cellCount(id);
    for (let cell = start; cell < end; cell++) {
      if ((table.flags[cell]! & IN_DIFF) === 0) continue;
      ids[count++] = id;
      break;
    }
  }
  return ids.subarray(0, count);
}
