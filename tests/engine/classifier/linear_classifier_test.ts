import { assert, assertEquals, assertThrows } from "@std/assert";
import { classifierType } from "../../../lib/engine/classifier/classifier_engine.ts";
import type { ScoredLabel } from "../../../lib/service/classifier_service.ts";
import { EngineSession } from "../../support/engine_session.ts";

type Data = { [key: string]: string | number };
type Example = readonly [label: string, datum: Data];

const converter = { num_rules: [{ key: "*", type: "num" }] };
const plainMethods = ["perceptron", "PA"];
const weightedMethods = ["PA1", "PA2", "CW", "AROW", "NHERD"];
const covarianceMethods = ["CW", "AROW", "NHERD"];
const allMethods = [...plainMethods, ...weightedMethods];

/** A linear classifier and its typed calls. */
class Session extends EngineSession {
  constructor(method: string, weight = 1.0, parameter: { [name: string]: unknown } = {}, rules: unknown = converter) {
    const isPlain = plainMethods.includes(method);
    const all = isPlain ? parameter : { regularization_weight: weight, ...parameter };
    super(classifierType, { method, parameter: all, converter: rules });
  }

  train(...examples: Example[]): number {
    return this.call("train", examples) as number;
  }

  classify(datum: Data): ScoredLabel[] {
    return (this.call("classify", [datum]) as ScoredLabel[][])[0]!;
  }

  /** Labels in the order of the result. */
  listed(datum: Data = {}): string[] {
    return this.classify(datum).map(({ label }) => label);
  }

  scoreOf(label: string, datum: Data): number | undefined {
    return this.classify(datum).find((it) => it.label === label)?.score;
  }

  labels(): { [label: string]: number } {
    return Object.fromEntries(this.call("get_labels") as Map<string, number>);
  }

  status(): Map<string, string> {
    return new Map(this.engine.status());
  }
}

const goldenExamples: Example[] = [
  ["A", { x: 1 }],
  ["B", { x: -1, y: 2 }],
  ["C", { y: 1, z: 0.5 }],
  ["A", { x: 0.25, z: 1 }],
];
/** Scores of A, B and C for {x: 1, y: 1, z: 1}. */
const golden: [method: string, weight: number, scores: [number, number, number]][] = [
  ["perceptron", 1, [0, -0.5, 1.5]],
  ["PA", 1, [1.0867647058823531, -0.6100000000000001, 0.023235294117647187]],
  ["PA1", 1.0, [1.0867647058823531, -0.6100000000000001, 0.023235294117647187]],
  ["PA1", 0.1, [0.13500000350177288, -0.060000002384185791, 0.02500000037252903]],
  ["PA2", 1.0, [0.85306122448979593, -0.5, 0.046938775510204089]],
  ["PA2", 0.1, [0.26541353383458643, -0.1657142857142857, 0.043157894736842131]],
  ["CW", 1.0, [0.62693922570216021, -0.29341109468642546, 0.32117006392553066]],
  ["CW", 0.1, [0.15692127437275177, -0.14792738051942544, 0.094825912418330605]],
  ["AROW", 1.0, [0.66567121729237777, -0.34249999999999997, 0.1193856655290102]],
  ["AROW", 0.1, [0.13552261598700319, -0.06932838851866191, 0.030210405839669004]],
  ["NHERD", 1.0, [0.66028834124416969, -0.16861613332201567, 0.33025661517930172]],
  ["NHERD", 0.1, [0.12686876564420652, -0.041109268911510996, 0.036133343471382404]],
];

Deno.test("LinearClassifier gives the scores of 1.1.1 to the last digit", () => {
  for (const [method, weight, scores] of golden) {
    const session = new Session(method, weight);
    assertEquals(session.train(...goldenExamples), 4);
    const expected = ["A", "B", "C"].map((label, i) => ({ label, score: scores[i]! }));
    assertEquals(session.classify({ x: 1, y: 1, z: 1 }), expected, `${method} ${weight}`);
    // Alike when the examples come one by one.
    const single = new Session(method, weight);
    for (const example of goldenExamples) single.train(example);
    assertEquals(single.save(), session.save());
  }
});

Deno.test("LinearClassifier goes on with the last digit after a load", () => {
  for (const [method, weight] of golden) {
    const session = new Session(method, weight);
    session.train(...goldenExamples);
    const loaded = new Session(method, weight);
    // Ties are broken in an order that each load turns round.
    loaded.load(session.save());
    loaded.load(loaded.save());
    const more: Example[] = [["B", { x: 0.5, z: -3 }], ["A", { y: 7 }], ["C", { x: 1e-3, y: 2, z: 2 }]];
    for (const it of [session, loaded]) it.train(...more);
    for (const label of "ABC") {
      assertEquals(loaded.scoreOf(label, { x: 1, y: 1, z: 1 }), session.scoreOf(label, { x: 1, y: 1, z: 1 }), method);
    }
    assertEquals(loaded.labels(), session.labels());
  }
});

Deno.test("LinearClassifier learns a first example as documented", () => {
  const pa = new Session("PA");
  pa.train(["A", { x: 3, y: 4 }]);
  assertEquals([pa.scoreOf("A", { x: 1 }), pa.scoreOf("A", { y: 1 })], [3 / 50, 4 / 50]);
  const arow = new Session("AROW");
  arow.train(["A", { x: 1 }]);
  assertEquals(arow.scoreOf("A", { x: 1 }), 1 / 3);
  // Weight and covariance, as the file has them.
  assert(arow.save().toHex().includes("93cb3fd5555555555555cb3fe5555555555556cb"));
});

Deno.test("LinearClassifier lists all labels with 0 when nothing is known of a datum", () => {
  for (const method of allMethods) {
    const session = new Session(method);
    assertEquals(session.classify({ x: 1 }), []);
    session.train(["A", { x: 1 }], ["B", { y: 1 }]);
    for (const datum of [{}, { unknown: 5 }, { x: 0 }]) {
      assertEquals(session.classify(datum), [{ label: "A", score: 0 }, { label: "B", score: 0 }], method);
    }
    assertEquals(session.call("classify", []), []);
    assertEquals(session.train(), 0);
  }
});

Deno.test("LinearClassifier registers the label of an empty datum, except AROW and NHERD", () => {
  for (const method of allMethods) {
    const session = new Session(method);
    session.train(["A", {}]);
    assertEquals(session.labels(), { A: 1 }, method);
    assertEquals(session.listed(), method === "AROW" || method === "NHERD" ? [] : ["A"], method);
  }
});

Deno.test("LinearClassifier registers the label of an example that needs no update, except PA", () => {
  for (const method of ["PA", ...weightedMethods]) {
    const session = new Session(method);
    session.train(["A", { x: 1 }], ["B", { x: method === "CW" ? -0.01 : -1000 }]);
    assertEquals(session.labels(), { A: 1, B: 1 }, method);
    assertEquals(session.listed(), method === "PA" ? ["A"] : ["A", "B"], method);
    assertEquals(session.scoreOf("B", { x: 1 }) ?? 0, 0, method);
  }
});

Deno.test("LinearClassifier makes cells in an update by nothing", () => {
  const session = new Session("PA");
  // Margin of exactly -1: the loss is 0, which is an update all the same.
  session.train(["A", { x: 1 }], ["B", { x: -2, y: 0.5 }]);
  assertEquals(session.listed(), ["A", "B"]);
  assertEquals([session.status().get("num_features"), session.scoreOf("B", { x: 1, y: 1 })], ["2", 0]);
});

Deno.test("LinearClassifier prefers the label that comes first when scores tie", () => {
  const session = new Session("perceptron");
  session.train(["A", { x: 1 }]);
  session.call("set_label", "B");
  session.call("set_label", "C");
  // All score 0 for y: A is the answer, so an example of A changes nothing and one of B takes from A.
  session.train(["A", { y: 1 }], ["B", { y: 1 }]);
  assertEquals(["A", "B", "C"].map((label) => session.scoreOf(label, { y: 1 })), [-1, 1, 0]);
});

Deno.test("LinearClassifier sets, deletes and counts labels", () => {
  for (const method of allMethods) {
    const session = new Session(method);
    assertEquals([session.call("set_label", "A"), session.call("set_label", "A")], [true, false]);
    assertEquals([session.labels(), session.classify({ x: 1 })], [{ A: 0 }, [{ label: "A", score: 0 }]]);
    session.train(["B", { x: 1 }], ["B", { x: 1, y: 1 }], ["A", { y: 1 }]);
    assertEquals(session.labels(), { A: 1, B: 2 });
    assertEquals([session.call("delete_label", "B"), session.call("delete_label", "B")], [true, false]);
    assertEquals([session.labels(), session.listed()], [{ A: 1 }, ["A"]]);
    assertEquals(session.call("delete_label", "A"), true);
    assertEquals([session.status().get("num_features"), session.status().get("num_classes")], ["0", "0"], method);
  }
});

Deno.test("LinearClassifier answers false for a label of which only one list knows, and does what is asked", () => {
  const session = new Session("AROW");
  session.train(["A", {}]);
  assertEquals([session.call("set_label", "A"), session.listed(), session.labels()], [false, ["A"], { A: 1 }]);
  session.train(["B", {}]);
  assertEquals([session.call("delete_label", "B"), session.labels()], [false, { A: 1 }]);
});

Deno.test("LinearClassifier writes ids with gaps for deleted labels, and from 0 after clear", () => {
  const session = new Session("PA");
  session.train(["A", { x: 1 }], ["B", { x: -1 }]);
  session.call("delete_label", "A");
  session.train(["C", { x: -1 }]);
  const saved = session.save();
  const hexOf = (text: string) => [...text].map((it) => it.charCodeAt(0).toString(16)).join("");
  // {"C": 2, "B": 1}, {2: "C", 1: "B"}, 3
  assert(
    saved.toHex().includes(
      `9382a1${hexOf("C")}02a1${hexOf("B")}01 8202a1${hexOf("C")}01a1${hexOf("B")} 03`.replaceAll(" ", ""),
    ),
  );
  session.call("clear");
  session.train(["D", { x: 1 }]);
  assert(session.save().toHex().includes("9381a14400 8100a144 01".replaceAll(" ", "")));
  const next = new Session("PA");
  next.load(saved);
  next.train(["E", { x: -9 }]);
  assert(next.save().toHex().includes("a14503"));
});

Deno.test("LinearClassifier treats the empty label as a label that never loses weight", () => {
  for (const method of ["PA", ...weightedMethods]) {
    const session = new Session(method);
    session.train(["", { x: 1 }]);
    assertEquals([session.listed(), session.labels()], [[""], { "": 1 }], method);
    const before = session.scoreOf("", { x: 1 })!;
    assert(before > 0);
    session.train(["A", { x: 1 }]);
    assertEquals(session.scoreOf("", { x: 1 }), before, method);
    assert(session.scoreOf("A", { x: 1 })! > 0);
    session.train(["", { x: 1 }]);
    assert(session.scoreOf("", { x: 1 })! > before, method);
    assert(session.scoreOf("A", { x: 1 })! < before * 2, method);
  }
  const perceptron = new Session("perceptron");
  perceptron.train(["", { x: 1 }]);
  assertEquals([perceptron.listed(), perceptron.labels()], [[], { "": 1 }]);
});

Deno.test("LinearClassifier keeps labels as bytes and sorts counts by them", () => {
  const session = new Session("PA");
  const labels = ["\u3042", "z", "\udcff", "\u00e9", "", "\x00", "a b"];
  for (const [i, label] of labels.entries()) session.train([label, { [`k${i}`]: 1 }]);
  const sorted = ["", "\x00", "a b", "z", "\u00e9", "\u3042", "\udcff"];
  assertEquals([...(session.call("get_labels") as Map<string, number>).keys()], sorted);
  const loaded = new Session("PA");
  loaded.load(session.save());
  assertEquals(new Set(loaded.listed()), new Set(labels));
});

Deno.test("LinearClassifier forgets the label that was updated least recently when the unlearner is full", () => {
  const session = new Session("PA", 1, { unlearner: "lru", unlearner_parameter: { max_size: 2 } });
  session.train(["A", { x: 1 }], ["B", { y: 1 }], ["C", { z: 1 }]);
  assertEquals([session.labels(), session.listed().toSorted()], [{ B: 1, C: 1 }, ["B", "C"]]);
  assertEquals(session.status().get("num_features"), "2");
  // B is right by far: nothing is updated, so it stays the oldest.
  for (let i = 0; i < 5; i++) session.train(["B", { y: 100 }]);
  session.train(["D", { x: 1 }]);
  assertEquals(Object.keys(session.labels()), ["C", "D"]);
  assertEquals(session.call("set_label", "E"), true);
  assertEquals([session.labels(), session.listed().toSorted()], [{ D: 1, E: 0 }, ["D", "E"]]);
  assertEquals(session.status().get("num_unlearner_unlearned_ids"), "2");
  assertEquals(session.call("delete_label", "E"), true);
  assertEquals(session.status().get("num_unlearner_unlearned_ids"), "1");
});

Deno.test("LinearClassifier takes up where it was with the order of use after a load", () => {
  const parameter = { unlearner: "lru", unlearner_parameter: { max_size: 2 } };
  const session = new Session("PA", 1, parameter);
  session.train(["A", { x: 1 }], ["B", { y: 1 }], ["A", { x: 1, y: 3 }]);
  // The unlearner's part: most recent first.
  assert(session.save().toHex().startsWith("9293 9292a141a14290".replaceAll(" ", "")));
  const loaded = new Session("PA", 1, parameter);
  loaded.load(session.save());
  loaded.train(["C", { z: 1 }]);
  assertEquals(Object.keys(loaded.labels()), ["A", "C"]);
});

Deno.test("LinearClassifier refuses a label, and changes nothing, when sticky ones fill the unlearner", () => {
  const parameter = { unlearner: "lru", unlearner_parameter: { max_size: 2, sticky_pattern: "s*" } };
  const session = new Session("AROW", 1, parameter);
  session.train(["a", { x: 1 }], ["s1", { y: 1 }], ["s2", { z: 1 }]);
  assertEquals(session.labels(), { s1: 1, s2: 1 });
  const before = session.save();
  for (const label of ["b", "s3", "\u3042"]) {
    const message = "cannot add new label as number of sticky labels reached the maximum size of unlearner: ";
    const error = assertThrows(() => session.train([label, { x: 1 }]), Error, message);
    assertEquals(error.message.length, message.length + new TextEncoder().encode(label).length);
    assertThrows(() => session.call("set_label", label), Error, message);
  }
  assertEquals(session.save(), before);
  assertEquals(session.status().get("num_unlearner_sticky_ids"), "2");
  session.train(["s1", { z: 5 }]);
  assertEquals(session.labels(), { s1: 2, s2: 1 });
  // Examples before the one that is refused stay learned.
  assertThrows(() => session.train(["s2", { x: 1 }], ["b", { x: 1 }], ["s1", { x: 1 }]));
  assertEquals(session.labels(), { s1: 2, s2: 2 });
  session.call("delete_label", "s1");
  session.train(["b", { x: 1 }]);
  assertEquals(Object.keys(session.labels()), ["b", "s2"]);
});

Deno.test("LinearClassifier forgets the labels that 1.1.1 forgets when the unlearner has a seed", () => {
  const session = new Session("PA", 1, { unlearner: "random", unlearner_parameter: { max_size: 2, seed: 1 } });
  for (const label of "ABCDEF") session.train([label, { [label]: 1 }]);
  assertEquals([session.labels(), session.status().get("num_unlearner_ids")], [{ D: 1, F: 1 }, "2"]);
  assertEquals(session.status().get("num_features"), "2");
});

Deno.test("LinearClassifier rejects numbers that are not finite, and changes nothing", () => {
  for (const method of allMethods) {
    const session = new Session(method);
    session.train(...goldenExamples);
    const before = session.save();
    for (const value of [NaN, Infinity, -Infinity]) {
      assertThrows(() => session.train(["D", { x: 1, y: value }]), Error);
      assertThrows(() => session.train(["A", { fresh: value }]), Error);
    }
    assertEquals(session.save(), before, method);
    session.train(["A", { x: 1e150, y: 1e-300 }]);
    for (const { score } of session.classify({ x: 1, y: 1 })) assert(Number.isFinite(score), method);
  }
});

Deno.test("LinearClassifier keeps what precedes a bad example in a call", () => {
  const session = new Session("PA", 1, {}, {
    ...converter,
    string_rules: [{ key: "*", type: "str", sample_weight: "bin", global_weight: "bin" }],
  });
  assertThrows(() => session.train(["A", { x: 1 }], ["B", { "a$b": "text" }], ["C", { y: 1 }]), Error);
  assertEquals(session.labels(), { A: 1 });
});

Deno.test("LinearClassifier gives every feature back when labels go", () => {
  for (const method of allMethods) {
    const session = new Session(method, 1, { unlearner: "lru", unlearner_parameter: { max_size: 3 } });
    for (let i = 0; i < 300; i++) session.train([`label ${i}`, { [`own ${i}`]: 1, shared: i % 5 }]);
    const features = Number(session.status().get("num_features"));
    assert(features <= 8, `${method}: ${features}`);
    assertEquals(Object.keys(session.labels()).length, 3);
    assert(session.save().length < 1500, method);
  }
});

Deno.test("LinearClassifier takes many labels on one feature", () => {
  const session = new Session("PA");
  const count = 70_000;
  for (let i = 0; i < count; i++) session.call("set_label", `label ${i}`);
  session.train(["label 5", { x: 1 }], [`label ${count - 1}`, { x: 2 }]);
  assertEquals(session.classify({ x: 1 }).length, count);
  assert(session.scoreOf(`label ${count - 1}`, { x: 1 })! > 0);
  const loaded = new Session("PA");
  loaded.load(session.save());
  assertEquals(Object.keys(loaded.labels()).length, count);
  assertEquals(loaded.call("delete_label", "label 5"), true);
});

Deno.test("LinearClassifier shrinks covariances with each update and never below 0", () => {
  for (const method of covarianceMethods) {
    const session = new Session(method);
    const steps: number[] = [];
    let before = 0;
    for (let i = 0; i < 200; i++) {
      session.train([i % 2 === 0 ? "A" : "B", { x: 1 }]);
      const score = session.scoreOf("A", { x: 1 })!;
      assert(Number.isFinite(score), method);
      steps.push(Math.abs(score - before));
      before = score;
    }
    assert(Math.max(...steps.slice(100)) < steps[0]! / 5, `${method}: ${steps.slice(0, 3)} ... ${steps.at(-1)}`);
  }
});
