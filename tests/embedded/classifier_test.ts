import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError, ConfigSyntaxError } from "../../lib/base/config_error.ts";
import { bestLabel, Classifier } from "../../lib/embedded/classifier.ts";
import type { ClassifierConfiguration } from "../../lib/embedded/classifier_configuration.ts";
import { ModelFileError } from "../../lib/model/model_file.ts";
import { DatumPairs } from "../../lib/service/data.ts";

const configuration: ClassifierConfiguration = {
  method: "PA",
  converter: {
    string_rules: [{ key: "*", type: "str", sample_weight: "bin", global_weight: "bin" }],
    num_rules: [{ key: "*", type: "num" }],
  },
};

Deno.test("Classifier scores every label of every datum when it was trained", () => {
  const classifier = new Classifier(configuration);
  assertEquals(classifier.classify([{ n: 1 }]), [[]]);
  assertEquals(classifier.train([["a", { n: 1 }], ["b", { n: -1 }]]), 2);
  const answers = classifier.classify([{ n: 1 }, { n: -1 }, {}]);
  assertEquals(answers.map((scores) => scores.map(({ label }) => label).sort()), [["a", "b"], ["a", "b"], ["a", "b"]]);
  assertEquals(answers.slice(0, 2).map((scores) => bestLabel(scores)?.label), ["a", "b"]);
});

Deno.test("Classifier keeps an account of its labels when they come and go", () => {
  const classifier = new Classifier(configuration);
  assertEquals([classifier.setLabel("a"), classifier.setLabel("a")], [true, false]);
  classifier.train([["徳川", { n: 1 }], ["\udcff", { n: 2 }], ["徳川", { n: 3 }]]);
  assertEquals(classifier.getLabels(), new Map([["a", 0], ["徳川", 2], ["\udcff", 1]]));
  assertEquals([classifier.deleteLabel("徳川"), classifier.deleteLabel("徳川")], [true, false]);
  assertEquals([...classifier.getLabels().keys()], ["a", "\udcff"]);
  classifier.clear();
  assertEquals(classifier.getLabels(), new Map());
});

Deno.test("Classifier goes on as before when it is saved and loaded", () => {
  const classifier = new Classifier(configuration);
  classifier.train([["a", { s: "x", n: 2 }], ["b", { s: "y", n: -3 }], ["c", { s: "z" }]]);
  const copy = Classifier.load(classifier.save({ id: "三" }));
  assertEquals(copy.config, classifier.config);
  assertEquals(JSON.parse(copy.config), configuration);
  const data = [{ s: "x" }, { n: 1 }, { s: "z", n: 0.5 }];
  for (const each of [classifier, copy]) each.train([["b", { s: "x", n: 1 }]]);
  const [expected, actual] = [classifier, copy].map((each) =>
    each.classify(data).map((scores) => new Map(scores.map(({ label, score }) => [label, score])))
  );
  assertEquals(actual, expected);
  assertEquals(copy.getLabels(), classifier.getLabels());
});

Deno.test("Classifier.load refuses every truncation and every changed byte of a file", () => {
  const classifier = new Classifier(configuration);
  classifier.train([["a", { n: 1 }], ["b", { n: 2 }]]);
  const bytes = classifier.save();
  for (let end = 0; end < bytes.length; end++) {
    assertThrows(() => Classifier.load(bytes.subarray(0, end)), ModelFileError);
  }
  for (let at = 0; at < bytes.length; at++) {
    // Minor and maintenance version do not matter, but for the checksum.
    const changed = bytes.slice();
    changed[at]! ^= 0x10;
    assertThrows(() => Classifier.load(changed), ModelFileError);
  }
  assertEquals(Classifier.load(bytes).getLabels(), classifier.getLabels());
});

Deno.test("Classifier takes a configuration as text, and says what is wrong with it", () => {
  const text = '{ "method": "PA", "converter": {} }';
  assertEquals(new Classifier(text).config, text);
  assertThrows(() => new Classifier("{ method"), ConfigSyntaxError);
  assertThrows(() => new Classifier({ ...configuration, method: "magic" }), ConfigError, "unsupported method");
  const error = assertThrows(() => new Classifier('{ "method": 1, "extra": 2 }'), ConfigError);
  assert(error.problems.length >= 2, error.problems.join());
});

Deno.test("Classifier learns nothing of a batch when a datum in it cannot be read", () => {
  const classifier = new Classifier(configuration);
  const date = { n: new Date(0) } as unknown as Record<string, number>;
  assertThrows(() => classifier.train([["a", { n: 1 }], ["b", date]]), TypeError, "datum member n");
  assertEquals(classifier.getLabels(), new Map());
});

Deno.test("Classifier keeps order and repetition of keys when a datum is given as lists", () => {
  const classifier = new Classifier({
    method: "perceptron",
    converter: { string_rules: [{ key: "*", type: "str", sample_weight: "tf", global_weight: "bin" }] },
  });
  classifier.train([["a", new DatumPairs({ strings: [["k", "x"], ["k", "x"], ["k", "y"]] })], ["b", { k: "z" }]]);
  const [twice, once] = classifier.classify([{ k: "x" }, { k: "y" }]).map((scores) =>
    scores.find(({ label }) => label === "a")!.score
  );
  assertEquals(twice, 2 * once!);
});

Deno.test("bestLabel returns the first of the highest, or nothing when there are no scores", () => {
  assertEquals(bestLabel([]), undefined);
  const scores = [{ label: "a", score: -1 }, { label: "b", score: 2 }, { label: "c", score: 2 }];
  assertEquals(bestLabel(scores), scores[1]);
});
