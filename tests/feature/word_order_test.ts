import { assertEquals } from "@std/assert";
import { compileConverter } from "../../lib/feature/converter_config.ts";
import { trainingOrdering, WordOrder, type WordOrdering, wordOrdering } from "../../lib/feature/word_order.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { HashOrderedSet } from "../../lib/model/hash_order.ts";
import { parseJson } from "../../lib/base/json_value.ts";
import { SeededRandom } from "../support/seeded_random.ts";

Deno.test("WordOrder puts words in the order of a hash table, and leaves what comes before them", () => {
  const seed = 1;
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const suffix = "@space#tf/bin";
  const features = new FeatureTable([suffix]);
  const order = new WordOrder(features);
  for (const size of [1, 2, 9, 11, 12, 50, 300, 5]) {
    const words = new Set(Array.from({ length: size }, () => `w${"x".repeat(random.below(14))}${random.below(1000)}`));
    const table = new HashOrderedSet<string>();
    const vector = new FeatureVector();
    vector.push(features.intern("n@num"), -1);
    let value = 0;
    for (const word of words) {
      table.insert(word);
      vector.push(features.intern(`t$${word}${suffix}`), value++);
    }
    order.apply(vector, 1, suffix);
    const pairs = Array.from({ length: vector.count }, (_, i) => [features.nameOf(vector.ids[i]!), vector.values[i]!]);
    const all = [...words];
    const expected = table.keys().map((word) => [`t$${word}${suffix}`, all.indexOf(word)]);
    assertEquals(pairs, [["n@num", -1], ...expected]);
  }
});

Deno.test("wordOrdering is strict when data are compared whose words have values that are not whole", () => {
  const cases: [sample: string, global: string, expected: WordOrdering][] = [
    ["bin", "bin", "never"],
    ["tf", "bin", "never"],
    ["log_tf", "bin", "always"],
    ["bin", "idf", "always"],
    ["tf", "bm25", "always"],
    ["bin", "weight", "always"],
  ];
  const rule = (sample_weight: string, global_weight: string) => ({
    key: "*",
    type: "space",
    sample_weight,
    global_weight,
  });
  for (const [sample, global, expected] of cases) {
    const config = JSON.stringify({ string_rules: [rule("bin", "bin"), rule(sample, global)] });
    const plan = compileConverter(parseJson(config).value);
    assertEquals(
      [wordOrdering(plan, true), wordOrdering(plan, false)],
      [expected, "while small"],
      `${sample}/${global}`,
    );
    assertEquals(trainingOrdering(plan), "never");
  }
  const rounded = compileConverter(parseJson(JSON.stringify({ string_rules: [rule("log_tf", "bm25")] })).value);
  assertEquals(trainingOrdering(rounded), "while small");
});
