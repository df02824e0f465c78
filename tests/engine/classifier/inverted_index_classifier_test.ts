import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { MersenneTwister } from "../../../lib/base/mersenne_twister.ts";
import { InvertedIndexClassifier } from "../../../lib/engine/classifier/inverted_index_classifier.ts";
import { FeatureTable } from "../../../lib/model/feature_table.ts";
import { assertSameContent, bytesOfPlain, packed, unpacked } from "../../support/packed.ts";
import { Session } from "./instance_support.ts";

type Method = "cosine" | "euclidean";

function start(method: Method, neighborCount = 2, features = new FeatureTable()): Session<InvertedIndexClassifier> {
  const options = { method, neighborCount, sensitivity: Math.fround(0.1), random: new MersenneTwister(1), features };
  return new Session(new InvertedIndexClassifier(options), features);
}

function startTrained(method: Method): Session<InvertedIndexClassifier> {
  const session = start(method);
  session.train("B", { x: 1, y: 1 });
  session.train("A", { x: 1, y: -1 });
  session.train("C_1", { x: 1, y: 1 });
  session.train("Z", {});
  return session;
}

function assertScores(actual: [string, number][], expected: Record<string, number>): void {
  assertEquals(actual.map(([label]) => label), Object.keys(expected));
  for (const [label, score] of actual) assertAlmostEquals(score, expected[label]!, 1e-15, label);
}

Deno.test("InvertedIndexClassifier gives Jubatus' cosine scores", () => {
  const session = startTrained("cosine");
  assertScores(session.classify({ x: 1, y: 1 }), { A: 0, B: 1, C_1: 1, Z: 0 });
  const score = 0.99488147425440143;
  assertScores(session.classify({ x: 1, y: 0.5 }), { A: 0, B: score, C_1: score, Z: 0 });
  assertScores(session.classify({ q: 1 }), { A: 0, B: 0, C_1: 0, Z: 0 });
  assertScores(session.classify({}), { A: 0, B: 0, C_1: 0, Z: 0 });
});

Deno.test("InvertedIndexClassifier gives Jubatus' euclidean scores", () => {
  const session = startTrained("euclidean");
  assertScores(session.classify({ x: 1, y: 0.5 }), { A: 0, B: 0.95122942379199282, C_1: 0.95122942379199282, Z: 0 });
  // Of equally distant data the newest count.
  assertScores(session.classify({ q: 1 }), { A: 0.8409651292225524, B: 0, C_1: 0.8409651292225524, Z: 0 });
  assertScores(session.classify({}), { A: 0.86812344356515148, B: 0, C_1: 0.86812344356515148, Z: 0 });
});

Deno.test("InvertedIndexClassifier counts a datum without features but cannot find it", () => {
  const session = startTrained("euclidean");
  assertEquals(session.algorithm.labels(), [["A", 1], ["B", 1], ["C_1", 1], ["Z", 1]]);
});

Deno.test("InvertedIndexClassifier registers labels and never deletes them", () => {
  const session = start("cosine");
  assertEquals([session.algorithm.setLabel("N"), session.algorithm.setLabel("N")], [true, false]);
  assertEquals([session.algorithm.deleteLabel(), session.classify({ x: 1 })], [false, [["N", 0]]]);
});

Deno.test("InvertedIndexClassifier starts over when cleared", () => {
  const session = startTrained("cosine");
  const once = session.classify({ x: 1, y: 0.5 });
  session.algorithm.clear();
  assertEquals([session.classify({ x: 1 }), session.algorithm.labels()], [[], []]);
  session.train("B", { x: 1, y: 1 });
  session.train("A", { x: 1, y: -1 });
  session.train("C_1", { x: 1, y: 1 });
  session.train("Z", {});
  assertEquals(session.classify({ x: 1, y: 0.5 }), once);
});

Deno.test("InvertedIndexClassifier answers alike when packed and unpacked", () => {
  for (const method of ["cosine", "euclidean"] as const) {
    const session = startTrained(method);
    const bytes = packed(session.algorithm);
    const features = new FeatureTable();
    const again = new Session(unpacked(bytes, start(method, 2, features).algorithm), features);
    assertSameContent(packed(again.algorithm), bytes);
    for (const query of [{ x: 1, y: 0.5 }, { q: 1 }, {}]) {
      assertEquals(again.classify(query), session.classify(query));
    }
    again.train("N", { x: 1, y: 0.5 });
    assertEquals(again.classify({ x: 1, y: 0.5 }).find(([label]) => label === "N"), ["N", 1]);
  }
});

Deno.test("InvertedIndexClassifier refuses a model with another number of parts", () => {
  assertThrows(() => unpacked(bytesOfPlain([1, 2, 3]), start("cosine").algorithm));
});
