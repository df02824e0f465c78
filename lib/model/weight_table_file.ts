import { type FeatureTable, HELD_BY_WEIGHTS } from "./feature_table.ts";
import type { LabelRegistry } from "./label_registry.ts";
import { readStruct, readVersion, writeVersion } from "./struct_array.ts";
import { ABSENT, IN_DIFF, IN_MASTER, type WeightTable } from "./weight_table.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

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
  const ids = Float64Array.from({ length: registry.slotEnd }, (_, slot) => registry.idOf(slot));
  writer.writeArrayHeader(4);
  packSide(writer, table, features, ids, IN_MASTER);
  registry.pack(writer);
  packSide(writer, table, features, ids, IN_DIFF);
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
function packSide(
  writer: Writer,
  table: WeightTable,
  features: FeatureTable,
  ids: Float64Array,
  side: number,
): void {
  const { isMixed, hasCovariances } = table;
  if (!isMixed && side === IN_DIFF) {
    writer.writeMapHeader(0);
    return;
  }
  const isOn = (cell: number): boolean => isMixed ? (table.flags[cell]! & side) !== 0 : table.slots[cell] !== ABSENT;
  const cellsOn = (id: number): number => {
    const start = table.rowStart(id);
    const count = table.cellCount(id);
    let on = 0;
    for (let cell = start; cell < start + count; cell++) if (isOn(cell)) on++;
    return on;
  };
  const idEnd = features.idEnd;
  let rows = 0;
  for (let id = 0; id < idEnd; id++) if (table.cellCount(id) > 0 && cellsOn(id) > 0) rows++;
  writer.writeMapHeader(rows);
  for (let id = 0; id < idEnd; id++) {
    const count = table.cellCount(id);
    const on = count > 0 ? cellsOn(id) : 0;
    if (on === 0) continue;
    writer.writeByteString(features.nameOf(id));
    writer.writeMapHeader(on);
    const start = table.rowStart(id);
    for (let cell = start; cell < start + count; cell++) {
      if (!isOn(cell)) continue;
      writer.writeInt(ids[table.slots[cell]!]!);
      writer.writeArrayHeader(3);
      writer.writeDouble(isMixed ? table.weightOn(cell, side) : table.weights[cell]!);
      writer.writeDouble(!hasCovariances ? 0 : isMixed ? table.covarianceOn(cell, side) : table.covariances[cell]!);
      writer.writeDouble(0);
    }
  }
}

function unpackSide(
  reader: Reader,
  table: WeightTable,
  features: FeatureTable,
  registry: LabelRegistry,
  side: number,
): void {
  for (let rows = reader.readMapHeader(); rows > 0; rows--) {
    const id = features.intern(reader.readByteString());
    table.reserveRows(id + 1);
    for (let cells = reader.readMapHeader(); cells > 0; cells--) {
      const slot = registry.slotOfId(reader.readUint64());
      let weight = 0;
      let covariance = 0;
      readStruct(
        reader,
        () => weight = reader.readDouble(),
        () => covariance = reader.readDouble(),
        () => reader.readDouble(),
      );
      // 1.1.1 does not check that the label exists, and never lists one that does not.
      if (slot >= 0) table.addLoaded(id, slot, weight, covariance, side);
    }
    if (table.cellCount(id) > 0) features.hold(id, HELD_BY_WEIGHTS);
  }
}
