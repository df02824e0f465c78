import { assertEquals, assertThrows } from "@std/assert";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { InvertedIndex } from "../../lib/model/inverted_index.ts";
import { InvertedIndexMixable } from "../../lib/model/inverted_index_mix.ts";
import { SLICE_CELLS } from "../../lib/model/mixable.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { applyTo, checkBy, differenceOf, foldedBy, interrupted, mixParts } from "../support/mixing.ts";
import { bytesOfPlain, packed, type Plain, unpacked } from "../support/packed.ts";

class Server {
  readonly features = new FeatureTable();
  readonly index = new InvertedIndex(this.features);
  /** Columns that came by MIX. */
  readonly added: [number, string][] = [];
  readonly part = new InvertedIndexMixable(this.index, (column, id) => this.added.push([column, id]));

  add(id: string, members: Record<string, number>): this {
    this.index.add(id, this.#vectorOf(members));
    this.features.dropUnheld();
    return this;
  }

  /** Products of all data with a vector, by id. */
  products(members: Record<string, number>): Record<string, number> {
    this.index.multiply(this.#vectorOf(members));
    const found = new Map<string, number>();
    for (let i = 0; i < this.index.touchedCount; i++) {
      const column = this.index.touched[i]!;
      found.set(this.index.idOf(column)!, this.index.products[column]!);
    }
    this.index.reset();
    this.features.dropUnheld();
    return Object.fromEntries([...found].sort());
  }

  norms(...ids: string[]): number[] {
    const columns = Array.from({ length: this.index.columnEnd }, (_, column) => column);
    return ids.map((id) => this.index.normOf(columns.find((column) => this.index.idOf(column) === id)!));
  }

  #vectorOf(members: Record<string, number>): FeatureVector {
    const vector = new FeatureVector();
    for (const [name, value] of Object.entries(members)) vector.push(this.features.intern(name), value);
    return vector;
  }
}

/** A difference of cells by feature, with the columns' ids in order and their norms. */
function difference(
  cells: Record<string, [number, number][]>,
  ids: string[],
  norms: Record<string, number>,
): Uint8Array {
  const rows = Object.entries(cells).map(([name, pairs]) =>
    [name, new Map(pairs.map(([column, double]) => [column, { double }]))] as const
  );
  return bytesOfPlain([
    [new Map(rows), [new Map(ids.map((id, i) => [id, i])), new Map(ids.map((id, i) => [i, id])), ids.length]],
    new Map(Object.entries(norms).map(([id, double]) => [id, { double }])),
  ]);
}

Deno.test("InvertedIndexMixable sends an empty difference as the reference has it", () => {
  assertEquals(differenceOf(new Server().part).toHex(), "92928093808000" + "80");
});

Deno.test("InvertedIndexMixable numbers columns by the order of 1.1.1's hash table, for the message alone", () => {
  const server = new Server();
  server.add("A_8", { "n@num": 4 });
  server.add("B_q", { "n@num": 16, "t$compost@space#tf/idf": 1, "t$prune@space#tf/idf": 1, "t$the@space#tf/idf": 1 });
  server.add("B_Y", { "n@num": 7, "t$compost@space#tf/idf": 2, "t$the@space#tf/idf": 2 });
  server.add("B_x", { "n@num": 15, "t$a@space#tf/idf": 3, "t$tulip@space#tf/idf": 3 });
  // The order was recorded from a server of 1.1.1.
  assertEquals(
    differenceOf(server.part),
    difference(
      {
        "n@num": [[0, 15], [1, 16], [2, 7], [3, 4]],
        "t$compost@space#tf/idf": [[1, 1], [2, 2]],
        "t$the@space#tf/idf": [[1, 1], [2, 2]],
        "t$tulip@space#tf/idf": [[0, 3]],
        "t$prune@space#tf/idf": [[1, 1]],
        "t$a@space#tf/idf": [[0, 3]],
      },
      ["B_x", "B_q", "B_Y", "A_8"],
      { A_8: 16, B_q: 259, B_Y: 57, B_x: 243 },
    ),
  );
});

Deno.test("InvertedIndexMixable gives all servers the data of all, each once", () => {
  const servers = [
    new Server().add("A", { x: 1, y: 2 }),
    new Server().add("B", { x: 3 }),
    new Server().add("C", { y: 5 }),
  ];
  mixParts(...servers.map(({ part }) => part));
  mixParts(...servers.map(({ part }) => part));
  for (const server of servers) {
    assertEquals(server.products({ x: 1, y: 1 }), { A: 3, B: 3, C: 5 });
    assertEquals(server.norms("A", "B", "C"), [5, 9, 25]);
    assertEquals(server.index.diff.size, 0);
  }
  assertEquals(servers[0]!.added.map(([, id]) => id).sort(), ["B", "C"]);
});

Deno.test("InvertedIndexFold lets later cells win and adds norms", () => {
  const fold = foldedBy(
    new Server().part.createFold(),
    difference({ x: [[0, 1]], y: [[1, 2]] }, ["A", "B"], { A: 1, B: 4 }),
    difference({ x: [[0, 7]] }, ["A"], { A: 49 }),
  );
  const server = new Server();
  applyTo(server.part, fold);
  assertEquals([server.products({ x: 1, y: 1 }), server.norms("A", "B")], [{ A: 7, B: 2 }, [50, 4]]);
});

Deno.test("InvertedIndexMixable removes cells of value 0 and norms that come to nothing", () => {
  const server = new Server().add("A", { x: 1, y: 2 });
  mixParts(server.part);
  applyTo(server.part, difference({ x: [[0, 0]] }, ["A"], { A: -1 }));
  assertEquals([server.products({ x: 1, y: 1 }), server.norms("A"), server.features.find("x")], [{ A: 2 }, [4], -1]);
  applyTo(server.part, difference({ y: [[0, 0]] }, ["A"], { A: -9 }));
  assertEquals([server.products({ x: 1, y: 1 }), server.norms("A")], [{}, [0]]);
});

Deno.test("InvertedIndexMixable keeps what was learned after the difference was written, or was lost on the way", () => {
  const server = new Server().add("A", { x: 1 });
  const sent = differenceOf(server.part);
  server.add("B", { x: 2, y: 1 });
  applyTo(server.part, sent);
  assertEquals(differenceOf(server.part), difference({ x: [[0, 2]], y: [[0, 1]] }, ["B"], { B: 5 }));
  applyTo(server.part, difference({ x: [[0, 3]] }, ["C"], { C: 9 }));
  assertEquals([server.products({ x: 1 }), server.norms("A", "B", "C")], [{ A: 1, B: 2, C: 3 }, [1, 5, 9]]);
  assertEquals(server.index.diff.size, 2);
});

Deno.test("InvertedIndexMixable takes over what the previous model has not mixed, and only that", () => {
  const [peer, old, fresh] = [new Server().add("A", { x: 1 }), new Server(), new Server()];
  mixParts(peer.part, old.part);
  peer.add("P", { x: 2, p: 1 });
  old.add("Q", { x: 3, q: 1 });
  unpacked(packed(peer.index), fresh.index);
  fresh.part.adopt(old.part);
  assertEquals(fresh.products({ x: 1, p: 1, q: 1 }), { A: 1, Q: 4 });
  assertEquals([fresh.norms("A", "P", "Q"), fresh.features.find("p")], [[1, 0, 10], -1]);
  mixParts(peer.part, fresh.part);
  for (const server of [peer, fresh]) {
    assertEquals(server.products({ x: 1, p: 1, q: 1 }), { A: 1, P: 3, Q: 4 });
    assertEquals(server.norms("A", "P", "Q"), [1, 5, 10]);
  }
});

Deno.test("InvertedIndexMixable does not take over what was mixed already", () => {
  const [peer, old, fresh] = [new Server(), new Server().add("A", { x: 1 }), new Server()];
  applyTo(peer.part, foldedBy(peer.part.createFold(), differenceOf(old.part)));
  unpacked(packed(peer.index), fresh.index);
  fresh.part.adopt(old.part);
  assertEquals([fresh.norms("A"), fresh.index.diff.size], [[1], 0]);
});

Deno.test("InvertedIndexMixable works in slices, between which data come, are found, and all may be forgotten", () => {
  const members = Object.fromEntries(Array.from({ length: 2 * SLICE_CELLS }, (_, i) => [`f${i}`, 1]));
  const [server, other] = [new Server().add("A", members), new Server().add("B", { f0: 2 })];
  const writer = new Writer();
  assertEquals(interrupted(server.part.writeDiff(writer), () => server.add("C", { f0: 3, new: 1 })), true);
  const mixed = foldedBy(server.part.createFold(), writer.take(), differenceOf(other.part));
  checkBy(server.part, mixed);
  for (const work = server.part.apply(new Reader(mixed)); !work.next().done;) {
    const { A, C } = server.products({ f0: 1, [`f${2 * SLICE_CELLS - 1}`]: 1 }) as { A: number; C: number };
    assertEquals([A, C, ...server.norms("A", "C")], [2, 3, 2 * SLICE_CELLS, 10]);
  }
  assertEquals(server.products({ f0: 1 }), { A: 1, B: 2, C: 3 });
  assertEquals(server.norms("A", "B"), [2 * SLICE_CELLS, 4]);

  const clear = (): void => {
    server.index.clear();
    server.features.clear();
    server.add("D", { d: 1 });
  };
  server.add("E", members);
  writer.clear();
  assertEquals(interrupted(server.part.writeDiff(writer), clear), true);
  assertEquals(writer.take(), difference({ d: [[0, 1]] }, ["D"], { D: 1 }));
  checkBy(server.part, mixed);
  assertEquals(interrupted(server.part.apply(new Reader(mixed)), clear), true);
  assertEquals([server.products({ d: 1, f0: 1 }), server.index.columnEnd], [{ D: 1 }, 1]);
});

Deno.test("InvertedIndexMixable refuses bad differences, and nothing changes", () => {
  const server = new Server().add("A", { x: 1 });
  const before = packed(server.index);
  const ids: Plain = [new Map([["B", 0]]), new Map([[0, "B"]]), 1];
  const cells = new Map([["x", new Map([[0, { double: 1 }]])]]);
  const norms = new Map([["B", { double: 1 }]]);
  const wrong: Plain[] = [
    1,
    [[cells, ids]],
    [[cells], norms],
    [[new Map([["x", [1]]]), ids], norms],
    [[new Map([["x", new Map([[0, { double: NaN }]])]]), ids], norms],
    [[new Map([["x", new Map([[1, { double: 1 }]])]]), ids], norms],
    [[new Map([["x", new Map([[-1, { double: 1 }]])]]), ids], norms],
    [[cells, [new Map([["B", 0]]), new Map([[0, "C"]]), 1]], norms],
    [[cells, [new Map([["B", 0]]), new Map([[0, "B"]]), 0]], norms],
    [[cells, ids], new Map([["B", { double: Infinity }]])],
    [[cells, ids], new Map([[0, { double: 1 }]])],
  ];
  for (const bad of wrong.map(bytesOfPlain)) {
    assertThrows(() => checkBy(server.part, bad));
    assertThrows(() => foldedBy(server.part.createFold(), bad));
  }
  const good = bytesOfPlain([[cells, ids], norms]);
  checkBy(server.part, good);
  for (let end = 0; end < good.length; end++) assertThrows(() => checkBy(server.part, good.subarray(0, end)));
  assertEquals(packed(server.index), before);
});
