import { assertEquals } from "@std/assert";
import { MersenneTwister } from "../../lib/base/mersenne_twister.ts";
import { LruUnlearner, RandomUnlearner, type Unlearner } from "../../lib/model/unlearner.ts";
import { assertPacks, bytesOfPlain, packed, unpacked } from "../support/packed.ts";

/** Collects the keys that an unlearner evicts. */
function evicted(unlearner: Unlearner): string[] {
  const keys: string[] = [];
  unlearner.onEvict = (key) => void keys.push(key);
  return keys;
}

Deno.test("LruUnlearner evicts the key that was not used for longest", () => {
  const unlearner = new LruUnlearner(2);
  const gone = evicted(unlearner);
  for (const key of ["a", "b", "a", "c"]) assertEquals(unlearner.touch(key), true);
  assertEquals([gone, unlearner.has("a"), unlearner.has("b")], [["b"], true, false]);
});

Deno.test("LruUnlearner never evicts sticky keys and refuses new ones when only such are left", () => {
  const unlearner = new LruUnlearner(2, (key) => key.startsWith("s"));
  const gone = evicted(unlearner);
  for (const key of ["s1", "a", "s2"]) assertEquals(unlearner.touch(key), true);
  assertEquals(gone, ["a"]);
  assertEquals([unlearner.canTouch("s1"), unlearner.canTouch("b"), unlearner.canTouch("s3")], [true, false, false]);
  assertEquals([unlearner.touch("b"), unlearner.touch("s3"), unlearner.touch("s1")], [false, false, true]);
  assertEquals(unlearner.status(), [["num_unlearner_sticky_ids", "2"], ["num_unlearner_unlearned_ids", "0"]]);
  assertEquals([unlearner.remove("s1"), unlearner.remove("s1"), unlearner.canTouch("b")], [true, false, true]);
});

Deno.test("LruUnlearner packs its keys with the last used first", () => {
  const unlearner = new LruUnlearner(3, (key) => key.startsWith("s"));
  for (const key of ["A", "B", "s1"]) unlearner.touch(key);
  assertEquals(packed(unlearner), bytesOfPlain([["B", "A"], ["s1"]]));
  assertPacks(packed(unlearner), () => new LruUnlearner(3));
});

Deno.test("LruUnlearner evicts down to its size when a file held more keys", () => {
  const unlearner = unpacked(bytesOfPlain([["d", "c", "b", "a"], []]), new LruUnlearner(2));
  const gone = evicted(unlearner);
  assertEquals([unlearner.touch("a"), gone], [true, []]);
  assertEquals([unlearner.touch("e"), gone], [true, ["b", "c", "d"]]);
});

Deno.test("LruUnlearner holds nothing when cleared", () => {
  const unlearner = new LruUnlearner(2, (key) => key === "s");
  for (const key of ["a", "s"]) unlearner.touch(key);
  unlearner.clear();
  assertEquals(packed(unlearner), bytesOfPlain([[], []]));
});

Deno.test("RandomUnlearner evicts the slots that Jubatus' generator names", () => {
  const unlearner = new RandomUnlearner(2, new MersenneTwister(1));
  const gone = evicted(unlearner);
  for (const key of "ABCDEF") assertEquals([unlearner.canTouch(), unlearner.touch(key)], [true, true]);
  assertEquals(packed(unlearner), bytesOfPlain([new Map([["F", 0], ["D", 1]]), ["F", "D"]]));
  assertEquals(gone, ["A", "B", "C", "E"]);
  assertEquals(unlearner.status(), [["num_unlearner_ids", "2"]]);
});

Deno.test("RandomUnlearner moves the last key into the hole when one is removed", () => {
  const unlearner = new RandomUnlearner(3, new MersenneTwister(1));
  for (const key of "ABC") unlearner.touch(key);
  assertEquals([unlearner.remove("A"), unlearner.remove("A"), unlearner.has("A")], [true, false, false]);
  const bytes = bytesOfPlain([new Map([["C", 0], ["B", 1]]), ["C", "B"]]);
  assertEquals(packed(unlearner), bytes);
  // In the order of a table that was filled from it.
  const again = bytesOfPlain([new Map([["B", 1], ["C", 0]]), ["C", "B"]]);
  assertEquals(packed(unpacked(bytes, new RandomUnlearner(3, new MersenneTwister(1)))), again);
});

Deno.test("RandomUnlearner evicts down to its size when a file held more keys", () => {
  const bytes = bytesOfPlain([new Map([["a", 0], ["b", 1], ["c", 2]]), ["a", "b", "c"]]);
  const unlearner = unpacked(bytes, new RandomUnlearner(1, new MersenneTwister(1)));
  const gone = evicted(unlearner);
  unlearner.touch("d");
  assertEquals([gone.sort(), unlearner.has("d"), unlearner.status()], [
    ["a", "b", "c"],
    true,
    [["num_unlearner_ids", "1"]],
  ]);
});

Deno.test("RandomUnlearner takes no room for keys that may never come", () => {
  const unlearner = new RandomUnlearner(0x7fffffff, new MersenneTwister(1));
  for (const key of "ABC") unlearner.touch(key);
  assertEquals(unlearner.status(), [["num_unlearner_ids", "3"]]);
});
