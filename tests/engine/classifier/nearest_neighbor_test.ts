import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { MersenneTwister } from "../../../lib/base/mersenne_twister.ts";
import {
  NearestNeighborClassifier,
  type NearestNeighborOptions,
} from "../../../lib/engine/classifier/nearest_neighbor.ts";
import { FeatureTable } from "../../../lib/model/feature_table.ts";
import { LruUnlearner } from "../../../lib/model/unlearner.ts";
import { decodeValue, type WireValue } from "../../support/wire_value.ts";
import { assertSameContent, bytesOfPlain, packed, unpacked } from "../../support/packed.ts";
import { Session } from "./instance_support.ts";

const METHODS = ["lsh", "minhash", "euclid_lsh"] as const;

function start(changes: Partial<NearestNeighborOptions>): Session<NearestNeighborClassifier> {
  const features = new FeatureTable();
  const random = new MersenneTwister(1);
  const options = {
    method: "lsh",
    hashNum: 64,
    neighborCount: 2,
    sensitivity: 1,
    random,
    features,
    ...changes,
  } as const;
  return new Session(new NearestNeighborClassifier(options), features);
}

/** The table of a packed classifier without unlearner. */
function tableOf(classifier: NearestNeighborClassifier): readonly WireValue[] {
  const model = decodeValue(packed(classifier))!.value as readonly WireValue[];
  return model[0] as readonly WireValue[];
}

Deno.test("NearestNeighborClassifier stores Jubatus' bits", () => {
  const words = { lsh: [5607602171455492011n, 14563469655742252830n], minhash: [7167873191826343925n, 0n] };
  for (const method of ["lsh", "minhash"] as const) {
    const session = start({ method });
    session.train("A", { x: 1, y: 1 });
    session.train("A", { y: -1, x: 1 });
    assertEquals(tableOf(session.algorithm)[3], [[[10n, 64n], words[method]]]);
  }
});

Deno.test("NearestNeighborClassifier stores norms too when euclid_lsh", () => {
  const session = start({ method: "euclid_lsh", hashNum: 10 });
  session.train("A", { x: 1, y: 1 });
  session.train("B", { x: 1, y: -1 });
  session.train("Z", {});
  const [, size, versions, columns, clock] = tableOf(session.algorithm);
  assertEquals([size, clock], [3n, 3n]);
  assertEquals(versions, [[[""], 0n], [[""], 1n], [[""], 2n]]);
  assertEquals(columns, [[[10n, 10n], [939n, 798n, 0n]], [[9n, 0n], [Math.SQRT2, Math.SQRT2, 0]]]);
});

Deno.test("NearestNeighborClassifier sums votes that fade with the distance", () => {
  const session = start({ sensitivity: 0.5, neighborCount: 3 });
  session.train("A", { x: 1, y: 1 });
  session.train("B", { x: 1, y: -1 });
  session.train("A", { x: 1, y: 1 });
  let distance = 0;
  for (let bits = 5607602171455492011n ^ 14563469655742252830n; bits > 0n; bits >>= 1n) distance += Number(bits & 1n);
  assertEquals(session.classify({ x: 1, y: 1 }), [["A", 2], ["B", Math.exp(-0.5 * distance / 64)]]);
});

Deno.test("NearestNeighborClassifier estimates distances from norms and angle when euclid_lsh", () => {
  const session = start({ method: "euclid_lsh", neighborCount: 1 });
  session.train("A", { x: 2 });
  assertEquals(session.classify({ x: 5 }), [["A", Math.exp(-3)]]);
  const [, score] = session.classify({ x: -2 })[0]!;
  assertAlmostEquals(score, Math.exp(-4), 1e-12);
});

Deno.test("NearestNeighborClassifier prefers the lowest row when distances tie", () => {
  for (const method of METHODS) {
    const session = start({ method, neighborCount: 1 });
    for (const label of ["C", "A", "B"]) session.train(label, { x: 1, y: 1 });
    assertEquals(session.classify({ x: 1, y: 1 }), [["A", 0], ["B", 0], ["C", 1]], method);
    // The last row takes the place of the removed one.
    session.algorithm.deleteLabel("C");
    assertEquals(session.classify({ x: 1, y: 1 }), [["A", 0], ["B", 1]], method);
  }
});

Deno.test("NearestNeighborClassifier works with every number of bits, however small", () => {
  for (const method of METHODS) {
    for (let hashNum = 1; hashNum <= 9; hashNum++) {
      const session = start({ method, hashNum });
      session.train("A", { x: 1 });
      assertEquals(session.classify({ x: 1 }), [["A", 1]], `${method} ${hashNum}`);
    }
  }
});

Deno.test("NearestNeighborClassifier counts, lists and deletes labels", () => {
  const session = start({});
  const { algorithm } = session;
  assertEquals([algorithm.setLabel("N"), algorithm.setLabel("N")], [true, false]);
  session.train("A", { x: 1 });
  session.train("A", { x: 2 });
  assertEquals(algorithm.labels(), [["A", 2], ["N", 0]]);
  assertEquals([algorithm.deleteLabel("A"), algorithm.deleteLabel("A"), algorithm.deleteLabel("N")], [
    true,
    false,
    true,
  ]);
  assertEquals([session.classify({ x: 1 }), tableOf(algorithm)[1], tableOf(algorithm)[4]], [[], 0n, 4n]);
});

Deno.test("NearestNeighborClassifier forgets a label when its last datum is evicted", () => {
  const session = start({ unlearner: new LruUnlearner(2) });
  for (const label of ["A", "B", "B"]) session.train(label, { x: 1 });
  assertEquals(session.algorithm.labels(), [["B", 2]]);
  session.train("C", { x: 1 });
  assertEquals(session.algorithm.labels(), [["B", 1], ["C", 1]]);
  assertEquals(session.algorithm.deleteLabel("B"), true);
  session.train("D", { x: 1 });
  assertEquals(session.algorithm.labels(), [["C", 1], ["D", 1]]);
});

Deno.test("NearestNeighborClassifier refuses a datum when only sticky ones are held", () => {
  const session = start({ unlearner: new LruUnlearner(1, (id) => id.startsWith("spam_")) });
  session.train("spam", { x: 1 });
  const before = packed(session.algorithm);
  assertThrows(
    () => session.train("ham", { x: 1 }),
    Error,
    "cannot add new ID as number of sticky IDs reached the maximum size of unlearner: ham_",
  );
  assertEquals(packed(session.algorithm), before);
});

Deno.test("NearestNeighborClassifier answers alike when packed and unpacked", () => {
  for (const method of METHODS) {
    for (const isBounded of [false, true]) {
      const fresh = (): Session<NearestNeighborClassifier> =>
        start({ method, hashNum: 70, ...(isBounded ? { unlearner: new LruUnlearner(3) } : {}) });
      const session = fresh();
      ["A", "B", "C_1", "A"].forEach((label, i) => session.train(label, { x: i, y: 2 - i, z: 0.5 }));
      const again = fresh();
      unpacked(packed(session.algorithm), again.algorithm);
      assertSameContent(packed(again.algorithm), packed(session.algorithm));
      for (const query of [{ x: 1, y: 2 }, { z: 1 }, {}]) assertEquals(again.classify(query), session.classify(query));
      assertEquals([again.algorithm.deleteLabel("C_1"), session.algorithm.deleteLabel("C_1")], [true, true]);
      assertSameContent(packed(again.algorithm), packed(session.algorithm));
    }
  }
});

Deno.test("NearestNeighborClassifier starts over when cleared", () => {
  const session = start({ unlearner: new LruUnlearner(3) });
  const empty = packed(session.algorithm);
  session.train("A", { x: 1 });
  session.algorithm.clear();
  assertEquals(packed(session.algorithm), empty);
});

Deno.test("NearestNeighborClassifier refuses a model with or without an unlearner, unlike its own", () => {
  const bounded = start({ unlearner: new LruUnlearner(3) }).algorithm;
  const unbounded = start({}).algorithm;
  assertThrows(() => unpacked(packed(bounded), start({}).algorithm));
  assertThrows(() => unpacked(packed(unbounded), start({ unlearner: new LruUnlearner(3) }).algorithm));
  assertThrows(() => unpacked(bytesOfPlain([]), start({}).algorithm));
});
