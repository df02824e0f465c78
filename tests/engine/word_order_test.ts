import { assertEquals } from "@std/assert";
import { classifierType } from "../../lib/engine/classifier/classifier_engine.ts";
import { regressionType } from "../../lib/engine/regression/regression_engine.ts";
import { DatumPairs } from "../../lib/service/data.ts";
import { EngineSession } from "../support/engine_session.ts";

const converter = {
  string_rules: [{ key: "*", type: "space", sample_weight: "log_tf", global_weight: "bin" }],
  num_rules: [{ key: "*", type: "num" }],
};
/** How often the words occur. */
const counts = { the: 5, quick: 2, brown: 5, fox: 5, jumps: 6, over: 7, lazy: 4, dog: 4 };
/**
 * The squares of the words' weights add up to 24.129379168938538 in the order of 1.1.1's hash table, and to
 * 24.129379168938534 in that of their first occurrences.
 */
const text = new DatumPairs({
  strings: [["t", Object.entries(counts).map(([word, count]) => `${word} `.repeat(count)).join("")]],
});

Deno.test("ClassifierEngine adds the words of a query up in the order of 1.1.1 when it compares data", () => {
  const parameter = { nearest_neighbor_num: 1, local_sensitivity: 1 };
  const session = new EngineSession(classifierType, { method: "euclidean", parameter, converter });
  session.call("train", [["A", { n: 3 }]]);
  const score = Math.exp(-Math.sqrt(24.129379168938538 + 9));
  assertEquals(session.call("classify", [text]), [[{ label: "A", score }]]);
});

Deno.test("RegressionEngine adds the words of an example up in the order of 1.1.1 when it compares data", () => {
  const parameter = { nearest_neighbor_num: 2, weight: "distance" };
  const session = new EngineSession(regressionType, { method: "euclidean", parameter, converter });
  session.call("train", [[2, text], [7, { n: 3 }]]);
  // 5.104185483576798 otherwise.
  assertEquals(session.call("estimate", [{}]), [5.1041854835768]);
});
