import { type FeatureTable, HELD_BY_WEIGHTS } from "./feature_table.ts";
import type { LabelRegistry } from "./label_registry.ts";
import { runAtOnce, SLICE_CELLS, type Sliced } from "./mixable.ts";
import { readStruct, readVersion, writeVersion } from "./struct_array.ts";
import { reserveRows } from "./weight_diff.ts";
import type { CellOrder } from "./cell_order.ts";
import { IN_DIFF, IN_MASTER, type MixedCells } from "./mixed_cells.ts";
import { ABSENT } from "./row_shape.ts";
import type { WeightTable } from "./weight_table.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/** So many rows are looked at between two yields. */
const SCAN_ROWS = 1 << 13;

/** The weights of a linear model, as a model file has them. */
export interface StoredWeights {
  readonly table: WeightTable;
  /** The same table, if it takes part in MIX. */
  readonly mixed: MixedCells | undefined;
  readonly features: FeatureTable;
  readonly registry: LabelRegistry;
  /** Number of MIX rounds behind the weights. */
  version: number;
}

/**
 * Appends `[master, registry, diff, version]`, where master and diff are
 * `{feature: {label id: [weight, covariance, 0]}}`. A table that takes no part in MIX has all in master.
 */
export function packWeights(writer: Writer, weights: StoredWeights): void {
  runAtOnce(packParts(writer, weights));
}

/**
 * Does what {@link packWeights} does, in slices. What is learned meanwhile may be part of it or not; when features or
 * labels go or labels come, it begins anew and packs the rest at once.
 */
export function* packWeightsSliced(writer: Writer, weights: StoredWeights): Sliced {
  const start = writer.length;
  const { table, registry } = weights;
  const { removals } = table;
  const { size } = registry;
  const work = packParts(writer, weights);
  while (!work.next().done) {
    yield;
    if (table.removals === removals && registry.size === size) continue;
    writer.length = start;
    return packWeights(writer, weights);
  }
}

function* packParts(writer: Writer, weights: StoredWeights): Sliced {
  const { registry, mixed, version } = weights;
  writer.writeArrayHeader(4);
  yield* packSide(writer, weights, IN_MASTER);
  registry.pack(writer);
  if (mixed !== undefined) yield* packSide(writer, weights, IN_DIFF);
  else writer.writeMapHeader(0);
  writeVersion(writer, version);
}

/** Reads what {@link packWeights} wrote into empty tables. */
export function unpackWeights(reader: Reader, weights: StoredWeights): void {
  // Cells name labels by ids that the registry behind them explains.
  let masterAt = -1;
  const unpackMaster = (): void => {
    const behind = reader.position;
    reader.position = masterAt;
    unpackSide(reader, weights, IN_MASTER);
    reader.position = behind;
    masterAt = -1;
  };
  readStruct(
    reader,
    () => {
      masterAt = reader.position;
      reader.skip();
    },
    () => {
      weights.registry.unpack(reader);
      unpackMaster();
    },
    () => unpackSide(reader, weights, IN_DIFF),
    () => weights.version = readVersion(reader),
  );
  if (masterAt >= 0) unpackMaster();
}

/** `{feature: {label id: [v1, v2, v3]}}` of the cells on one side. */
function* packSide(writer: Writer, weights: StoredWeights, side: number): Sliced {
  const { features, registry } = weights;
  const labelIds = Float64Array.from({ length: registry.slotEnd }, (_, slot) => registry.idOf(slot));
  const rows = yield* rowsOn(weights, side);
  writer.writeMapHeader(rows.length);
  const start = writer.length;
  for (let row = 0; row < rows.length;) {
    for (let cells = 0; row < rows.length && cells < SLICE_CELLS; row++) {
      features.writeName(rows[row]!, writer);
      cells += packCells(writer, weights, rows[row]!, labelIds, side) + 1;
    }
    if (row === rows.length) break;
    reserveRows(writer, start, row, rows.length - row);
    yield;
  }
}

/** Ids of the features with a cell on one side, in the order in which they are written. */
function* rowsOn({ table, mixed, features }: StoredWeights, side: number): Sliced<Int32Array> {
  const ordered = orderOn(mixed, side)?.ids();
  if (ordered !== undefined) return ordered;
  const { idEnd } = features;
  const rows = new Int32Array(table.rowCount);
  let count = 0;
  for (let id = 0; id < idEnd && count < rows.length;) {
    const sliceEnd = Math.min(idEnd, id + SCAN_ROWS);
    for (; id < sliceEnd && count < rows.length; id++) {
      if (mixed === undefined ? table.cellCount(id) > 0 : mixed.countOn(id, side) > 0) rows[count++] = id;
    }
    if (id < idEnd) yield;
  }
  return rows.subarray(0, count);
}

function orderOn(mixed: MixedCells | undefined, side: number): CellOrder | undefined {
  return side === IN_MASTER ? mixed?.orders?.master : mixed?.orders?.diff;
}

/** `{label id: [v1, v2, v3]}` of a feature's cells on one side; their number. */
function packCells(
  writer: Writer,
  { table, mixed }: StoredWeights,
  id: number,
  labelIds: Float64Array,
  side: number,
): number {
  const start = table.rowStart(id);
  const end = start + table.cellCount(id);
  const slots = orderOn(mixed, side)?.slotsOf(id);
  if (mixed !== undefined && slots !== undefined) {
    writer.writeMapHeader(slots.length);
    for (const slot of slots) {
      const cell = table.find(id, slot);
      packCell(writer, labelIds[slot]!, mixed.weightOn(cell, side), mixed.covarianceOn(cell, side));
    }
    return slots.length;
  }
  const isHere = (cell: number): boolean => mixed === undefined ? table.slots[cell] !== ABSENT : mixed.isOn(cell, side);
  let count = 0;
  for (let cell = start; cell < end; cell++) if (isHere(cell)) count++;
  writer.writeMapHeader(count);
  for (let cell = start; cell < end; cell++) {
    if (!isHere(cell)) continue;
    const labelId = labelIds[table.slots[cell]!]!;
    if (mixed !== undefined) packCell(writer, labelId, mixed.weightOn(cell, side), mixed.covarianceOn(cell, side));
    else packCell(writer, labelId, table.weights[cell]!, table.hasCovariances ? table.covariances[cell]! : 0);
  }
  return count;
}

function packCell(writer: Writer, labelId: number, weight: number, covariance: number): void {
  writer.writeInt(labelId);
  writer.writeArrayHeader(3);
  writer.writeDouble(weight);
  writer.writeDouble(covariance);
  writer.writeDouble(0);
}

function unpackSide(reader: Reader, weights: StoredWeights, side: number): void {
  const { table, mixed, features, registry } = weights;
  const loaded: LoadedCell = { weight: 0, covariance: 0 };
  /** Slots of label ids, as far as they were met. */
  const slots = new Map<number, number>();
  let id = -1;
  for (let rows = reader.readMapHeader(); rows > 0; rows--) {
    const length = reader.readRawSpan();
    id = features.internName(reader.view, reader.rawStart, length, id + 1);
    table.reserveRows(id + 1);
    for (let cells = reader.readMapHeader(); cells > 0; cells--) {
      const label = reader.readUint64();
      let slot = slots.get(label);
      if (slot === undefined) slots.set(label, slot = registry.slotOfId(label));
      readCell(reader, loaded);
      // 1.1.1 does not check that the label exists, and never lists one that does not.
      if (slot < 0) continue;
      if (mixed !== undefined) mixed.setLoaded(id, slot, loaded.weight, loaded.covariance, side);
      else addLoaded(table, id, slot, loaded, side);
    }
    if (table.cellCount(id) > 0) features.hold(id, HELD_BY_WEIGHTS);
  }
}

/** Adds what one side of a file has: without MIX, both sides are one. Of a cell that the file has twice the last stays. */
function addLoaded(table: WeightTable, id: number, slot: number, loaded: LoadedCell, side: number): void {
  const known = side === IN_MASTER ? -1 : table.find(id, slot);
  const cell = known >= 0 ? known : table.require(id, slot);
  table.weights[cell] = (known >= 0 ? table.weights[cell]! : 0) + loaded.weight;
  if (table.hasCovariances) table.covariances[cell] = (known >= 0 ? table.covariances[cell]! : 0) + loaded.covariance;
}

interface LoadedCell {
  weight: number;
  covariance: number;
}

/** Reads `[v1, v2, v3]`; fields may be missing or surplus. */
function readCell(reader: Reader, cell: LoadedCell): void {
  const start = reader.position;
  if (reader.readArrayHeader() === 3) {
    cell.weight = reader.readDouble();
    cell.covariance = reader.readDouble();
    reader.readDouble();
    return;
  }
  reader.position = start;
  cell.weight = 0;
  cell.covariance = 0;
  readStruct(
    reader,
    () => cell.weight = reader.readDouble(),
    () => cell.covariance = reader.readDouble(),
    () => reader.readDouble(),
  );
}
