import { assertEquals, assertThrows } from "@std/assert";
import { assert } from "../../../lib/base/assert.ts";
import { byteStringOfText } from "../../../lib/base/byte_string.ts";
import { ConfigError, ConfigSyntaxError } from "../../../lib/base/config_error.ts";
import { type ClassifierConfig, readClassifierConfig } from "../../../lib/engine/classifier/classifier_config.ts";

const converter = { num_rules: [{ key: "*", type: "num" }] };

function read(method: string, parameter?: unknown): ClassifierConfig {
  return readClassifierConfig(byteStringOfText(JSON.stringify({ method, parameter, converter })));
}

function diagnostic(config: unknown): string {
  const text = byteStringOfText(JSON.stringify(config));
  return assertThrows(() => readClassifierConfig(text), ConfigError).describe();
}

function invalid(method: string, parameter?: unknown): string {
  const text = diagnostic({ method, parameter, converter });
  const prefix = "jubatus::core::common::";
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

const weight = { regularization_weight: 1 };
const neighbors = { nearest_neighbor_num: 3, local_sensitivity: 0.1 };
const hashed = { method: "lsh", parameter: { hash_num: 64 }, ...neighbors };

Deno.test("readClassifierConfig knows all methods by all their names", () => {
  const names: [string, string, unknown][] = [
    ["perceptron", "perceptron", undefined],
    ["PA", "PA", null],
    ["passive_aggressive", "PA", {}],
    ["PA1", "PA1", weight],
    ["passive_aggressive_1", "PA1", weight],
    ["PA2", "PA2", weight],
    ["passive_aggressive_2", "PA2", weight],
    ["CW", "CW", weight],
    ["confidence_weighted", "CW", weight],
    ["AROW", "AROW", weight],
    ["arow", "AROW", weight],
    ["NHERD", "NHERD", weight],
    ["normal_herd", "NHERD", weight],
    ["cosine", "cosine", neighbors],
    ["euclidean", "euclidean", neighbors],
    ["NN", "NN", hashed],
    ["nearest_neighbor", "NN", hashed],
  ];
  for (const [name, method, parameter] of names) assertEquals(read(name, parameter).method, method);
  assertEquals(invalid("pa"), "unsupported_method: unsupported method (classifier(pa))");
});

Deno.test("readClassifierConfig stores parameters in single precision", () => {
  const arow = read("AROW", { regularization_weight: 0.1 });
  assert("regularizationWeight" in arow);
  assertEquals(arow.regularizationWeight, 0.10000000149011612);
  const cosine = read("cosine", neighbors);
  assert("localSensitivity" in cosine);
  assertEquals([cosine.nearestNeighborNum, cosine.localSensitivity], [3, 0.10000000149011612]);
  assertEquals(
    invalid("PA1", { regularization_weight: 1e-46 }),
    "invalid_parameter: invalid parameter (expected: 0.0 < regularization_weight)",
  );
});

Deno.test("readClassifierConfig reads unlearners", () => {
  const lru = read("PA", { unlearner: "lru", unlearner_parameter: { max_size: 2, sticky_pattern: "s*" } });
  assert("unlearner" in lru && lru.unlearner?.method === "lru");
  assertEquals([lru.unlearner.maxSize, lru.unlearner.stickyPattern?.matchesName("sx")], [2, true]);
  const random = read("AROW", {
    ...weight,
    unlearner: "random",
    unlearner_parameter: { max_size: 2, seed: 4294967295 },
  });
  assert("unlearner" in random);
  assertEquals(random.unlearner, { method: "random", maxSize: 2, seed: 4294967295 });
  const none = read("PA", { unlearner_parameter: { max_size: 0 } });
  assert("unlearner" in none);
  assertEquals(none.unlearner, undefined);
});

Deno.test("readClassifierConfig reads nested nearest-neighbour engines", () => {
  const nested = (parameter: unknown) => {
    const config = read("NN", { ...hashed, ...(parameter as object) });
    assert(config.method === "NN");
    return config.nearestNeighbor;
  };
  assertEquals(nested({}), { method: "lsh", hashNum: 64, threads: 1, cacheSize: 0 });
  assertEquals(nested({ method: "euclid_lsh", parameter: { hash_num: 1, threads: -1, cache_size: 9 } }), {
    method: "euclid_lsh",
    hashNum: 1,
    threads: -1,
    cacheSize: 9,
  });
  assertEquals(nested({ method: "minhash", parameter: { hash_num: 8, threads: 0 } }).threads, 1);
});

Deno.test("readClassifierConfig reports collected problems", () => {
  const config = {
    methd: "AROW",
    parameter: 3,
    converter: { string_rules: [{ key: 1, type: "str", sample_weight: "bin" }], num_rules: {} },
  };
  assertEquals(
    diagnostic(config),
    `jubatus::core::common::config_exception: invalid configuration
    (#0) Message: "methd" is not used ()
    (#0) Message: "method" is not found ()
    (#0) Message: String is expected, but Integer is given. (.converter.string_rules[0].key)
    (#0) Message: "global_weight" is not found (.converter.string_rules[0])
    (#0) Message: Array is expected, but Object is given. (.converter.num_rules)`,
  );
});

Deno.test("readClassifierConfig reports problems of the parameter block", () => {
  const problem = (text: string) => `config_exception: invalid configuration\n    (#0) Message: ${text}`;
  assertEquals(invalid("AROW"), problem("parameter block is not specified in config"));
  assertEquals(invalid("AROW", {}), problem('"regularization_weight" is not found (.parameter)'));
  assertEquals(invalid("PA", weight), problem('"regularization_weight" is not used (.parameter)'));
  assertEquals(
    invalid("PA1", { regularization_weight: "1" }),
    problem("Float is expected, but String is given. (.parameter.regularization_weight)"),
  );
  assertEquals(invalid("cosine", { ...neighbors, unlearner: "lru" }), problem('"unlearner" is not used (.parameter)'));
  assertEquals(
    invalid("NN", { ...hashed, method: "minhash", parameter: { hash_num: 1, cache_size: 1 } }),
    problem('"cache_size" is not used (.parameter.parameter)'),
  );
  assertEquals(
    invalid("AROW", 3),
    "jsonconfig::type_error: Object is expected, but Integer is given. (.parameter)",
  );
});

Deno.test("readClassifierConfig reports bad unlearners", () => {
  const unlearner = (unlearner: string, unlearner_parameter?: unknown) =>
    invalid("PA", { unlearner, unlearner_parameter });
  const problem = (text: string) => `config_exception: invalid configuration\n    (#0) Message: ${text}`;
  assertEquals(
    unlearner("lru"),
    "exception::runtime_error: Unlearner is set but unlearner_parameter is not found",
  );
  assertEquals(
    unlearner("fifo", { max_size: 1 }),
    "unsupported_method: unsupported method (unlearner(fifo))",
  );
  assertEquals(unlearner("lru", { max_size: 0 }), problem("max_size must be a positive integer"));
  assertEquals(
    unlearner("random", { max_size: 1, seed: -1 }),
    problem("unlearner seed must be within unsigned 32 bit integer"),
  );
  assertEquals(
    unlearner("random", { max_size: 1, sticky_pattern: "" }),
    problem('"sticky_pattern" is not used (.parameter.unlearner_parameter)'),
  );
  assertEquals(
    unlearner("lru", { max_size: 1, seed: 1 }),
    problem('"seed" is not used (.parameter.unlearner_parameter)'),
  );
});

Deno.test("readClassifierConfig reports values out of range", () => {
  const expected = (text: string) => `invalid_parameter: invalid parameter (expected: ${text})`;
  assertEquals(invalid("AROW", { regularization_weight: 0 }), expected("0.0 < regularization_weight"));
  for (const num of [0, -1]) {
    for (const [method, parameter] of [["cosine", neighbors], ["NN", hashed]] as const) {
      assertEquals(
        invalid(method, { ...parameter, nearest_neighbor_num: num }),
        expected("nearest neighbor num >= 1"),
      );
    }
  }
  assertEquals(
    invalid("euclidean", { ...neighbors, local_sensitivity: -1 }),
    expected("local_sensitivity should >= 0"),
  );
  assertEquals(invalid("NN", { ...hashed, parameter: { hash_num: 0 } }), expected("1 <= hash_num"));
  assertEquals(
    invalid("NN", { ...hashed, parameter: { hash_num: 1, cache_size: -1 } }),
    expected("0 <= cache_size"),
  );
  assertEquals(invalid("NN", { ...hashed, method: "knn" }), "unsupported_method: unsupported method (knn)");
});

Deno.test("readClassifierConfig checks converter, method, shape, unlearner and range in this order", () => {
  assert(
    diagnostic({ method: "nope", converter: { num_rules: [{ key: "*", type: "nam" }] } }).endsWith(
      "converter_exception: unknown type: [nam] in num_rules",
    ),
  );
  assert(invalid("AROW", { regularization_weight: 0, x: 1 }).includes('"x" is not used'));
  assert(invalid("AROW", { regularization_weight: 0, unlearner: "lru" }).includes("Unlearner is set"));
  assert(invalid("NN", { ...hashed, nearest_neighbor_num: 0, parameter: { hash_num: 0 } }).includes("hash_num"));
});

Deno.test("readClassifierConfig takes the last of equal keys and ignores text behind the value", () => {
  assertEquals(
    readClassifierConfig('{"method": "nope", "method": "PA", "converter": {"num_rules": null}} x }').method,
    "PA",
  );
  assertThrows(() => readClassifierConfig('{"method": "AROW", "parameter": {'), ConfigSyntaxError, "end of data");
});
