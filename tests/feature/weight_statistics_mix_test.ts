import { assertEquals, assertThrows } from "@std/assert";
import { WeightStatistics } from "../../lib/feature/weight_statistics.ts";
import { WeightStatisticsMixable } from "../../lib/feature/weight_statistics_mix.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { SLICE_CELLS } from "../../lib/model/mixable.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { applyTo, checkBy, differenceOf, foldedBy, interrupted, mixParts } from "../support/mixing.ts";
import { bytesOfPlain, packed, type Plain, unpacked } from "../support/packed.ts";

class Server {
  readonly features = new FeatureTable();
  readonly statistics = new WeightStatistics(this.features);
  readonly part = new WeightStatisticsMixable(this.statistics);

  /** Counts a document with these features. */
  count(...names: string[]): this {
    this.statistics.countDocument();
    const vector = new FeatureVector();
    for (const name of names) vector.push(this.features.intern(name), 1);
    this.statistics.countFeatures(vector);
    this.features.dropUnheld();
    return this;
  }

  frequencies(...names: string[]): number[] {
    return names.map((name) => this.statistics.documentFrequency(this.features.find(name)));
  }
}

/** Counters as in a file or a message. */
function counters(documents: number, frequencies: Record<string, number> = {}, groups: Plain[] = []): Plain {
  const doubles = new Map(Object.entries(frequencies).map(([name, double]) => [name, { double }]));
  return [documents, [doubles], groups[0] ?? [new Map()], groups[1] ?? [new Map()], groups[2] ?? new Map()];
}

function difference(documents: number, frequencies: Record<string, number>, version: number): Uint8Array {
  return bytesOfPlain([counters(documents, frequencies), [version]]);
}

Deno.test("WeightStatisticsMixable sends empty counters as the reference has them", () => {
  assertEquals(differenceOf(new Server().part).toHex(), "929500918091809180809100");
});

Deno.test("WeightStatisticsMixable adds documents of all servers and counts rounds", () => {
  const servers = [new Server().count("x", "y").count("x"), new Server().count("x"), new Server().count("z")];
  mixParts(...servers.map(({ part }) => part));
  for (const { statistics, part } of servers) {
    assertEquals([statistics.documents, part.version], [4, 1]);
    const again = unpacked(packed(statistics), new WeightStatistics(new FeatureTable()));
    assertEquals(again.documents, 4);
  }
  for (const server of servers) assertEquals(server.frequencies("x", "y", "z", "none"), [3, 1, 1, 0]);
  assertEquals(differenceOf(servers[0]!.part), difference(0, {}, 1));
});

Deno.test("WeightStatisticsMixable mixes groups and user weights, where the later fold wins", () => {
  const maps = (frequency: number, length: number, weight: number): Plain[] => [
    [new Map([["g", { double: frequency }]])],
    [new Map([["g", { double: length }]])],
    new Map([["u", { double: weight }]]),
  ];
  const server = new Server();
  const fold = foldedBy(
    server.part.createFold(),
    bytesOfPlain([counters(1, {}, maps(1, 2, 5)), [0]]),
    bytesOfPlain([counters(2, {}, maps(2, 6, 7)), [0]]),
  );
  assertEquals(fold, bytesOfPlain([counters(3, {}, maps(3, 8, 7)), [0]]));
  server.statistics.countGroup("g");
  server.statistics.addGroupLength("g", 4);
  assertEquals(applyTo(server.part, fold), true);
  assertEquals([server.statistics.averageLength("g"), server.statistics.userWeight("u")], [3, 7]);
});

Deno.test("WeightStatisticsFold takes the newest version and ignores older ones", () => {
  const fold = (...differences: Uint8Array[]) => foldedBy(new Server().part.createFold(), ...differences);
  const [old, one, two] = [difference(9, { o: 9 }, 1), difference(1, { x: 1 }, 2), difference(2, { x: 1, y: 1 }, 2)];
  assertEquals(fold(old, one, two), difference(3, { y: 1, x: 2 }, 2));
  assertEquals(fold(one, old, two), difference(3, { y: 1, x: 2 }, 2));
  assertEquals(fold(one), one);
});

Deno.test("WeightStatisticsMixable refuses another version, and keeps what it has", () => {
  const server = new Server().count("x");
  differenceOf(server.part);
  assertEquals(applyTo(server.part, difference(5, { x: 5 }, 1)), false);
  assertEquals([server.statistics.documents, server.frequencies("x"), server.part.version], [1, [1], 0]);
  assertEquals(differenceOf(server.part), difference(1, { x: 1 }, 0));
});

Deno.test("WeightStatisticsMixable keeps what was counted after the difference was written", () => {
  const server = new Server().count("x", "y");
  const sent = differenceOf(server.part);
  server.count("x", "z");
  assertEquals(applyTo(server.part, sent), true);
  assertEquals([server.statistics.documents, ...server.frequencies("x", "y", "z")], [2, 2, 1, 1]);
  assertEquals(differenceOf(server.part), difference(1, { x: 1, z: 1 }, 1));
});

Deno.test("WeightStatisticsMixable forgets the features that only a lost difference had", () => {
  const server = new Server().count("x", "y");
  differenceOf(server.part);
  applyTo(server.part, difference(1, { x: 1 }, 0));
  assertEquals([server.features.find("y"), server.features.size, ...server.frequencies("x")], [-1, 1, 1]);
});

Deno.test("WeightStatisticsMixable takes over what the previous model has not mixed, and only that", () => {
  const [peer, old, fresh] = [new Server().count("a"), new Server(), new Server()];
  mixParts(peer.part, old.part);
  peer.count("a", "p");
  old.count("a", "q");
  unpacked(packed(peer.statistics), fresh.statistics);
  fresh.part.adopt(old.part);
  fresh.features.dropUnheld();
  assertEquals([fresh.statistics.documents, ...fresh.frequencies("a", "p", "q"), fresh.features.find("p")], [
    2,
    2,
    0,
    1,
    -1,
  ]);
  mixParts(peer.part, fresh.part);
  for (const server of [peer, fresh]) {
    assertEquals([server.statistics.documents, ...server.frequencies("a", "p", "q")], [3, 3, 1, 1]);
  }
});

Deno.test("WeightStatisticsMixable works in slices, between which documents come and all may be forgotten", () => {
  const names = Array.from({ length: 2 * SLICE_CELLS }, (_, i) => `f${i}`);
  const server = new Server().count(...names);
  const writer = new Writer();
  assertEquals(interrupted(server.part.writeDiff(writer), () => server.count("f0", "new")), true);
  const sent = writer.take();
  applyTo(server.part, sent);
  assertEquals([server.statistics.documents, ...server.frequencies("f0", names.at(-1)!, "new")], [2, 2, 1, 1]);

  const clear = (): void => {
    server.statistics.clear();
    server.features.clear();
    server.count("after");
  };
  server.count(...names);
  writer.clear();
  assertEquals(interrupted(server.part.writeDiff(writer), clear), true);
  assertEquals(writer.take(), difference(1, { after: 1 }, 1));
});

Deno.test("WeightStatisticsMixable refuses bad differences, and nothing changes", () => {
  const server = new Server().count("x");
  const before = packed(server.statistics);
  const wrong: Plain[] = [
    1,
    [counters(1)],
    [counters(-1), [0]],
    [counters(1), 0],
    [[1, [new Map()], [new Map()], [new Map()]], [0]],
    [[1, new Map(), [new Map()], [new Map()], new Map()], [0]],
    [counters(1, { x: NaN }), [0]],
    [counters(1, { x: Infinity }), [0]],
    [[1, [new Map([["x", "1"]])], [new Map()], [new Map()], new Map()], [0]],
    [[1, [new Map()], [new Map()], [new Map()], [new Map()]], [0]],
  ];
  for (const bad of wrong.map(bytesOfPlain)) {
    assertThrows(() => checkBy(server.part, bad));
    assertThrows(() => foldedBy(server.part.createFold(), bad));
  }
  const good = difference(1, { x: 1 }, 0);
  for (let end = 0; end < good.length; end++) assertThrows(() => checkBy(server.part, good.subarray(0, end)));
  assertEquals(packed(server.statistics), before);
});
