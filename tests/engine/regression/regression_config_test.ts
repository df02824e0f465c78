import { assertEquals, assertThrows } from "@std/assert";
import { assert } from "../../../lib/base/assert.ts";
import { byteStringOfText } from "../../../lib/base/byte_string.ts";
import { ConfigError } from "../../../lib/base/config_error.ts";
import { readRegressionConfig, type RegressionConfig } from "../../../lib/engine/regression/regression_config.ts";

const converter = { num_rules: [{ key: "*", type: "num" }] };
const sensitive = { sensitivity: 0.1 };
const regularized = { sensitivity: 0.1, regularization_weight: 1 };
const neighbors = { nearest_neighbor_num: 3 };
const hashed = { method: "lsh", parameter: { hash_num: 64 }, ...neighbors };

function read(method: string, parameter?: unknown): RegressionConfig {
  return readRegressionConfig(byteStringOfText(JSON.stringify({ method, parameter, converter })));
}

function invalid(method: string, parameter?: unknown): string {
  return assertThrows(() => read(method, parameter), ConfigError).describe().replace("jubatus::core::common::", "");
}

function invalidParameter(expected: string): string {
  return `invalid_parameter: invalid parameter (expected: ${expected})`;
}

function invalidConfiguration(...problems: string[]): string {
  return ["config_exception: invalid configuration", ...problems.map((it) => `    (#0) Message: ${it}`)].join("\n");
}

Deno.test("readRegressionConfig knows all methods by all their names", () => {
  const names: [string, string, unknown][] = [
    ["perceptron", "perceptron", { learning_rate: 1 }],
    ["PA", "PA", sensitive],
    ["passive_aggressive", "PA", sensitive],
    ["PA1", "PA1", regularized],
    ["passive_aggressive_1", "PA1", regularized],
    ["PA2", "PA2", regularized],
    ["passive_aggressive_2", "PA2", regularized],
    ["CW", "CW", regularized],
    ["confidence_weighted", "CW", regularized],
    ["AROW", "AROW", regularized],
    ["NHERD", "NHERD", regularized],
    ["normal_herd", "NHERD", regularized],
    ["cosine", "cosine", neighbors],
    ["euclidean", "euclidean", neighbors],
    ["NN", "NN", hashed],
    ["nearest_neighbor", "NN", hashed],
  ];
  for (const [name, method, parameter] of names) assertEquals(read(name, parameter).method, method);
  assertEquals(invalid("arow", regularized), "unsupported_method: unsupported method (arow)");
});

Deno.test("readRegressionConfig stores parameters in single precision", () => {
  const pa1 = read("PA1", { sensitivity: 0.1, regularization_weight: 0.3 });
  assert(pa1.method === "PA1");
  assertEquals([pa1.sensitivity, pa1.regularizationWeight], [0.10000000149011612, 0.30000001192092896]);
  assertEquals(invalid("perceptron", { learning_rate: 1e-46 }), invalidParameter("0.0 < learning_rate"));
});

Deno.test("readRegressionConfig averages uniformly unless told otherwise", () => {
  for (const [weight, expected] of [[undefined, "uniform"], ["uniform", "uniform"], ["distance", "distance"]]) {
    const config = read("cosine", { ...neighbors, weight });
    assert(config.method === "cosine");
    assertEquals(config.weight, expected);
  }
});

Deno.test("readRegressionConfig refuses values out of range with the texts of 1.1.1", () => {
  assertEquals(invalid("perceptron", { learning_rate: 0 }), invalidParameter("0.0 < learning_rate"));
  assertEquals(invalid("PA", { sensitivity: -1 }), invalidParameter("0.0 <= sensitivity"));
  for (const method of ["PA1", "PA2", "CW", "AROW", "NHERD"]) {
    assertEquals(invalid(method, { ...regularized, sensitivity: -1 }), invalidParameter("0.0 <= sensitivity"));
    assertEquals(
      invalid(method, { sensitivity: -1, regularization_weight: 0 }),
      invalidParameter("0.0 < regularization_weight"),
    );
  }
  for (const method of ["cosine", "euclidean"]) {
    assertEquals(invalid(method, { nearest_neighbor_num: 0 }), invalidParameter("nearest neighbor num >= 1"));
  }
  assertEquals(
    invalid("NN", { ...hashed, nearest_neighbor_num: 0 }),
    invalidParameter("nearest_neighbor_num should >= 1"),
  );
  for (const [method, parameter] of [["NN", hashed], ["cosine", neighbors], ["euclidean", neighbors]] as const) {
    assertEquals(
      invalid(method, { ...parameter, weight: "uniformly" }),
      invalidParameter("weight option must be distance or uniform"),
    );
  }
});

Deno.test("readRegressionConfig asks for parameters", () => {
  for (const method of ["perceptron", "PA", "PA1", "PA2", "CW", "AROW", "NHERD"]) {
    assertEquals(invalid(method), "jsonconfig::type_error: Object is expected, but Null is given. ()");
  }
  for (const method of ["NN", "cosine", "euclidean"]) {
    assertEquals(invalid(method), invalidConfiguration("parameter block is not specified in config"));
  }
});

Deno.test("readRegressionConfig lists all that is wrong with the members", () => {
  assertEquals(
    invalid("AROW", { learning_rate: 1, sensitivity: "1" }),
    invalidConfiguration(
      '"learning_rate" is not used (.parameter)',
      "Float is expected, but String is given. (.parameter.sensitivity)",
      '"regularization_weight" is not found (.parameter)',
    ),
  );
  assertEquals(
    invalid("NN", { nearest_neighbor_num: 1.5 }),
    invalidConfiguration(
      '"method" is not found (.parameter)',
      '"parameter" is not found (.parameter)',
      "Integer is expected, but Float is given. (.parameter.nearest_neighbor_num)",
    ),
  );
});

Deno.test("readRegressionConfig checks the unlearner and the hashing of NN", () => {
  assertEquals(
    invalid("NN", { ...hashed, unlearner: "lru" }),
    "exception::runtime_error: Unlearner is set but unlearner_parameter is not found",
  );
  assertEquals(invalid("NN", { ...hashed, method: "hash" }), "unsupported_method: unsupported method (hash)");
  assertEquals(invalid("NN", { ...hashed, parameter: { hash_num: 0 } }), invalidParameter("1 <= hash_num"));
});
