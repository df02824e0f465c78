import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Arow } from "../../lib/engine/classifier/arow.ts";
import { ConfidenceWeighted } from "../../lib/engine/classifier/confidence_weighted.ts";
import { LabelScores } from "../../lib/engine/classifier/algorithm.ts";
import { LinearClassifier } from "../../lib/engine/classifier/linear_classifier.ts";
import { PassiveAggressive } from "../../lib/engine/classifier/passive_aggressive.ts";
import type { UpdateRule } from "../../lib/engine/classifier/update_rule.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { type Mixable, runAtOnce } from "../../lib/model/mixable.ts";
import { LruUnlearner } from "../../lib/model/unlearner.ts";
import { WeightFold } from "../../lib/model/weight_fold.ts";
import { IN_MASTER } from "../../lib/model/mixed_cells.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { bytesOfPlain } from "../support/packed.ts";
import { applyTo } from "../support/mixing.ts";

type Datum = { readonly [feature: string]: number };

/** One member of a cluster, without a network. */
class Member {
  readonly features = new FeatureTable(["@num"]);
  readonly model: LinearClassifier;

  constructor(unlearnerSize?: number, rule: UpdateRule = new Arow(1)) {
    this.model = new LinearClassifier({
      rule,
      features: this.features,
      unlearner: unlearnerSize === undefined ? undefined : new LruUnlearner(unlearnerSize),
      isMixed: true,
    });
  }

  /** The weights' part in MIX. */
  get part(): Mixable {
    return this.model.mixables[0]!;
  }

  vector(datum: Datum): FeatureVector {
    const vector = new FeatureVector();
    for (const [name, value] of Object.entries(datum)) vector.push(this.features.intern(name), value);
    return vector;
  }

  train(label: string, datum: Datum): void {
    this.model.train(this.vector(datum), label);
    this.features.dropUnheld();
  }

  scores(datum: Datum): { [label: string]: number } {
    const scores = new LabelScores();
    this.model.score(this.vector(datum), scores);
    this.features.dropUnheld();
    return Object.fromEntries(scores.labels.map((label, i) => [label, scores.scores[i]!]));
  }

  diff(): Uint8Array {
    const writer = new Writer();
    runAtOnce(this.part.writeDiff(writer));
    return writer.take();
  }

  apply(diff: Uint8Array): boolean {
    return applyTo(this.part, diff);
  }

  /** Weight and covariance that MIX agreed on. */
  master(feature: string, label: string): [number, number] {
    const mixed = this.model.mixed!;
    const cell = mixed.table.find(this.features.find(feature), this.model.registry.find(label));
    return [mixed.weightOn(cell, IN_MASTER), mixed.covarianceOn(cell, IN_MASTER)];
  }
}

function fold(...diffs: Uint8Array[]): Uint8Array {
  const folded = new WeightFold();
  for (const diff of diffs) {
    runAtOnce(folded.check(new Reader(diff)));
    runAtOnce(folded.add(new Reader(diff)));
  }
  const writer = new Writer();
  runAtOnce(folded.write(writer));
  return writer.take();
}

/** `{feature: {label: [v1, v2]}}` of a difference, with its count and version. */
function decode(diff: Uint8Array): { count: number; version: number; cells: { [cell: string]: [number, number] } } {
  const reader = new Reader(diff);
  const cells: { [cell: string]: [number, number] } = {};
  reader.expectArray(2);
  const count = reader.readInteger();
  reader.expectArray(2);
  for (let rows = reader.readArrayHeader(); rows > 0; rows--) {
    reader.expectArray(2);
    const feature = reader.readByteString();
    for (let labels = reader.readArrayHeader(); labels > 0; labels--) {
      reader.expectArray(2);
      const label = reader.readByteString();
      reader.expectArray(3);
      cells[`${feature} ${label}`] = [reader.readDouble(), reader.readDouble()];
      assertEquals(reader.readDouble(), 0);
    }
  }
  reader.expectArray(1);
  return { count, version: reader.readInteger(), cells };
}

function goldenMembers(): [Member, Member] {
  const first = new Member();
  first.train("A", { "x@num": 1 });
  first.train("B", { "x@num": -1, "y@num": 2 });
  const second = new Member();
  second.train("A", { "x@num": 1, "z@num": 1 });
  return [first, second];
}

Deno.test("WeightMixable gives, folds and applies the differences of two AROW servers as 1.1.1 does", () => {
  const [first, second] = goldenMembers();
  const diffs = [first.diff(), second.diff()];
  assertEquals(decode(diffs[0]!), {
    count: 1,
    version: 0,
    cells: {
      "x@num A": [0.375, 0.62500000000000011],
      "x@num B": [-0.0625, 0.90625],
      "y@num A": [-0.125, 0.625],
      "y@num B": [0.125, 0.625],
    },
  });
  assertEquals(diffs.map((diff) => Object.keys(decode(diff).cells)), [
    ["y@num A", "y@num B", "x@num B", "x@num A"],
    ["z@num A", "x@num A"],
  ]);
  const mixed = fold(...diffs);
  // First what the second server has.
  assertEquals(Object.keys(decode(mixed).cells), ["x@num A", "x@num B", "z@num A", "y@num A", "y@num B"]);
  assertEquals(decode(mixed), {
    count: 2,
    version: 0,
    cells: {
      "x@num A": [0.28749999999999998, 0.62500000000000011],
      "x@num B": [-0.03125, 0.90625],
      "y@num A": [-0.0625, 0.625],
      "y@num B": [0.0625, 0.625],
      "z@num A": [0.1, 0.8],
    },
  });
  for (const member of [first, second]) {
    assertEquals(member.apply(mixed), true);
    assertEquals(member.model.version, 1);
    assertEquals(decode(member.diff()).cells, {});
    assertEquals(member.master("z@num", "A"), [0.1, 0.8]);
  }

  second.train("A", { "x@num": 0.25, "z@num": 1 });
  const cells = decode(second.diff()).cells;
  const expected: { [cell: string]: [number, number] } = {
    "z@num B": [-0.28328611898017003, 0.65466073114798329],
    "z@num A": [0.22662889518413606, -0.22101713206529072],
    "x@num B": [-0.064182011331444772, -0.017726460272494249],
    "x@num A": [0.044263456090651576, -0.0084311344934574484],
  };
  assertEquals(Object.keys(cells).sort(), Object.keys(expected).sort());
  for (const [cell, values] of Object.entries(expected)) assertEquals(cells[cell], values, cell);
  const again = fold(first.diff(), second.diff());
  assertEquals([first.apply(again), second.apply(again)], [true, true]);
  for (const member of [first, second]) {
    assertEquals(member.master("z@num", "B"), [-0.14164305949008502, 0.65466073114798329]);
    assertEquals(member.master("z@num", "A"), [0.21331444759206802, 0.57898286793470932]);
  }
});

Deno.test("WeightMixable keeps what was learned after its difference was sent", () => {
  const [first, second] = goldenMembers();
  const mixed = fold(first.diff(), second.diff());
  first.train("A", { "x@num": -0.5, "w@num": 1 });
  const before = first.scores({ "w@num": 1 });
  assertEquals(first.apply(mixed), true);
  assertEquals(first.scores({ "w@num": 1 }), before);
  const rest = decode(first.diff());
  assertEquals(rest.version, 1);
  assertEquals(Object.keys(rest.cells).sort(), ["w@num A", "w@num B", "x@num A", "x@num B"]);
  const next = fold(first.diff(), (second.apply(mixed), second.diff()));
  assertEquals([first.apply(next), second.apply(next)], [true, true]);
  for (const datum of [{ "x@num": 1 }, { "w@num": 1 }, { "y@num": 1, "z@num": 2 }]) {
    const [a, b] = [first.scores(datum), second.scores(datum)];
    for (const label of ["A", "B"]) assertAlmostEquals(a[label]!, b[label]!, 1e-12);
  }
  assertEquals(decode(first.diff()).cells, {});
});

Deno.test("WeightMixable keeps covariances positive when both sides have learned in the meantime", () => {
  const [first, second] = goldenMembers();
  for (let i = 0; i < 50; i++) second.train(i % 2 ? "A" : "B", { "x@num": i % 2 ? 1 : -1 });
  const mixed = fold(first.diff(), second.diff());
  for (let i = 0; i < 50; i++) first.train(i % 2 ? "B" : "A", { "x@num": i % 2 ? 1 : -1 });
  first.apply(mixed);
  const { table } = first.model;
  const id = first.features.find("x@num");
  for (let i = 0; i < table.cellCount(id); i++) {
    const covariance = table.covariances[table.rowStart(id) + i]!;
    if (!(covariance > 0 && covariance <= 1)) throw new Error(`covariance ${covariance}`);
  }
});

Deno.test("WeightFold weighs three servers by their counts", () => {
  const members = [0.9, 0.6, 0.3].map((x) => {
    const member = new Member();
    member.train("A", { "x@num": x });
    return member;
  });
  const diffs = members.map((member) => member.diff());
  const parts = diffs.map((diff) => decode(diff).cells["x@num A"]![0]);
  const { count, cells } = decode(fold(...diffs));
  assertEquals(count, 3);
  assertAlmostEquals(cells["x@num A"]![0], (parts[0]! + parts[1]! + parts[2]!) / 3, 1e-15);
});

Deno.test("WeightFold takes a newer version instead and ignores an older one", () => {
  const old = new Member();
  old.train("A", { "x@num": 1 });
  const newer = new Member();
  newer.train("B", { "y@num": 1 });
  newer.model.version = 3;
  const [oldDiff, newDiff] = [old.diff(), newer.diff()];
  for (const diffs of [[oldDiff, newDiff], [newDiff, oldDiff]]) {
    const { version, count, cells } = decode(fold(...diffs));
    assertEquals([version, count, Object.keys(cells)], [3, 1, ["y@num B"]]);
  }
});

Deno.test("WeightMixable refuses a difference of another version and changes nothing", () => {
  const [first, second] = goldenMembers();
  const mixed = fold(first.diff(), second.diff());
  first.model.version = 7;
  const before = first.diff();
  assertEquals(first.apply(mixed), false);
  assertEquals([first.model.version, first.diff()], [7, before]);
});

Deno.test("WeightMixable refuses every truncation and changes nothing", () => {
  const [first, second] = goldenMembers();
  const mixed = fold(first.diff(), second.diff());
  const before = first.diff();
  for (let length = 0; length < mixed.length; length++) {
    assertThrows(() => first.apply(mixed.slice(0, length)));
  }
  assertEquals(first.diff(), before);
});

Deno.test("WeightFold and WeightMixable leave out cells whose numbers are not finite, and mix the others", () => {
  const member = new Member();
  member.train("A", { "x@num": 1 });
  member.train("B", { "y@num": 1 });
  const whole = decode(member.diff()).cells;
  for (const bits of [[0x7f, 0xf8], [0x7f, 0xf0], [0xff, 0xf0]]) {
    const poisoned = member.diff();
    poisoned.set([...bits, 0, 0, 0, 0, 0, 0], poisoned.indexOf(0xcb) + 1);
    const [spoiled] = Object.keys(decode(poisoned).cells);
    const left = Object.fromEntries(Object.entries(whole).filter(([cell]) => cell !== spoiled));
    assertEquals(decode(fold(poisoned)).cells, left);
    const receiver = new Member();
    assertEquals(receiver.apply(poisoned), true);
    const cells = Object.keys(whole).map((cell) => receiver.scores({ [cell.split(" ")[0]!]: 1 }));
    assertEquals(cells.flatMap((scores) => Object.values(scores)).every(Number.isFinite), true);
    assertEquals(receiver.model.version, 1);
  }
});

Deno.test("ConfidenceWeighted learns nothing that is not a number when MIX has made covariances negative", () => {
  const member = new Member(undefined, new ConfidenceWeighted(2));
  const cells = ["A", "B"].map((label) => [label, [{ double: 0 }, { double: -0.5 }, { double: 0 }]]);
  assertEquals(member.apply(bytesOfPlain([1, [[["x@num", cells]], [0]]])), true);
  member.train("A", { "x@num": 1 });
  assertEquals(Object.values(member.scores({ "x@num": 1 })).every(Number.isFinite), true);
});

Deno.test("WeightMixable touches the unlearner and skips cells of labels that it lets go", () => {
  const source = new Member();
  for (const label of ["A", "B", "C"]) source.train(label, { [`${label}@num`]: 1 });
  const bounded = new Member(2);
  bounded.train("Z", { "z@num": 1 });
  assertEquals(bounded.apply(source.diff()), true);
  assertEquals(bounded.model.registry.size, 2);
  assertEquals(bounded.model.registry.find("Z"), -1);
});

Deno.test("WeightMixable.adopt adds what was learned but not mixed to a fetched model", () => {
  const [first, second] = goldenMembers();
  const writer = new Writer();
  first.model.pack(writer);
  const fetched = new Member();
  fetched.model.unpack(new Reader(writer.take()));
  fetched.part.adopt(second.part);
  assertAlmostEquals(fetched.scores({ "z@num": 1 })["A"]!, second.scores({ "z@num": 1 })["A"]!, 1e-15);
  assertAlmostEquals(
    fetched.scores({ "x@num": 1 })["A"]!,
    first.scores({ "x@num": 1 })["A"]! + second.scores({ "x@num": 1 })["A"]!,
    1e-12,
  );
});

Deno.test("WeightMixable works for methods without covariances", () => {
  const members = [1, 3].map((x) => {
    const features = new FeatureTable(["@num"]);
    const model = new LinearClassifier({ rule: new PassiveAggressive("PA"), features, isMixed: true });
    const vector = new FeatureVector();
    vector.push(features.intern("x@num"), x);
    model.train(vector, "A");
    return model;
  });
  const diffs = members.map((model) => {
    const writer = new Writer();
    runAtOnce(model.mixables[0]!.writeDiff(writer));
    return writer.take();
  });
  const mixed = fold(...diffs);
  assertEquals(decode(mixed).cells["x@num A"]![1], 0);
  for (const model of members) {
    assertEquals(applyTo(model.mixables[0]!, mixed), true);
    const row = model.table.rowStart(0);
    assertAlmostEquals(model.table.weights[row]!, (1 / 2 + 3 / 18) / 2, 1e-15);
  }
});
