import { assertEquals, assertThrows } from "@std/assert";
import { assert } from "../../lib/base/assert.ts";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { ConfigError, configErrorClass } from "../../lib/base/config_error.ts";
import { parseConfig } from "../../lib/base/config_reader.ts";
import { compileConverter, type ConverterPlan } from "../../lib/feature/converter_config.ts";
import type { ConverterPlugins } from "../../lib/feature/converter_plugins.ts";
import { wholeValueSplitter } from "../../lib/feature/splitter.ts";

function compile(config: unknown, plugins?: ConverterPlugins): ConverterPlan {
  return compileConverter(parseConfig(byteStringOfText(JSON.stringify(config))).value, plugins);
}

function fault(config: unknown): string {
  return assertThrows(() => compile(config), ConfigError).message;
}

const stringRule = { key: "*", type: "str", sample_weight: "bin", global_weight: "bin" };

Deno.test("compileConverter accepts absent and null members", () => {
  const empty = compile({});
  assertEquals(empty, compile({ string_rules: null, num_types: null, hash_max_size: null }));
  assertEquals(empty.stringRules, []);
  assertEquals(empty.hashMaxSize, undefined);
});

Deno.test("compileConverter compiles rules of all kinds in order", () => {
  const plan = compile({
    string_filter_types: { f: { method: "regexp", pattern: "a", replace: "b" } },
    string_filter_rules: [{ key: "*", type: "f", suffix: "-f" }],
    num_filter_types: { p: { method: "add", value: "1" } },
    num_filter_rules: [{ key: "n*", except: "nn", type: "p", suffix: "" }],
    string_types: { bi: { method: "ngram", char_num: " 2xyz" } },
    string_rules: [stringRule, { ...stringRule, type: "bi", sample_weight: "log_tf", global_weight: "bm25" }],
    num_rules: [{ key: "*", type: "log" }, { key: "*", except: null, type: "str" }],
    combination_rules: [{ key_left: "a", key_right: "*", except_right: "b", type: "mul" }],
    hash_max_size: 7,
  });
  assertEquals(plan.stringFilterRules[0]!.suffix, "-f");
  assertEquals(plan.numberFilterRules[0]!.filter(1), 2);
  assert(plan.numberFilterRules[0]!.except!.matchesName("nn"));
  assertEquals(
    plan.stringRules.map((rule) => [rule.typeName, rule.isWholeValue, rule.sampleWeight, rule.globalWeight]),
    [
      ["str", true, "bin", "bin"],
      ["bi", false, "log_tf", "bm25"],
    ],
  );
  assertEquals(plan.numberRules.map((rule) => [rule.kind, rule.except]), [["log", undefined], ["str", undefined]]);
  assertEquals(plan.combinationRules[0]!.kind, "mul");
  assert(plan.combinationRules[0]!.exceptRight!.matchesName("b"));
  assertEquals(plan.hashMaxSize, 7);
});

Deno.test("compileConverter lets types redefine the predefined ones", () => {
  const plan = compile({ string_types: { str: { method: "ngram", char_num: "2" } }, string_rules: [stringRule] });
  assertEquals(plan.stringRules[0]!.isWholeValue, false);
  assertEquals(plan.stringRules[0]!.typeName, "str");
});

Deno.test("compileConverter names what is wrong with types", () => {
  const string = (type: unknown) => fault({ string_types: { t: type } });
  assertEquals(string({}), "parameter: [method] must be defined");
  assertEquals(string({ method: "chars" }), "unknown splitter name: chars");
  assertEquals(string({ method: "ngram" }), '"char_num" is not specified in parameters');
  assertEquals(string({ method: "ngram", char_num: "x" }), '"char_num" must be an integer value: x');
  assertEquals(string({ method: "ngram", char_num: "0" }), "char_num must be positive integer: 0");
  assertEquals(string({ method: "split" }), "not found: separators");
  assertEquals(string({ method: "regexp" }), "not found: pattern");
  assertEquals(string({ method: "regexp", pattern: "a", group: "x" }), "is not integer: group = x");
  assertEquals(string({ method: "regexp", pattern: "a", group: "-1" }), "'group' must be positive: -1");
  assertEquals(
    string({ method: "regexp", pattern: "(a)", group: "2" }),
    "regexp '(a)' only contains 1 groups, but 'group' is 2",
  );
  const filter = (type: unknown) => fault({ string_filter_types: { t: type } });
  assertEquals(filter({ method: "cut" }), "unknown filter name: cut");
  assertEquals(filter({ method: "regexp", replace: "" }), '"pattern" is not specified in parameters');
  assertEquals(filter({ method: "regexp", pattern: "" }), '"replace" is not specified in parameters');
  assertEquals(fault({ num_types: { t: { method: "num" } } }), "unknown num feature name: num");
  assertEquals(fault({ binary_types: { t: { method: "x" } } }), "unknown binary feature name: x");
  assertEquals(fault({ combination_types: { t: { method: "add" } } }), "unknown combination feature name: add");
});

Deno.test("compileConverter names what is wrong with rules", () => {
  const rule = { key: "*", type: "nope" };
  const filterRule = { ...rule, suffix: "" };
  assertEquals(fault({ string_filter_rules: [filterRule] }), "unknown type: [nope] in string_filter_rules");
  assertEquals(fault({ num_filter_rules: [filterRule] }), "unknown type: [nope] in num_filter_rules");
  assertEquals(fault({ string_rules: [{ ...stringRule, type: "語" }] }), "unknown type: [語] in string_rules");
  assertEquals(
    fault({ string_rules: [{ ...stringRule, sample_weight: "tfx" }] }),
    "unknown sample_weight: [tfx] in string_rules",
  );
  assertEquals(
    fault({ string_rules: [{ ...stringRule, global_weight: "df" }] }),
    "unknown global_weight: [df] in string_rules",
  );
  assertEquals(fault({ num_rules: [rule] }), "unknown type: [nope] in num_rules");
  assertEquals(fault({ binary_rules: [rule] }), "unknown type: [nope] in binary_rules");
  assertEquals(
    fault({ combination_rules: [{ key_left: "", key_right: "", type: "sub" }] }),
    "unknown type: [sub] in combination_rules",
  );
});

Deno.test("compileConverter checks the hash size first, then types by name, then rules", () => {
  const types = { b: { method: "y" }, a: { method: "x" } };
  assertEquals(fault({ hash_max_size: -3, string_types: types }), "hash_max_size must be positive, but is -3");
  assertEquals(fault({ string_types: types, num_filter_types: types }), "unknown num filter name: x");
  assertEquals(fault({ string_types: types, num_rules: [{ key: "", type: "t" }] }), "unknown splitter name: x");
  const error = assertThrows(() => compile({ hash_max_size: 0 }), ConfigError);
  assertEquals(error.exceptionClass, configErrorClass.converter);
});

Deno.test("compileConverter collects problems of the shape", () => {
  const config = { hash_max_size: 1.5, num_rules: {}, string_types: { n: { char_num: 2 } }, rules: [] };
  assertEquals(assertThrows(() => compile(config), ConfigError).problems, [
    '"rules" is not used ()',
    "String is expected, but Integer is given. (.string_types.n.char_num)",
    "Array is expected, but Object is given. (.num_rules)",
    "Integer is expected, but Float is given. (.hash_max_size)",
  ]);
});

Deno.test("compileConverter explains that native plugins cannot be loaded", () => {
  const type = { method: "dynamic", path: "libmecab_splitter.so", function: "create" };
  const text = fault({ string_types: { m: type } });
  assert(text.startsWith("cannot load dynamic library: libmecab_splitter.so: native plugins are not supported"), text);
  assert(text.includes("ngram"), text);
  assertEquals(fault({ binary_types: { m: { method: "dynamic" } } }), '"path" is not specified in parameters');
  assertEquals(
    fault({ num_types: { m: { method: "dynamic", path: "x.so" } } }),
    '"function" is not specified in parameters',
  );
});

Deno.test("compileConverter uses registered plugins", () => {
  const plan = compile({
    string_types: { m: { method: "dynamic", path: "x.so", function: "create", arg: "1" } },
    string_rules: [{ ...stringRule, type: "m" }],
    binary_types: { b: { method: "dynamic", path: "y.so", function: "create" } },
    binary_rules: [{ key: "*", except: "x", type: "b" }],
  }, {
    splitters: new Map([["x.so", (parameters) => {
      assertEquals(parameters.get("arg"), "1");
      return wholeValueSplitter;
    }]]),
    binaryFeatures: new Map([["y.so", () => (prefix, bytes) => [[`${prefix}#length`, bytes.length]]]]),
  });
  assertEquals(plan.stringRules[0]!.splitter, wholeValueSplitter);
  const [rule] = plan.binaryRules;
  assertEquals([...rule!.extract("k@b", new Uint8Array(3))], [["k@b#length", 3]]);
  assert(rule!.except!.matchesName("x"));
});
