import { assertEquals, assertThrows } from "@std/assert";
import { FeatureTable, HELD_BY_WEIGHTS } from "../../lib/model/feature_table.ts";
import { LabelRegistry } from "../../lib/model/label_registry.ts";
import { IN_DIFF, IN_MASTER, MixedCells } from "../../lib/model/mixed_cells.ts";
import { WeightTable } from "../../lib/model/weight_table.ts";
import {
  packWeights,
  packWeightsSliced,
  type StoredWeights,
  unpackWeights,
} from "../../lib/model/weight_table_file.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { assertSameContent, bytesOfPlain, type Plain, written } from "../support/packed.ts";
import { decodeValue, type WireMap } from "../support/wire_value.ts";

/** The tables of one linear model. */
class Model implements StoredWeights {
  readonly features = new FeatureTable(["@num"], 1);
  readonly registry = new LabelRegistry();
  readonly mixed: MixedCells | undefined;
  readonly table: WeightTable;
  version = 0;

  constructor(hasCovariances: boolean, isMixed = false) {
    this.mixed = isMixed ? new MixedCells(hasCovariances) : undefined;
    this.table = this.mixed?.table ?? new WeightTable(hasCovariances);
  }

  static load(bytes: Uint8Array, hasCovariances: boolean, isMixed = false): Model {
    const model = new Model(hasCovariances, isMixed);
    const reader = new Reader(bytes);
    unpackWeights(reader, model);
    assertEquals(reader.atEnd, true);
    return model;
  }

  save(): Uint8Array<ArrayBuffer> {
    return written((writer) => packWeights(writer, this));
  }

  /** Weight and covariance of a cell. */
  cell(feature: string, label: string): [number, number | undefined] | undefined {
    const id = this.features.intern(feature);
    this.table.reserveRows(id + 1);
    const cell = this.table.find(id, this.registry.find(label));
    return cell < 0 ? undefined : [this.table.weights[cell]!, this.table.covariances[cell]];
  }
}

const double = (value: number): Plain => ({ double: value });
const cell = (weight: number, covariance = 0): Plain => [double(weight), double(covariance), double(0)];
const registry = (...labels: string[]): Plain => [
  new Map(labels.map((label, id) => [label, id])),
  new Map(labels.map((label, id) => [id, label])),
  labels.length,
];
const row = (...cells: [number, Plain][]): Plain => new Map<Plain, Plain>(cells);
const rows = (content: { [feature: string]: Plain }): Plain => new Map<Plain, Plain>(Object.entries(content));

/** AROW after A {x: 1} and B {y: 2}, as 1.1.1 saves it. */
const arow = Uint8Array.fromHex(
  "9482a579406e756d820093cbbfcc71c71c71c71ccb3fe1c71c71c71c72cb00000000000000000193cb3fcc71c71c71c71ccb3fe1c71c71c71c" +
    "72cb0000000000000000a578406e756d810093cb3fd5555555555555cb3fe5555555555556cb00000000000000009382a14201a141008201a1" +
    "4200a14102809100",
);

Deno.test("unpackWeights reads what 1.1.1 has saved, and packWeights writes the same", () => {
  const model = Model.load(arow, true);
  assertEquals(model.registry.orderedLabels.toSorted(), ["A", "B"]);
  assertEquals([model.table.rowCount, model.version], [2, 0]);
  assertEquals(model.cell("x@num", "A"), [1 / 3, 0.66666666666666674]);
  assertEquals(model.cell("x@num", "B"), undefined);
  assertEquals(model.cell("y@num", "A"), [-0.22222222222222221, 0.55555555555555558]);
  assertEquals(model.cell("y@num", "B"), [0.22222222222222221, 0.55555555555555558]);
  assertSameContent(model.save(), arow);
  assertEquals(model.save().length, arow.length);
});

Deno.test("packWeights writes an empty model and one without covariances", () => {
  assertEquals(new Model(false).save(), bytesOfPlain([new Map(), [new Map(), new Map(), 0], new Map(), [0]]));
  const model = new Model(false);
  model.table.reserveRows(1);
  const id = model.features.intern("x@num");
  const at = model.table.require(id, model.registry.register("A"));
  model.table.weights[at] = 0.5;
  assertEquals(model.save(), bytesOfPlain([rows({ "x@num": row([0, cell(0.5)]) }), registry("A"), new Map(), [0]]));
});

Deno.test("packWeights names labels by their ids, not by slots that were used again", () => {
  const model = new Model(false);
  model.table.reserveRows(1);
  const id = model.features.intern("x@num");
  for (const label of ["A", "B", "C"]) model.registry.register(label);
  model.registry.remove("A");
  const slot = model.registry.register("D");
  model.table.weights[model.table.require(id, slot)] = 4;
  const [master] = decodeValue(model.save())!.value as [WireMap];
  assertEquals((master.entries[0]![1] as WireMap).entries, [[3n, [4, 0, 0]]]);
  assertEquals(Model.load(model.save(), false).cell("x@num", "D"), [4, undefined]);
});

Deno.test("unpackWeights adds what a cluster has not mixed yet when the server stands alone", () => {
  const bytes = bytesOfPlain([
    rows({ x: row([0, cell(1, 0.5)], [1, cell(-1, 0.25)]), y: row([0, cell(0, 0)]) }),
    registry("A", "B"),
    rows({ x: row([1, cell(0.5, 0.125)]), y: row([0, cell(2, 0.75)]), z: row([1, cell(3, 1)]) }),
    [7],
  ]);
  const model = Model.load(bytes, true);
  assertEquals(model.cell("x", "A"), [1, 0.5]);
  assertEquals(model.cell("x", "B"), [-0.5, 0.375]);
  assertEquals(model.cell("y", "A"), [2, 0.75]);
  assertEquals(model.cell("z", "B"), [3, 1]);
  assertEquals([model.version, model.table.rowCount], [7, 3]);
  // From then on all of it is in the master.
  const alone = [
    rows({ x: row([0, cell(1, 0.5)], [1, cell(-0.5, 0.375)]), y: row([0, cell(2, 0.75)]), z: row([1, cell(3, 1)]) }),
    registry("A", "B"),
    new Map(),
    [7],
  ];
  assertSameContent(model.save(), bytesOfPlain(alone));
});

Deno.test("unpackWeights keeps master and difference apart in a cluster", () => {
  const bytes = bytesOfPlain([
    rows({ x: row([0, cell(1, 0.5)], [1, cell(-1, 0.25)]), y: row([0, cell(0, 0)]) }),
    registry("A", "B"),
    rows({ x: row([1, cell(0.5, 0.125)]), y: row([0, cell(2, 0.75)]) }),
    [7],
  ]);
  const model = Model.load(bytes, true, true);
  assertEquals(model.cell("x", "B"), [-0.5, 0.375]);
  assertSameContent(model.save(), bytes);
  // A model from a server that stands alone has no difference.
  assertSameContent(Model.load(arow, true, true).save(), arow);
});

Deno.test("unpackWeights reads other encodings and fields that are missing or new", () => {
  const model = Model.load(
    bytesOfPlain([
      rows({ x: row([0, [2, double(0.5)]], [1, [double(1)]]), y: row([0, []]), z: row([0, [1, 1, 1, "new"]]) }),
      registry("A", "B"),
    ]),
    true,
  );
  assertEquals(model.cell("x", "A"), [2, 0.5]);
  assertEquals(model.cell("x", "B"), [1, 0]);
  assertEquals(model.cell("y", "A"), [0, 0]);
  assertEquals(model.cell("z", "A"), [1, 1]);
  assertEquals([model.version, Model.load(bytesOfPlain([]), true).table.rowCount], [0, 0]);
  // str8 and bin8 names, single precision.
  const bin = Uint8Array.fromHex(
    "9481d90178 8100 93 ca3f000000 00 00 9381c4014100 8100d90141 01 80 9100".replaceAll(" ", ""),
  );
  assertEquals(Model.load(bin, false).cell("x", "A"), [0.5, undefined]);
});

Deno.test("unpackWeights passes over cells of labels that the file does not list", () => {
  const model = Model.load(
    bytesOfPlain([rows({ x: row([0, cell(1)], [9, cell(2)]), y: row([9, cell(3)]) }), registry("A"), new Map(), [0]]),
    false,
  );
  assertEquals(model.cell("x", "A"), [1, undefined]);
  assertEquals(model.table.rowCount, 1);
  assertSameContent(
    model.save(),
    bytesOfPlain([rows({ x: row([0, cell(1)]) }), registry("A"), new Map(), [0]]),
  );
});

Deno.test("unpackWeights refuses every truncation and values of another type", () => {
  for (let end = 0; end < arow.length; end++) {
    assertThrows(() => Model.load(arow.subarray(0, end), true), Error, undefined, `cut at ${end}`);
  }
  const good = [rows({ x: row([0, cell(1)]) }), registry("A"), new Map(), [0]] as const;
  const wrong: Plain[] = [
    5,
    "text",
    [0],
    [[], ...good.slice(1)],
    [rows({ x: [] }), ...good.slice(1)],
    [rows({ x: row([0, 5]) }), ...good.slice(1)],
    [rows({ x: row([0, ["1"]]) }), ...good.slice(1)],
    [new Map([["x", new Map([["0", cell(1)]])]]), ...good.slice(1)],
    [new Map([[1, row()]]), ...good.slice(1)],
    [rows({ x: row([-1, cell(1)]) }), ...good.slice(1)],
    [good[0], [], good[2], "version"],
    [good[0], new Map(), ...good.slice(2)],
    [...good.slice(0, 2), [], [0]],
    [...good.slice(0, 3), 0],
    [...good.slice(0, 3), [-1]],
  ];
  for (const [i, value] of wrong.entries()) {
    assertThrows(() => Model.load(bytesOfPlain(value), false), Error, undefined, `case ${i}`);
  }
});

Deno.test("unpackWeights reads a feature with weights for more than 65,536 labels", () => {
  const labels = Array.from({ length: 70_000 }, (_, i) => `label ${i}`);
  const bytes = bytesOfPlain([
    rows({ x: row(...labels.map((_, id) => [id, cell(id)] as [number, Plain])) }),
    registry(...labels),
  ]);
  const model = Model.load(bytes, false);
  for (const id of [0, 65_535, 65_536, 69_999]) assertEquals(model.cell("x", `label ${id}`), [id, undefined]);
  const again = Model.load(model.save(), false);
  assertEquals(again.cell("x", "label 69999"), [69_999, undefined]);
});

Deno.test("packWeightsSliced packs what packWeights does, and begins anew when labels come or go", () => {
  const features = 6000;
  const grown = (): Model => {
    const model = new Model(true, true);
    const slots = ["A", "B"].map((label) => model.registry.register(label));
    for (let i = 0; i < features; i++) {
      const id = model.features.intern(`feature${i}@num`);
      model.features.hold(id, HELD_BY_WEIGHTS);
      model.table.reserveRows(id + 1);
      for (const slot of slots) model.mixed!.setLoaded(id, slot, i + slot, 0.5, slot === 0 ? IN_MASTER : IN_DIFF);
    }
    return model;
  };
  const disturbances: ((model: Model) => void)[] = [
    () => {},
    (model) => model.registry.register("C"),
    (model) => model.table.removeSlot(model.registry.remove("A"), () => {}),
  ];
  for (const disturb of disturbances) {
    const model = grown();
    const bytes = written((writer) => {
      writer.writeNil();
      const work = packWeightsSliced(writer, model);
      for (let slices = 0; !work.next().done; slices++) if (slices === 5) disturb(model);
    });
    assertEquals(bytes.subarray(1), model.save());
  }
});

Deno.test("unpackWeights keeps the last of two cells of the same feature and label", () => {
  const bytes = bytesOfPlain([
    rows({ x: row([0, cell(5, 0.5)]), z: row([0, cell(2, 0.25)]) }),
    registry("A"),
    rows({}),
    [0],
  ]);
  const twice = bytes.map((byte) => byte === "z".charCodeAt(0) ? "x".charCodeAt(0) : byte);
  for (const isMixed of [false, true]) assertEquals(Model.load(twice, true, isMixed).cell("x", "A"), [2, 0.25]);
});
