import { type FeatureTable, HELD_BY_WEIGHTS } from "./feature_table.ts";
import type { LabelRegistry } from "./label_registry.ts";
import { runAtOnce, SLICE_CELLS, type Sliced } from "./mixable.ts";
import { readStruct, readVersion, writeVersion } from "./struct_array.ts";
import { reserveRows } from "./weight_diff.ts";
import { ABSENT, IN_DIFF, IN_MASTER, type WeightTable } from "./weight_table.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/** So many rows are looked at between two yields. */
const SCAN_ROWS = 1 << 13;

/**
 * Appends `[master, registry, diff, version]`, where master and diff are
 * `{feature: {label id: [weight, covariance, 0]}}`. A table that takes no part in MIX has all in master.
 */
export function packWeights(
  writer: Writer,
  table: WeightTable,
  features: FeatureTable,
  registry: LabelRegistry,
  version: number,
): void {
  runAtOnce(packParts(writer, table, features, registry, version));
}

/**
 * Does what {@link packWeights} does, in slices. What is learned meanwhile may be part of it or not; when features or
 * labels go or labels come, it begins anew and packs the rest at once.
 */
export function* packWeightsSliced(
  writer: Writer,
  table: WeightTable,
  features: FeatureTable,
  registry: LabelRegistry,
  version: number,
): Sliced {
  const start = writer.length;
  const { removals } = table;
  const { size } = registry;
  const work = packParts(writer, table, features, registry, version);
  while (!work.next().done) {
    yield;
    if (table.removals === removals && registry.size === size) continue;
    writer.length = start;
    return packWeights(writer, table, features, registry, version);
  }
}

function* packParts(
  writer: Writer,
  table: WeightTable,
  features: FeatureTable,
  registry: LabelRegistry,
  version: number,
): Sliced {
  const ids = Float64Array.from({ length: registry.slotEnd }, (_, slot) => registry.idOf(slot));
  writer.writeArrayHeader(4);
  yield* packSide(writer, table, features, ids, IN_MASTER);
  registry.pack(writer);
  if (table.isMixed) yield* packSide(writer, table, features, ids, IN_DIFF);
  else writer.writeMapHeader(0);
  writeVersion(writer, version);
}

/** Reads what {@link packWeights} wrote into empty tables; returns the version. */
export function unpackWeights(
  reader: Reader,
  table: WeightTable,
  features: FeatureTable,
  registry: LabelRegistry,
): number {
  // Cells name labels by ids that the registry behind them explains.
  let masterAt = -1;
  let version = 0;
  readStruct(
    reader,
    () => {
      masterAt = reader.position;
      reader.skip();
    },
    () => {
      registry.unpack(reader);
      const behind = reader.position;
      reader.position = masterAt;
      unpackSide(reader, table, features, registry, IN_MASTER);
      reader.position = behind;
    },
    () => unpackSide(reader, table, features, registry, IN_DIFF),
    () => version = readVersion(reader),
  );
  return version;
}

/** `{feature: {label id: [v1, v2, v3]}}` of the cells on one side. */
function* packSide(
  writer: Writer,
  table: WeightTable,
  features: FeatureTable,
  ids: Float64Array,
  side: number,
): Sliced {
  const rows = yield* rowsOn(table, features.idEnd, side);
  writer.writeMapHeader(rows.length);
  const start = writer.length;
  for (let row = 0; row < rows.length;) {
    for (let cells = 0; row < rows.length && cells < SLICE_CELLS; row++) {
      features.writeName(rows[row]!, writer);
      cells += packCells(writer, table, rows[row]!, ids, side) + 1;
    }
    if (row === rows.length) break;
    reserveRows(writer, start, row, rows.length - row);
    yield;
  }
}

/** Ids of the features with a cell on one side. */
function* rowsOn(table: WeightTable, idEnd: number, side: number): Sliced<Int32Array> {
  const rows = new Int32Array(table.rowCount);
  let count = 0;
  for (let id = 0; id < idEnd && count < rows.length;) {
    const sliceEnd = Math.min(idEnd, id + SCAN_ROWS);
    for (; id < sliceEnd && count < rows.length; id++) {
      if (table.cellCount(id) > 0 && countCells(table, id, side) > 0) rows[count++] = id;
    }
    if (id < idEnd) yield;
  }
  return rows.subarray(0, count);
}

function countCells(table: WeightTable, id: number, side: number): number {
  const start = table.rowStart(id);
  const end = start + table.cellCount(id);
  let count = 0;
  for (let cell = start; cell < end; cell++) if (isOn(table, cell, side)) count++;
  return count;
}

function isOn(table: WeightTable, cell: number, side: number): boolean {
  return table.isMixed ? (table.flags[cell]! & side) !== 0 : table.slots[cell] !== ABSENT;
}

/** `{label id: [v1, v2, v3]}` of a feature's cells on one side; their number. */
function packCells(writer: Writer, table: WeightTable, id: number, ids: Float64Array, side: number): number {
  const { isMixed, hasCovariances } = table;
  const start = table.rowStart(id);
  const end = start + table.cellCount(id);
  const count = countCells(table, id, side);
  writer.writeMapHeader(count);
  for (let cell = start; cell < end; cell++) {
    if (!isOn(table, cell, side)) continue;
    writer.writeInt(ids[table.slots[cell]!]!);
    writer.writeArrayHeader(3);
    writer.writeDouble(isMixed ? table.weightOn(cell, side) : table.weights[cell]!);
    writer.writeDouble(!hasCovariances ? 0 : isMixed ? table.covarianceOn(cell, side) : table.covariances[cell]!);
    writer.writeDouble(0);
  }
  return count;
}

function unpackSide(
  reader: Reader,
  table: WeightTable,
  features: FeatureTable,
  registry: LabelRegistry,
  side: number,
): void {
  const cell: LoadedCell = { weight: 0, covariance: 0 };
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
      readCell(reader, cell);
      // 1.1.1 does not check that the label exists, and never lists one that does not.
      if (slot >= 0) table.addLoaded(id, slot, cell.weight, cell.covariance, side);
    }
    if (table.cellCount(id) > 0) features.hold(id, HELD_BY_WEIGHTS);
  }
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
