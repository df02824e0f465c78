import { assertEquals, assertThrows } from "@std/assert";
import { LabelCounters } from "../../lib/model/label_counters.ts";
import { assertPacks, bytesOfPlain, packed, unpacked } from "../support/packed.ts";

Deno.test("LabelCounters counts examples and lists labels by their bytes", () => {
  const counters = new LabelCounters();
  counters.increment("b");
  counters.increment("\xff");
  counters.increment("b");
  assertEquals([counters.add("a"), counters.add("b")], [true, false]);
  assertEquals(counters.list(), [["a", 0], ["b", 2], ["\xff", 1]]);
  assertEquals([counters.has("a"), counters.has("c"), counters.countOf("b"), counters.countOf("c")], [
    true,
    false,
    2,
    0,
  ]);
});

Deno.test("LabelCounters forgets a label when it is deleted or its last example is taken back", () => {
  const counters = new LabelCounters();
  counters.increment("a");
  counters.increment("a");
  counters.add("b");
  counters.decrement("a");
  assertEquals(counters.list(), [["a", 1], ["b", 0]]);
  counters.decrement("a");
  counters.decrement("b");
  counters.decrement("c");
  assertEquals(counters.list(), [["b", 0]]);
  counters.delete("b");
  counters.increment("a");
  assertEquals([counters.delete("a"), counters.delete("a"), counters.list()], [true, false, []]);
});

Deno.test("LabelCounters changes its revision exactly when the set of labels changes", () => {
  const counters = new LabelCounters();
  const changes = (action: () => void): boolean => {
    const before = counters.revision;
    action();
    return counters.revision !== before;
  };
  assertEquals(changes(() => counters.increment("a")), true);
  assertEquals(changes(() => counters.increment("a")), false);
  assertEquals(changes(() => counters.add("a")), false);
  assertEquals(changes(() => counters.decrement("a")), false);
  assertEquals(changes(() => counters.decrement("a")), true);
  assertEquals(changes(() => counters.add("b")), true);
  assertEquals(changes(() => counters.delete("b")), true);
  assertEquals(changes(() => counters.delete("b")), false);
  assertEquals(changes(() => counters.clear()), true);
});

Deno.test("LabelCounters adds what came before and after a MIX", () => {
  const bytes = bytesOfPlain([new Map([["a", 3], ["b", 1]]), new Map([["a", 2]]), [7]]);
  const counters = unpacked(bytes, new LabelCounters());
  assertEquals(counters.list(), [["a", 5], ["b", 1]]);
  for (let i = 0; i < 4; i++) counters.decrement("a");
  assertEquals(counters.list(), [["a", 1], ["b", 1]]);
  counters.delete("b");
  assertEquals(counters.list(), [["a", 1]]);
});

Deno.test("LabelCounters keeps the version when cleared, and counts of 2^32 when packed", () => {
  assertPacks(bytesOfPlain([new Map([["a", 2 ** 32]]), new Map([["b", 0]]), [7]]), () => new LabelCounters());
  const counters = unpacked(bytesOfPlain([new Map([["a", 3]]), new Map(), [7]]), new LabelCounters());
  counters.clear();
  assertEquals(packed(counters), bytesOfPlain([new Map(), new Map(), [7]]));
});

Deno.test("LabelCounters refuses negative counts in a file", () => {
  assertThrows(() => unpacked(bytesOfPlain([new Map([["a", -1]]), new Map(), [0]]), new LabelCounters()));
});
