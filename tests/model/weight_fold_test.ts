import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { ByteString } from "../../lib/base/byte_string.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { LabelRegistry } from "../../lib/model/label_registry.ts";
import { runAtOnce } from "../../lib/model/mixable.ts";
import { walkWeightDiff, WeightRows } from "../../lib/model/weight_diff.ts";
import { WeightFold } from "../../lib/model/weight_fold.ts";
import { WeightMixable } from "../../lib/model/weight_mix.ts";
import { IN_MASTER, MixedCells } from "../../lib/model/mixed_cells.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { applyTo, foldedBy } from "../support/mixing.ts";
import { written } from "../support/packed.ts";
import { SeededRandom } from "../support/seeded_random.ts";

/** `feature -> label -> [weight, covariance]`. */
type Cells = Map<ByteString, Map<ByteString, [number, number]>>;

/** Writes a number as any of the forms that stand for a double; whole numbers only. */
function writeNumber(writer: Writer, value: number, form: number): void {
  if (form === 1) writer.writeInt(value);
  else if (form === 2) writer.writeFloat(value);
  else writer.writeDouble(value);
}

/** A difference; with a random source in all the forms that can be read. */
function difference(cells: Cells, random?: SeededRandom): Uint8Array<ArrayBuffer> {
  const isOdd = (): boolean => random !== undefined && random.below(8) === 0;
  const writeText = (writer: Writer, text: ByteString): void => {
    // bin 8 is a raw like others.
    if (isOdd()) writer.append(Uint8Array.of(0xc4, text.length));
    else return writer.writeByteString(text);
    writer.appendText(text);
  };
  return written((writer) => {
    writer.writeArrayHeader(2);
    writer.writeInt(1);
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(cells.size);
    for (const [feature, labels] of cells) {
      if (isOdd()) writer.append(Uint8Array.of(0xdc, 0, 2));
      else writer.writeArrayHeader(2);
      writeText(writer, feature);
      writer.writeArrayHeader(labels.size);
      for (const [label, [weight, covariance]] of labels) {
        writer.writeArrayHeader(2);
        writeText(writer, label);
        writer.writeArrayHeader(3);
        writeNumber(writer, weight, isOdd() ? random!.below(3) : 0);
        writeNumber(writer, covariance, isOdd() ? random!.below(3) : 0);
        writeNumber(writer, 0, isOdd() ? random!.below(3) : 0);
      }
    }
    writer.writeArrayHeader(1);
    writer.writeInt(0);
  });
}

function cellsOf(bytes: Uint8Array): Cells {
  const reader = new Reader(bytes);
  const layout = runAtOnce(walkWeightDiff(reader));
  assert(reader.atEnd);
  const text = (start: number, length: number): ByteString =>
    String.fromCharCode(...bytes.subarray(start, start + length));
  const rows = new WeightRows(reader, layout.rowsAt);
  const cells: Cells = new Map();
  for (let row = 0; row < layout.rows; row++) {
    rows.nextRow();
    const labels = new Map<ByteString, [number, number]>();
    assert(!cells.has(text(rows.nameStart, rows.nameLength)));
    cells.set(text(rows.nameStart, rows.nameLength), labels);
    for (let i = 0; i < rows.cells; i++) {
      rows.nextCell();
      labels.set(text(rows.labelStart, rows.labelLength), [rows.weight, rows.covariance]);
    }
  }
  return cells;
}

/** What folding is meant to do, one cell at a time. */
function foldPlainly(diffs: readonly Cells[]): Cells {
  const folded: Cells = new Map();
  for (const [count, diff] of diffs.entries()) {
    for (const [feature, labels] of diff) {
      if (!folded.has(feature)) folded.set(feature, new Map());
      for (const label of labels.keys()) {
        const row = folded.get(feature)!;
        if (!row.has(label)) row.set(label, count === 0 ? [NaN, Infinity] : [0, 1]);
      }
    }
    for (const [feature, row] of folded) {
      for (const [label, cell] of row) {
        const [weight, covariance] = diff.get(feature)?.get(label) ?? [0, 1];
        cell[0] = count === 0 ? weight : (weight + count * cell[0]) / (count + 1);
        cell[1] = Math.min(covariance, cell[1]);
      }
    }
  }
  return folded;
}

/** Some features of many in a random order; names and labels of all lengths. */
function randomCells(random: SeededRandom, features: number, labels: number): Cells {
  const order = Array.from({ length: features }, (_, i) => i);
  for (let i = features - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  const cells: Cells = new Map();
  for (const feature of order) {
    if (random.below(4) === 0) continue;
    const row = new Map<ByteString, [number, number]>();
    for (let label = 0; label < labels; label++) {
      if (random.below(3) === 0) continue;
      row.set(`label${label}`.padEnd(label % 5 === 4 ? 40 : 0, "+"), [random.below(100) - 50, random.below(100)]);
    }
    cells.set(`${"key".repeat(feature % 16)}${feature}@num`, row);
  }
  return cells;
}

function assertSameCells(actual: Cells, expected: Cells, seed: number): void {
  assertEquals([...actual.keys()].sort(), [...expected.keys()].sort(), `seed ${seed}`);
  for (const [feature, row] of expected) {
    assertEquals([...actual.get(feature)!.keys()].sort(), [...row.keys()].sort(), `seed ${seed}`);
    for (const [label, [weight, covariance]] of row) {
      assertAlmostEquals(actual.get(feature)!.get(label)![0], weight, 1e-9, `seed ${seed}`);
      assertEquals(actual.get(feature)!.get(label)![1], covariance, `seed ${seed}`);
    }
  }
}

Deno.test("WeightFold folds what comes in any form and order", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new SeededRandom(seed);
    const [features, labels] = seed % 3 === 0 ? [6000, 2] : [random.below(600), random.below(24)];
    const diffs = Array.from({ length: 1 + random.below(4) }, () => randomCells(random, features, labels));
    const folded = foldedBy(new WeightFold(), ...diffs.map((cells) => difference(cells, random)));
    assertSameCells(cellsOf(folded), foldPlainly(diffs), seed);
  }
});

Deno.test("WeightMixable applies what comes in any form and order", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = new SeededRandom(seed);
    const [features, labels] = seed % 3 === 0 ? [6000, 2] : [random.below(600), random.below(24)];
    const mixed = new MixedCells(true, true);
    const model = { features: new FeatureTable(["@num"], seed), registry: new LabelRegistry(), version: 0 };
    const part = new WeightMixable(model, mixed);
    const cells = randomCells(random, features, labels);
    assertEquals(applyTo(part, difference(cells, random)), true);
    for (const [feature, row] of cells) {
      const id = model.features.find(feature);
      assertEquals(id >= 0, row.size > 0, `seed ${seed}`);
      for (const [label, [weight, covariance]] of row) {
        const cell = mixed.table.find(id, model.registry.find(label));
        assertEquals(mixed.weightOn(cell, IN_MASTER), weight, `seed ${seed}`);
        assertEquals(mixed.covarianceOn(cell, IN_MASTER), covariance, `seed ${seed}`);
      }
    }
  }
});
