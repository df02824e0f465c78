import { assertEquals, assertThrows } from "@std/assert";
import { LabelCounters } from "../../lib/model/label_counters.ts";
import { LabelCountersMixable } from "../../lib/model/label_counters_mix.ts";
import { applyTo, checkBy, differenceOf, foldedBy, mixParts } from "../support/mixing.ts";
import { bytesOfPlain, packed, type Plain, unpacked } from "../support/packed.ts";

function counted(...labels: string[]): { counters: LabelCounters; part: LabelCountersMixable } {
  const counters = new LabelCounters();
  for (const label of labels) counters.increment(label);
  return { counters, part: new LabelCountersMixable(counters) };
}

Deno.test("LabelCountersMixable counts the labels of both servers of the reference", () => {
  const [one, two] = [counted("A", "B"), counted("A")];
  assertEquals(differenceOf(one.part), bytesOfPlain(new Map([["B", 1], ["A", 1]])));
  mixParts(one.part, two.part);
  for (const { counters } of [one, two]) {
    assertEquals(packed(counters), bytesOfPlain([new Map([["A", 2], ["B", 1]]), new Map(), [1]]));
  }
});

Deno.test("LabelCountersMixable adds the counts of three servers, labels without examples included", () => {
  const servers = [counted("A", "B"), counted("A"), counted("A", "C")];
  servers[1]!.counters.add("D");
  mixParts(...servers.map(({ part }) => part));
  for (const { counters } of servers) assertEquals(counters.list(), [["A", 3], ["B", 1], ["C", 1], ["D", 0]]);
});

Deno.test("LabelCountersMixable keeps what was counted after the difference was written", () => {
  const { counters, part } = counted("A", "B");
  const difference = differenceOf(part);
  counters.increment("A");
  counters.add("C");
  assertEquals(applyTo(part, difference), true);
  assertEquals(counters.list(), [["A", 2], ["B", 1], ["C", 0]]);
  assertEquals(differenceOf(part), bytesOfPlain(new Map([["A", 1], ["C", 0]])));
});

Deno.test("LabelCountersMixable sends all again when the round came to nothing", () => {
  const { counters, part } = counted("A");
  differenceOf(part);
  counters.increment("A");
  const difference = differenceOf(part);
  assertEquals(difference, bytesOfPlain(new Map([["A", 2]])));
  applyTo(part, difference);
  assertEquals([counters.list(), differenceOf(part)], [[["A", 2]], bytesOfPlain(new Map())]);
});

Deno.test("LabelCountersMixable brings a label back that was deleted while it was mixed, as 1.1.1 does", () => {
  const { counters, part } = counted("A", "A");
  const difference = differenceOf(part);
  counters.delete("A");
  counters.increment("A");
  applyTo(part, difference);
  assertEquals(counters.list(), [["A", 3]]);
});

Deno.test("LabelCountersMixable takes over what the previous model has not mixed, and only that", () => {
  const [peer, old] = [counted("A", "A"), counted("A")];
  mixParts(peer.part, old.part);
  peer.counters.increment("P");
  old.counters.increment("Q");
  const fresh = unpacked(packed(peer.counters), new LabelCounters());
  const part = new LabelCountersMixable(fresh);
  part.adopt(old.part);
  assertEquals(fresh.list(), [["A", 3], ["Q", 1]]);
  mixParts(peer.part, part);
  for (const counters of [fresh, peer.counters]) assertEquals(counters.list(), [["A", 3], ["P", 1], ["Q", 1]]);
});

Deno.test("LabelCountersMixable refuses bad differences, and nothing changes", () => {
  const { counters, part } = counted("A");
  const before = packed(counters);
  const wrong: Plain[] = [1, "A", [], new Map([["A", -1]]), new Map([["A", { double: 1 }]]), new Map([[1, 1]])];
  for (const difference of [...wrong.map(bytesOfPlain), bytesOfPlain(new Map([["A", 1]])).subarray(0, 2)]) {
    assertThrows(() => checkBy(part, difference));
    assertThrows(() => foldedBy(part.createFold(), difference));
  }
  assertEquals(packed(counters), before);
});
