import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { CheckedLayout } from "./checked_layout.ts";
import { type FeatureTable, HELD_BY_WEIGHTS } from "./feature_table.ts";
import { LabelCache } from "./label_cache.ts";
import type { LabelRegistry } from "./label_registry.ts";
import { type Mixable, runAtOnce, SLICE_CELLS, type Sliced } from "./mixable.ts";
import { writeVersion } from "./struct_array.ts";
import type { Unlearner } from "./unlearner.ts";
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
import { WeightFold } from "./weight_fold.ts";
import { IN_DIFF, type MixedCells } from "./mixed_cells.ts";

/** Bytes to reserve per row of a difference, before its length is known. */
const ROW_BYTES_GUESS = 96;
/** So many rows are looked at between two yields. */
const SCAN_ROWS = 1 << 13;
/** A label that the unlearner has let go; its cells are passed over. */
const NO_LABEL = -1;

/** What MIX needs of a linear model besides its weights. */
export interface MixedModel {
  readonly features: FeatureTable;
  readonly registry: LabelRegistry;
  readonly unlearner?: Unlearner | undefined;
  /** Number of rounds behind the weights. */
  version: number;
}

/**
 * MIX of weights. A difference is `[count, [[[feature, [[label, [v1, v2, 0]], …]], …], [version]]]` with the
 * changes of weight and covariance; folding averages weights over all servers and takes the least covariance.
 */
export class WeightMixable implements Mixable {
  readonly #model: MixedModel;
  readonly #mixed: MixedCells;
  readonly #labels = new LabelCache();
  readonly #columns = new LabelColumns();
  readonly #layouts = new CheckedLayout(walkWeightDiff);

  constructor(model: MixedModel, mixed: MixedCells) {
    this.#model = model;
    this.#mixed = mixed;
  }

  get version(): number {
    return this.#model.version;
  }

  *writeDiff(writer: Writer): Sliced {
    const { version } = this.#model;
    const mixed = this.#mixed;
    const ids = yield* this.#changedRows((id) => mixed.forgetSent(id));
    mixed.beginSending();
    writer.writeArrayHeader(2);
    writer.writeInt(1);
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(ids.length);
    writer.reserve(ids.length * ROW_BYTES_GUESS);
    const start = writer.length;
    for (let row = 0; row < ids.length;) {
      for (let cells = 0; row < ids.length && cells < SLICE_CELLS; row++) {
        cells += this.#writeRow(writer, ids[row]!) + 1;
      }
      if (row === ids.length) break;
      reserveRows(writer, start, row, ids.length - row);
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
    const { features, unlearner } = this.#model;
    const mixed = this.#mixed;
    const layout = yield* this.#layouts.take(reader);
    if (layout.version !== this.#model.version) return false;
    if (unlearner !== undefined) yield* this.#touchLabels(new WeightRows(reader, layout.rowsAt), layout, unlearner);
    const rows = new WeightRows(reader, layout.rowsAt);
    const guide = new RowGuide(features, mixed);
    for (let left = layout.rows; left > 0;) {
      left = this.#applyRows(rows, guide, left);
      features.dropUnheld();
      if (left > 0) yield;
    }
    features.dropUnheld();
    mixed.orders?.drainDiff((id, slot) => mixed.isOn(mixed.table.find(id, slot), IN_DIFF));
    mixed.endSending();
    this.#model.version++;
    return true;
  }

  forgetSent(): void {
    this.#mixed.endSending();
  }

  adopt(previous: Mixable): void {
    if (!(previous instanceof WeightMixable)) return;
    const { features: names, registry: labels } = previous.#model;
    const { features, registry } = this.#model;
    const from = previous.#mixed;
    const mixed = this.#mixed;
    for (const oldId of runAtOnce(previous.#changedRows())) {
      const id = features.intern(names.nameOf(oldId));
      mixed.table.reserveRows(features.idEnd);
      const start = from.table.rowStart(oldId);
      for (let cell = start; cell < start + from.table.cellCount(oldId); cell++) {
        if (!from.isOn(cell, IN_DIFF)) continue;
        mixed.addLearned(id, registry.register(labels.labelOf(from.table.slots[cell]!)), from, cell);
      }
      features.hold(id, HELD_BY_WEIGHTS);
    }
  }

  /** Appends a row of the difference; the number of its cells. */
  #writeRow(writer: Writer, id: number): number {
    const { features } = this.#model;
    const mixed = this.#mixed;
    const { table } = mixed;
    const start = table.rowStart(id);
    const end = start + table.cellCount(id);
    const changed = mixed.countOn(id, IN_DIFF);
    writer.writeArrayHeader(2);
    // A row may have vanished since the rows were counted.
    if (end > start) features.writeName(id, writer);
    else writer.writeRawHeader(0);
    writer.writeArrayHeader(changed);
    const slots = mixed.orders?.diff.slotsOf(id);
    if (slots !== undefined) { for (const slot of slots) this.#writeCell(writer, table.find(id, slot)); }
    else for (let cell = start; cell < end; cell++) if (mixed.isOn(cell, IN_DIFF)) this.#writeCell(writer, cell);
    return changed;
  }

  #writeCell(writer: Writer, cell: number): void {
    const { registry } = this.#model;
    const mixed = this.#mixed;
    const label = registry.encodedOf(mixed.table.slots[cell]!);
    writeWeightCell(writer, label, mixed.weightOn(cell, IN_DIFF), mixed.covarianceOn(cell, IN_DIFF));
    mixed.markSent(cell);
  }

  /** Applies about a slice's worth of `left` rows; how many are left then. */
  #applyRows(rows: WeightRows, guide: RowGuide, left: number): number {
    const { features } = this.#model;
    const mixed = this.#mixed;
    const { table } = mixed;
    const columns = this.#columns;
    // Labels may have come and gone since the last slice.
    columns.clear();
    for (let cells = 0; left > 0 && cells < SLICE_CELLS; left--) {
      const guess = guide.guess(rows, left);
      rows.nextRow();
      const id = features.internName(rows.view, rows.nameStart, rows.nameLength, guess);
      guide.note(id);
      table.reserveRows(features.idEnd);
      for (let column = 0; column < rows.cells; column++) {
        if (!rows.nextCell()) continue;
        let slot = columns.find(rows, column);
        if (slot === UNKNOWN_LABEL) {
          slot = this.#slotOf(rows);
          columns.set(rows, column, slot);
        }
        if (slot !== NO_LABEL) mixed.addMixed(id, slot, rows.weight, rows.covariance);
      }
      if (table.cellCount(id) > 0) features.hold(id, HELD_BY_WEIGHTS);
      cells += rows.cells + 1;
    }
    return left;
  }

  /** The slot of a cell's label, which is registered if need be; {@link NO_LABEL} if the unlearner has let it go. */
  #slotOf({ bytes, labelStart, labelLength }: WeightRows): number {
    const { registry, unlearner } = this.#model;
    const label = this.#labels.get(bytes, labelStart, labelLength);
    return unlearner === undefined || unlearner.has(label) ? registry.register(label) : NO_LABEL;
  }

  /** As in 1.1.1, all labels of the message are touched before any cell is applied. */
  *#touchLabels(rows: WeightRows, layout: WeightDiffLayout, unlearner: Unlearner): Sliced {
    let cells = 0;
    for (let row = 0; row < layout.rows; row++) {
      rows.nextRow();
      for (let i = 0; i < rows.cells; i++) {
        rows.nextCell();
        unlearner.touch(this.#labels.get(rows.bytes, rows.labelStart, rows.labelLength));
      }
      cells += rows.cells + 1;
      if (cells < SLICE_CELLS) continue;
      cells = 0;
      yield;
    }
  }

  /** Ids of the features with a cell that changed since the last MIX; `visit` gets those of all features. */
  *#changedRows(visit: (id: number) => void = () => {}): Sliced<Int32Array> {
    const { features } = this.#model;
    const mixed = this.#mixed;
    const ids = new Int32Array(mixed.table.rowCount);
    const { idEnd } = features;
    let count = 0;
    for (let id = 0; id < idEnd;) {
      const sliceEnd = Math.min(idEnd, id + SCAN_ROWS);
      for (; id < sliceEnd; id++) {
        visit(id);
        if (count < ids.length && mixed.countOn(id, IN_DIFF) > 0) ids[count++] = id;
      }
      if (id < idEnd) yield;
    }
    return mixed.orders?.diff.ids() ?? ids.subarray(0, count);
  }
}
