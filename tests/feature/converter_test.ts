import { assertEquals, assertThrows } from "@std/assert";
import { byteStringOfText, textOf } from "../../lib/base/byte_string.ts";
import { parseConfig } from "../../lib/base/config_reader.ts";
import { Converter, featureSuffixes, UNORDERED } from "../../lib/feature/converter.ts";
import { FeatureKeyError, FeatureValueError } from "../../lib/feature/feature_errors.ts";
import { compileConverter } from "../../lib/feature/converter_config.ts";
import { SMALL_FEATURES_MAX } from "../../lib/feature/word_order.ts";
import { WeightStatistics } from "../../lib/feature/weight_statistics.ts";
import { FeatureOrder, hashOfNames } from "../../lib/model/feature_order.ts";
import { FeatureTable, HELD_BY_WEIGHTS } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { batchOf, type ShortDatum } from "../support/datum.ts";
import { packed } from "../support/packed.ts";

type Features = [name: string, value: number][];

/** A converter with its tables; what training would hold is held. */
class Setup {
  readonly features: FeatureTable;
  readonly statistics: WeightStatistics;
  readonly #converter: Converter;
  readonly #vector = new FeatureVector();

  constructor(config: unknown, needsAll = true, isMixed = false, orderings = UNORDERED) {
    const plan = compileConverter(
      parseConfig(byteStringOfText(typeof config === "string" ? config : JSON.stringify(config))).value,
    );
    this.features = new FeatureTable(featureSuffixes(plan));
    this.statistics = new WeightStatistics(this.features, isMixed);
    this.#converter = new Converter(plan, this.features, this.statistics, needsAll, orderings);
  }

  train(datum: ShortDatum): Features {
    try {
      this.#converter.convertForTraining(batchOf(datum), 0, this.#vector);
      return this.#named();
    } finally {
      this.features.dropUnheld();
    }
  }

  /** Makes a datum's features stay. */
  hold(datum: ShortDatum): void {
    this.#converter.convertForTraining(batchOf(datum), 0, this.#vector);
    const { ids, count } = this.#vector;
    for (let i = 0; i < count; i++) this.features.hold(ids[i]!, HELD_BY_WEIGHTS);
    this.features.dropUnheld();
  }

  query(datum: ShortDatum): Features {
    try {
      this.#converter.convertForQuery(batchOf(datum), 0, this.#vector);
      return this.#named();
    } finally {
      this.features.dropUnheld();
    }
  }

  #named(): Features {
    const { ids, values, count } = this.#vector;
    return Array.from({ length: count }, (_, i) => [textOf(this.features.nameOf(ids[i]!)), values[i]!]);
  }
}

function strings(type: string, sample: string, global: string, key = "*"): unknown {
  return { key, type, sample_weight: sample, global_weight: global };
}

const words = (text: string): ShortDatum => ({ strings: [["t", text]] });
const anyNumber = { num_rules: [{ key: "*", type: "num" }] };

Deno.test("Converter takes strings rule by rule, then what filters have made", () => {
  const { train } = bound({
    string_filter_types: { detag: { method: "regexp", pattern: "<[^>]*>", replace: "" } },
    string_filter_rules: [{ key: "*", type: "detag", suffix: "-d" }],
    string_types: { bi: { method: "ngram", char_num: "2" } },
    string_rules: [strings("str", "bin", "bin"), strings("bi", "tf", "bin", "t*")],
  });
  const names = train(words("<a>xyz")).map(([name]) => name);
  assertEquals(names[0], "t$<a>xyz@str#bin/bin");
  assertEquals([...names.slice(1, 6)].sort(), ["<a", "a>", ">x", "xy", "yz"].map((it) => `t$${it}@bi#tf/bin`).sort());
  assertEquals(names[6], "t-d$xyz@str#bin/bin");
  assertEquals(names.slice(7).sort(), ["t-d$xy@bi#tf/bin", "t-d$yz@bi#tf/bin"]);
});

Deno.test("Converter chains filters: each rule sees what earlier rules have made", () => {
  const { train } = bound({
    string_filter_types: { f: { method: "regexp", pattern: "x", replace: "y" } },
    string_filter_rules: [{ key: "*", type: "f", suffix: "-f" }, { key: "*", type: "f", suffix: "-g" }],
    string_rules: [strings("str", "bin", "bin")],
    num_filter_types: { add: { method: "add", value: "3" } },
    num_filter_rules: [{ key: "*", type: "add", suffix: "+a" }, { key: "n+a", type: "add", suffix: "+b" }],
    ...anyNumber,
  });
  assertEquals(train({ strings: [["t", "x"]], numbers: [["n", 1]] }), [
    ["t$x@str#bin/bin", 1],
    ["t-f$y@str#bin/bin", 1],
    ["t-g$y@str#bin/bin", 1],
    ["t-f-g$y@str#bin/bin", 1],
    ["n@num", 1],
    ["n+a@num", 4],
    ["n+a+b@num", 7],
  ]);
});

Deno.test("Converter formats, takes logarithms of, and drops numbers", () => {
  const { train } = bound({
    num_rules: [{ key: "*", type: "str" }, { key: "*", type: "num" }, { key: "*", type: "log" }],
  });
  const names = (value: number): Features => train({ numbers: [["n", value]] });
  assertEquals(names(0), [["n@str$0", 1]]);
  assertEquals(names(-2), [["n@str$-2", 1], ["n@num", -2]]);
  assertEquals(names(3.5), [["n@str$3.5", 1], ["n@num", 3.5], ["n@log", 1.2527629684953681]]);
  assertEquals(names(0.000012345678)[0]![0], "n@str$1.23457e-05");
});

Deno.test("Converter counts words and weighs the counts", () => {
  const { train } = bound({
    string_types: { cut: { method: "split", separators: ",、" } },
    string_rules: [strings("cut", "log_tf", "bin"), strings("cut", "tf", "bin"), strings("space", "bin", "bin")],
  });
  assertEquals(train(words("a,b、a")), [
    ["t$a@cut#log_tf/bin", 1.0986122886681098],
    ["t$b@cut#log_tf/bin", Math.log(2)],
    ["t$a@cut#tf/bin", 2],
    ["t$b@cut#tf/bin", 1],
    ["t$a,b、a@space#bin/bin", 1],
  ]);
});

Deno.test("Converter gives the empty string's word to str alone", () => {
  const { train } = bound({
    string_types: { bi: { method: "ngram", char_num: "2" } },
    string_rules: ["str", "space", "bi"].map((type) => strings(type, "bin", "bin")),
  });
  assertEquals(train(words("")), [["t$@str#bin/bin", 1]]);
});

Deno.test("Converter weighs by idf as 1.1.1 does", () => {
  const { train, query } = bound({ string_rules: [strings("space", "tf", "idf")], ...anyNumber });
  assertEquals(train({ ...words("a b a"), numbers: [["n", 1]] }), [["n@num", 1]]);
  assertEquals(train({ ...words("a c"), numbers: [["n", 1]] }), [
    ["t$c@space#tf/idf", 0.40546510810816438],
    ["n@num", 1],
  ]);
  assertEquals(query(words("a b zz")), [
    ["t$b@space#tf/idf", 0.40546510810816438],
    ["t$zz@space#tf/idf", 1.0986122886681098],
  ]);
});

Deno.test("Converter weighs by idf1 as 1.1.1 does", () => {
  const { train, query } = bound({ string_rules: [strings("space", "log_tf", "idf1")] });
  for (const text of ["a b a", "a c"]) train(words(text));
  assertEquals(query(words("a b zz")), [
    ["t$a@space#log_tf/idf1", 0.69314718055994529],
    ["t$b@space#log_tf/idf1", 0.97419417706055289],
    ["t$zz@space#log_tf/idf1", 1.4546471909787544],
  ]);
});

Deno.test("Converter takes logarithms to the last digit", () => {
  const config = {
    string_rules: [strings("space", "log_tf", "bin")],
    num_rules: [{ key: "*", type: "log" }],
  };
  const datum: ShortDatum = { strings: [["t", "a a"]], numbers: [["x", 1.4]] };
  assertEquals(Math.log(3), 1.0986122886681096, "otherwise this shows nothing");
  const expected: Features = [["t$a@space#log_tf/bin", 1.0986122886681098], ["x@log", 0.3364722366212129]];
  assertEquals(new Setup(config).train(datum), expected);
  const { train, query } = bound({ string_rules: [strings("space", "tf", "idf")] });
  for (const text of ["a b a", "a c"]) train(words(text));
  assertEquals(query(words("zz")), [["t$zz@space#tf/idf", 1.0986122886681098]]);
});

Deno.test("Converter weighs by bm25 as 1.1.1 does", () => {
  const { train, query } = bound({ string_rules: [strings("space", "tf", "bm25")] });
  assertEquals(train(words("a b a")), [
    ["t$a@space#tf/bm25", -1.5105918969186509],
    ["t$b@space#tf/bm25", -1.0986122886681098],
  ]);
  assertEquals(train(words("a c")), [["t$a@space#tf/bm25", -1.7528531719579312]]);
  assertEquals(train(words("d")), [["t$d@space#tf/bm25", 0.64218078416295987]]);
  assertEquals(train(words("e")), [["t$e@space#tf/bm25", 1.027432051178184]]);
  assertEquals(query(words("a b zz")), [
    ["t$b@space#tf/bm25", 0.65569784170668033],
    ["t$zz@space#tf/bm25", 1.700364748290341],
  ]);
});

Deno.test("Converter keeps bm25 finite when a word counts twice in the first document", () => {
  const { train } = bound({ string_rules: [strings("space", "tf", "bm25")] });
  const [[, value]] = train({ strings: [["t", "a"], ["t", "a"]] }) as [[string, number]];
  assertEquals(Number.isFinite(value), true);
});

Deno.test("Converter counts documents when training only, and only for rules that need it", () => {
  const { setup, train, query } = bound({ string_rules: [strings("space", "tf", "idf")] });
  train(words("a a b"));
  query(words("a c"));
  assertEquals(setup.statistics.documents, 1);
  assertEquals(setup.statistics.documentFrequency(setup.features.find("t$a@space#tf/idf")), 1);
  const without = bound({ string_rules: [strings("space", "tf", "bin")] });
  without.train(words("a"));
  assertEquals(without.setup.statistics.documents, 0);
});

Deno.test("Converter combines features after zeros are dropped, and keeps zeros it makes", () => {
  const { train } = bound({
    string_rules: [strings("str", "bin", "bin")],
    ...anyNumber,
    combination_rules: [{ key_left: "*", key_right: "*", type: "mul" }, {
      key_left: "*@num",
      key_right: "*@num",
      type: "add",
    }],
  });
  assertEquals(train({ strings: [["s", "x"]], numbers: [["a", 2], ["b", 3], ["z", 0]] }).slice(3), [
    ["s$x@str#bin/bin&a@num/mul", 2],
    ["s$x@str#bin/bin&b@num/mul", 3],
    ["a@num&b@num/mul", 6],
    ["a@num&b@num/add", 5],
  ]);
  assertEquals(train({ numbers: [["a", 2]] }), [["a@num", 2]]);
  assertEquals(train({ numbers: [["a", 1], ["a", -1]] }).slice(2), [["a@num&a@num/mul", -1], ["a@num&a@num/add", 0]]);
});

Deno.test("Converter combines words in the order of 1.1.1's hash table, whatever their type is called", () => {
  const named = (type: string): string[] => {
    const { train } = bound({
      string_types: { [type]: { method: "split", separators: " " } },
      string_rules: [strings(type, "bin", "bin")],
      combination_rules: [{ key_left: "*", key_right: "*", type: "add" }],
    });
    const features = train(words("the quick brown fox jumps over the lazy dog"));
    return features.slice(0, 8).map(([name]) => name.slice(2, name.indexOf("@")));
  };
  const expected = ["dog", "lazy", "jumps", "fox", "over", "brown", "quick", "the"];
  assertEquals(named("words"), expected);
  assertEquals(named("words@home"), expected);
});

Deno.test("Converter puts words in the order of 1.1.1's hash table where it is told to", () => {
  const text = "the quick brown fox jumps over the lazy dog";
  const first = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog"];
  const ordered = ["dog", "lazy", "jumps", "fox", "over", "brown", "quick", "the"];
  const config = { string_rules: [strings("space", "tf", "bin")] };
  const named = (features: Features): string[] => features.map(([name]) => name.slice(2, name.indexOf("@")));
  const expected = { "never": first, "while small": ordered, "always": ordered };
  const orderings = ["never", "while small", "always"] as const;
  for (const training of orderings) {
    for (const queries of orderings) {
      const setup = new Setup(config, true, false, { training, queries });
      assertEquals(named(setup.train(words(text))), expected[training], training);
      const features = setup.query(words(text));
      assertEquals(named(features), expected[queries], queries);
      assertEquals(new Map(features).get("t$the@space#tf/bin"), 2);
    }
  }
});

Deno.test("Converter orders words among those never learned, as long as there are few features", () => {
  const setup = new Setup({ string_rules: [strings("space", "bin", "bin")], ...anyNumber }, false, false, {
    training: "never",
    queries: "while small",
  });
  const text = "the quick brown fox jumps over the lazy dog";
  const query = (): string[] => setup.query(words(text)).map(([name]) => name.slice(2, name.indexOf("@")));
  setup.hold(words("the dog"));
  assertEquals(query(), ["dog", "lazy", "jumps", "fox", "over", "brown", "quick", "the"]);
  setup.hold({ numbers: Array.from({ length: SMALL_FEATURES_MAX }, (_, i) => [`n${i}`, 1]) });
  assertEquals(query(), ["the", "dog"]);
});

Deno.test("Converter counts words in the order of 1.1.1 once, though combinations need it too", () => {
  const text = "the quick brown fox jumps over the lazy dog";
  const string_rules = [strings("space", "tf", "idf")];
  const combination_rules = [{ key_left: "*", key_right: "*", type: "add" }];
  const [plain, combined] = [{ string_rules }, { string_rules, combination_rules }].map((config) => {
    const setup = new Setup(config, true, true);
    setup.train(words(text));
    return packed(setup.statistics);
  });
  assertEquals(combined, plain);
});

Deno.test("Converter counts values of one word in the order in which they come", () => {
  const setup = new Setup({ string_rules: [strings("str", "bin", "idf")] }, true, true);
  const values = "the quick brown fox jumps over a lazy dog".split(" ");
  setup.train({ strings: values.map((value) => ["k", value]) });
  const order = new FeatureOrder(hashOfNames((id) => setup.features.nameOf(id)));
  for (const value of values) order.add(setup.features.find(`k$${value}@str#bin/idf`));
  assertEquals(setup.statistics.beginSending().ids, order.ids());
});

Deno.test("Converter learns a datum without combinations that are not finite", () => {
  const combination_rules = [{ key_left: "*", key_right: "*", type: "mul" }];
  const { train, query } = bound({ ...anyNumber, combination_rules });
  const datum: ShortDatum = { numbers: [["x", 1e200], ["y", 1e200], ["z", 2]] };
  const finite: Features = [["x@num", 1e200], ["y@num", 1e200], ["z@num", 2]];
  const both: Features = [["x@num&z@num/mul", 2e200], ["y@num&z@num/mul", 2e200]];
  assertEquals(train(datum), [...finite, ...both]);
  assertEquals(query(datum), [...finite, ["x@num&y@num/mul", Infinity], ...both]);
});

Deno.test("Converter hashes names with sign extension", () => {
  const { train } = bound({ string_rules: [strings("str", "bin", "bin")], ...anyNumber, hash_max_size: 7 });
  const datum = { strings: [["s", "あ"]], numbers: [["a", 1], ["b", 1], ["c", 1]] } as const;
  assertEquals(train(datum).map(([name]) => name), ["5", "5", "4", "2"]);
});

Deno.test("Converter hashes names to any number of names that fits 64 bits", () => {
  for (const size of ["1099511627776", "9223372036854775807"]) {
    const { train } = bound(`{"num_rules":[{"key":"*","type":"num"}],"hash_max_size":${size}}`);
    const [name] = train({ numbers: [["k", 1]] })[0]!;
    assertEquals(BigInt(name), 15896927618105865260n % BigInt(size));
  }
});

Deno.test("Converter refuses a key with $ only when a feature would come of it", () => {
  for (
    const rules of [{ string_rules: [strings("space", "tf", "idf", "a*")] }, {
      string_rules: [strings("str", "bin", "idf")],
    }]
  ) {
    const { setup, train, query } = bound(rules);
    for (const convert of [train, query]) {
      assertThrows(() => convert({ strings: [["a$b", "x"]] }), FeatureKeyError, "feature key cannot contain '$': a$b");
    }
    assertEquals([setup.statistics.documents, setup.features.size], [0, 0]);
  }
  const { train } = bound({ string_rules: [strings("space", "tf", "idf", "a*")], ...anyNumber });
  assertEquals(train({ strings: [["a$b", " "], ["b$", "x"]] }), []);
  assertThrows(() => train({ numbers: [["n$", 1]] }), FeatureKeyError);
});

Deno.test("Converter refuses to learn numbers that are not finite, and changes nothing", () => {
  const { setup, train, query } = bound({ string_rules: [strings("space", "tf", "idf")], ...anyNumber });
  for (const value of [Infinity, -Infinity, NaN]) {
    assertThrows(() => train({ ...words("a"), numbers: [["n", value]] }), FeatureValueError, `n@num is ${value}`);
  }
  assertEquals([setup.statistics.documents, setup.features.size], [0, 0]);
  assertEquals(query({ numbers: [["n", Infinity]] }), [["n@num", Infinity]]);
});

Deno.test("Converter takes words of a filtered value in any order, up to its last byte", () => {
  // A look-ahead finds the last letter, then those before it.
  const { train } = bound({
    string_filter_types: { f: { method: "regexp", pattern: "#", replace: "" } },
    string_filter_rules: [{ key: "*", type: "f", suffix: "-f" }],
    string_types: { r: { method: "regexp", pattern: "[ab](?=(?:(?<=a).*)?(.))", group: "1" } },
    string_rules: [strings("r", "bin", "bin", "*-f")],
  });
  const expected: Features = [["t-f$e@r#bin/bin", 1], ["t-f$c@r#bin/bin", 1]];
  assertEquals(train(words(`ab${"c".repeat(18)}de`)), expected);
});

Deno.test("Converter leaves nothing behind when queries have keys and words never seen", () => {
  for (const needsAll of [false, true]) {
    const { setup, query } = bound({ string_rules: [strings("space", "tf", "idf")], ...anyNumber }, needsAll);
    for (let i = 0; i < 1000; i++) query({ strings: [[`key${i}`, `word${i} other${i}`]], numbers: [[`n${i}`, 1]] });
    assertEquals(setup.features.size, 0);
    assertEquals(setup.features.idEnd <= 3, true);
  }
});

function bound(config: unknown, needsAll = true): {
  setup: Setup;
  train: (datum: ShortDatum) => Features;
  query: (datum: ShortDatum) => Features;
} {
  const setup = new Setup(config, needsAll);
  return { setup, train: (datum) => setup.train(datum), query: (datum) => setup.query(datum) };
}
