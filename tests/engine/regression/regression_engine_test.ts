import { assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { regressionType } from "../../../lib/engine/regression/regression_engine.ts";
import { type Datum, DatumPairs } from "../../../lib/service/data.ts";
import { EngineSession, mix } from "../../support/engine_session.ts";
import { assertPacks } from "../../support/packed.ts";

const numbers = { num_rules: [{ key: "*", type: "num" }] };
const sensitive = { sensitivity: 0.1 };
const regularized = { sensitivity: 0.1, regularization_weight: 1 };
const hashed = { method: "euclid_lsh", parameter: { hash_num: 64 }, nearest_neighbor_num: 2, weight: "distance" };

type Method = readonly [method: string, parameter: unknown];

/** Every method, and what it estimates for x, y and z after {@link trainGolden}; as Jubatus 1.1.1 does. */
const golden: readonly (readonly [...Method, estimates: readonly number[]])[] = [
  ["PA", sensitive, [1.635615624137976, -0.31780781206898795, 1.5804659951089381]],
  ["PA1", { ...sensitive, regularization_weight: 0.3 }, [1.1000000357627868, -0.05000001788139341, 0.9000000357627869]],
  ["PA2", regularized, [1.635615624137976, -0.31780781206898795, 1.5804659951089381]],
  ["PA2", { ...sensitive, regularization_weight: 9 }, [1.635615624137976, -0.31780781206898795, 1.5804659951089381]],
  ["perceptron", { learning_rate: 0.1 }, [0.8250000111758709, -0.16250000186264513, 1.5000000223517418]],
  ["CW", regularized, [2.1769233067355183, 0.2258529765576105, 1.9077036657874835]],
  ["AROW", regularized, [1.323400128338196, 0.0033613442539834337, 1.4699999995529653]],
  ["NHERD", regularized, [0.6948172929250724, 0.21402573488681614, 1.4699999995529651]],
  ["NN", hashed, [2.1282138086216107, -0.46647926333772705, 0.8657262625127433]],
  ["cosine", { nearest_neighbor_num: 2, weight: "distance" }, [2.6792850868181435, 0.5189276302272153, 5]],
  ["euclidean", { nearest_neighbor_num: 2, weight: "uniform" }, [2, -0.5, 1.5]],
  ["euclidean", { nearest_neighbor_num: 2 }, [2, -0.5, 1.5]],
  [
    "euclidean",
    { nearest_neighbor_num: 2, weight: "distance" },
    [2.1715728752538097, -0.6754446796632414, 1.0000000000000002],
  ],
];
const methods: readonly Method[] = golden.map(([method, parameter]) => [method, parameter]);
const linear = methods.slice(0, 8);

function session([method, parameter]: Method, converter: unknown = numbers): EngineSession {
  return new EngineSession(regressionType, { method, parameter, converter });
}

function train(regression: EngineSession, target: number, datum: Datum): void {
  assertEquals(regression.call("train", [[target, datum]]), 1);
}

function estimate(regression: EngineSession, ...data: Datum[]): number[] {
  return regression.call("estimate", data) as number[];
}

function trainGolden(regression: EngineSession): void {
  const examples = [[1, { x: 1, y: 2 }], [3, { x: 2, y: -1 }], [-2, { x: -1, y: 0.5 }], [5, { z: 3 }]];
  assertEquals(regression.call("train", examples), 4);
}

Deno.test("RegressionEngine estimates what Jubatus 1.1.1 does, by every method", () => {
  for (const [method, parameter, expected] of golden) {
    const regression = session([method, parameter]);
    trainGolden(regression);
    const actual = estimate(regression, { x: 1 }, { y: 1 }, { z: 1 });
    for (const [i, value] of expected.entries()) {
      assertAlmostEquals(actual[i]!, value, Math.abs(value) * 1e-12, `${method} ${JSON.stringify(parameter)}`);
    }
  }
});

Deno.test("RegressionEngine estimates 0 when nothing was learned", () => {
  for (const method of methods) {
    const regression = session(method);
    assertEquals(estimate(regression, { x: 1 }, {}), [0, 0]);
    assertEquals(regression.call("train", []), 0);
    assertEquals(regression.call("estimate", []), []);
  }
});

Deno.test("RegressionEngine counts an empty datum as trained, and linear methods learn nothing of it", () => {
  for (const method of linear) {
    const regression = session(method);
    trainGolden(regression);
    const empty = session(method);
    train(empty, 7, {});
    assertEquals(empty.engine.status(), session(method).engine.status(), method[0]);
    const before = estimate(regression, { x: 1 }, { y: 1 }, { z: 1 });
    train(regression, 7, {});
    assertEquals(estimate(regression, { x: 1 }, { y: 1 }, { z: 1 }), before);
  }
});

Deno.test("RegressionEngine learns nothing when the estimate is exact", () => {
  for (const method of linear.filter(([name]) => name !== "perceptron")) {
    const regression = session(method);
    train(regression, 3, { x: 1 });
    const [exact] = estimate(regression, { x: 1 });
    train(regression, exact!, { x: 1 });
    assertEquals(estimate(regression, { x: 1 }), [exact]);
  }
});

Deno.test("RegressionEngine applies repeated keys one after another", () => {
  const twice = new DatumPairs({ numbers: [["x", 1], ["x", 1]] });
  const arow = session(["AROW", { sensitivity: 0, regularization_weight: 1 }]);
  train(arow, 3, twice);
  // V = 2, beta = 1/3: the second update sees the covariance 2/3 that the first has left.
  assertAlmostEquals(estimate(arow, { x: 1 })[0]!, 1 + 2 / 3, 1e-15);
});

Deno.test("RegressionEngine applies repeated keys after a MIX as it does without one", () => {
  const twice = new DatumPairs({ numbers: [["x", 1], ["x", 1]] });
  const cases: [...Method, expected: number][] = [
    ["PA", { sensitivity: 0 }, 1],
    ["PA1", { sensitivity: 0, regularization_weight: 1 }, 3],
    ["PA2", { sensitivity: 0, regularization_weight: 1 }, 1],
    ["perceptron", { learning_rate: 0.5 }, 2.5],
  ];
  for (const [name, parameter, expected] of cases) {
    const method: Method = [name, parameter];
    const [member] = members(1, method);
    const alone = session(method);
    for (const regression of [member!, alone]) train(regression, 3, { x: 1 });
    mix(member!);
    for (const regression of [member!, alone]) {
      train(regression, 4, twice);
      assertEquals(estimate(regression, { x: 1 }), [expected], name);
    }
  }
});

Deno.test("RegressionEngine measures distances by the value that stays when a key is repeated", () => {
  const regression = session(["euclidean", { nearest_neighbor_num: 2, weight: "distance" }]);
  train(regression, 2, new DatumPairs({ numbers: [["x", 1], ["x", 2.5]] }));
  train(regression, 6, { x: -4 });
  // The first is the same as the query, and the same is at distance 0.
  assertEquals(estimate(regression, { x: 2.5 }), [2]);
});

Deno.test("RegressionEngine ignores the sensitivity for the first target of a passive-aggressive method", () => {
  for (const sensitivity of [0, 0.5, 100]) {
    const regression = session(["PA", { sensitivity }]);
    train(regression, 3, { x: 2 });
    assertEquals(estimate(regression, { x: 1 }), [1.5]);
  }
});

Deno.test("RegressionEngine starts the spread of targets anew when loaded or cleared", () => {
  const method: Method = ["PA", { sensitivity: 1 }];
  const original = session(method);
  trainGolden(original);
  const loaded = session(method);
  loaded.load(original.save());
  for (const regression of [original, loaded]) train(regression, 4, { x: 1 });
  assertEquals(estimate(loaded, { x: 1 }), [4]);
  assertNotEquals(estimate(original, { x: 1 }), [4]);
  original.call("clear");
  train(original, 4, { x: 1 });
  assertEquals(estimate(original, { x: 1 }), [4]);
});

Deno.test("RegressionEngine is as new when cleared", () => {
  const converter = {
    ...numbers,
    string_rules: [{ key: "*", type: "space", sample_weight: "tf", global_weight: "idf" }],
  };
  for (const method of linear) {
    const fresh = session(method, converter);
    const cleared = session(method, converter);
    const words = [[1, { t: "a b", x: 1 }], [2, { t: "b c", x: 2 }], [4, { t: "c d d", y: 1 }]];
    cleared.call("train", words);
    assertEquals(cleared.call("clear"), true);
    assertEquals(estimate(cleared, { t: "a", x: 1 }), [0]);
    for (const it of [fresh, cleared]) it.call("train", words);
    assertEquals(cleared.save(), fresh.save());
  }
});

Deno.test("RegressionEngine estimates the same when its model was saved and loaded", () => {
  for (const method of methods) {
    const original = session(method);
    trainGolden(original);
    const loaded = session(method);
    train(loaded, 9, { w: 1 });
    loaded.load(original.save());
    const data = [{ x: 1 }, { y: 1, z: 2 }, { w: 1 }, {}];
    assertEquals(estimate(loaded, ...data), estimate(original, ...data));
    assertEquals(loaded.save(), original.save());
    assertPacks(original.save(), () => session(method).engine);
  }
});

Deno.test("RegressionEngine refuses the model of a method with other parts", () => {
  const bounded = { ...hashed, unlearner: "lru", unlearner_parameter: { max_size: 3 } };
  const kinds: Method[] = [["NN", hashed], ["NN", bounded], ["AROW", regularized]];
  for (const from of kinds) {
    for (const to of kinds) {
      if (from === to) continue;
      const original = session(from);
      trainGolden(original);
      assertThrows(() => session(to).load(original.save()));
    }
  }
});

Deno.test("RegressionEngine takes the mean of exact duplicates alone when it weighs by distance", () => {
  for (const [method, parameter] of methods.slice(8)) {
    const regression = session([method, { ...parameter as object, nearest_neighbor_num: 3, weight: "distance" }]);
    for (const [target, x] of [[2, 1], [100, -1], [4, 1]]) train(regression, target!, { x: x!, y: 1 });
    assertEquals(estimate(regression, { x: 1, y: 1 }), [3]);
  }
});

Deno.test("RegressionEngine forgets stored examples when an unlearner bounds them", () => {
  const bounded = { ...hashed, unlearner: "lru", unlearner_parameter: { max_size: 2 } };
  const regression = session(["NN", { ...bounded, nearest_neighbor_num: 9, weight: "uniform" }]);
  for (const target of [1, 2, 6]) train(regression, target, { x: target });
  assertEquals(estimate(regression, { x: 1 }), [4]);
});

Deno.test("RegressionEngine keeps what came before a datum that fails", () => {
  const regression = session(["perceptron", { learning_rate: 1 }]);
  const examples = [[2, { x: 1 }], [1, { "a$": 1 }], [5, { x: 1 }]];
  assertThrows(() => regression.call("train", examples), Error, "feature key cannot contain '$': a$");
  assertEquals(estimate(regression, { x: 1 }), [2]);
});

Deno.test("RegressionEngine refuses targets that are not finite", () => {
  for (const method of methods) {
    const regression = session(method);
    for (const target of [NaN, Infinity, -Infinity]) {
      const refused = () => regression.call("train", [[target, { x: 1 }]]);
      assertThrows(refused, Error, `score to be learned must be finite: ${target}`);
    }
    assertEquals(estimate(regression, { x: 1 }), [0]);
  }
});

Deno.test("RegressionEngine learns nothing when parameters overflow single precision", () => {
  const regression = session(["CW", { sensitivity: 0, regularization_weight: 3e38 }]);
  train(regression, 1, { x: 1 });
  assertEquals(estimate(regression, { x: 1 }), [0]);
});

Deno.test("RegressionEngine tells the size of linear models only", () => {
  for (const method of linear) {
    const regression = session(method);
    trainGolden(regression);
    assertEquals(regression.engine.status(), [
      ["num_features", "3"],
      ["num_classes", "1"],
      ["storage", "local_storage"],
    ]);
  }
  for (const method of methods.slice(8)) assertEquals(session(method).engine.status(), []);
});

function members(count: number, [method, parameter]: Method): EngineSession[] {
  return Array.from(
    { length: count },
    (_, i) =>
      new EngineSession(regressionType, { method, parameter, converter: numbers }, {
        isMixed: true,
        seed: i,
        owner: `127.0.0.1_${9199 + i}`,
      }),
  );
}

Deno.test("RegressionEngine mixes weights as 1.1.1 does", () => {
  const [one, two] = members(2, ["AROW", regularized]);
  train(one!, 1, { x: 1 });
  train(two!, 3, { x: 1, y: 1 });
  mix(one!, two!);
  for (const regression of [one!, two!]) {
    const [x, y] = estimate(regression, { x: 1 }, { y: 1 });
    assertAlmostEquals(x!, 0.7083333327124516, 1e-15);
    assertAlmostEquals(y!, 0.4833333330849806, 1e-15);
    assertEquals(regression.engine.status(), [
      ["num_features", "2"],
      ["num_classes", "1"],
      ["storage", "local_storage_mixture"],
      ["num_features_diff", "0"],
      ["model_version", "1"],
    ]);
  }
});

Deno.test("RegressionEngine shares stored examples and their targets when mixed", () => {
  for (const method of methods.slice(8)) {
    const [one, two, three] = members(3, method);
    trainGolden(one!);
    train(two!, 7, { x: 1, z: 1 });
    train(three!, 8, { x: 1, z: 4 });
    mix(one!, two!, three!);
    const queries = [{ x: 1 }, { y: 1 }, { z: 1 }, { x: 1, y: 1, z: 1 }];
    const all = session(method);
    trainGolden(all);
    for (const [target, z] of [[7, 1], [8, 4]] as const) train(all, target, { x: 1, z });
    for (const regression of [one!, two!, three!]) {
      const estimates = estimate(regression, ...queries);
      estimate(all, ...queries).forEach((expected, i) => assertAlmostEquals(estimates[i]!, expected, 1e-12, method[0]));
    }
  }
});

Deno.test("RegressionEngine keeps bounded examples bounded when mixed", () => {
  const bounded = { ...hashed, unlearner: "lru", unlearner_parameter: { max_size: 2 } };
  const [one, two] = members(2, ["NN", { ...bounded, nearest_neighbor_num: 9, weight: "uniform" }]);
  for (const target of [1, 2]) train(one!, target, { x: target });
  for (const target of [3, 5]) train(two!, target, { x: target });
  mix(one!, two!);
  assertEquals([estimate(one!, { x: 1 }), estimate(two!, { x: 1 })], [[4], [4]]);
});
