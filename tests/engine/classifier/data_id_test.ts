import { assertEquals, assertMatch } from "@std/assert";
import { MersenneTwister } from "../../../lib/base/mersenne_twister.ts";
import { labelOfDataId, newDataId } from "../../../lib/engine/classifier/data_id.ts";

Deno.test("newDataId appends eight random characters to the label", () => {
  const random = new MersenneTwister(1);
  assertMatch(newDataId("a_b", random, () => false), /^a_b_[a-zA-Z0-9]{8}$/);
});

Deno.test("newDataId draws again when the id is taken", () => {
  const first = newDataId("a", new MersenneTwister(1), () => false);
  const second = newDataId("a", new MersenneTwister(1), (id) => id === first);
  assertMatch(second, /^a_[a-zA-Z0-9]{8}$/);
  assertEquals(first === second, false);
});

Deno.test("labelOfDataId cuts at the last underscore, if there is one", () => {
  assertEquals(["A_x", "C_1_x", "_x", "plain", ""].map(labelOfDataId), ["A", "C_1", "", "plain", ""]);
});
