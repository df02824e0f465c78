import { assertAlmostEquals, assertEquals } from "@std/assert";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { HashedRows } from "../../lib/model/hashed_rows.ts";
import { Nearest } from "../../lib/model/nearest.ts";
import { assertPacks, packed } from "../support/packed.ts";

const methods = ["lsh", "minhash", "euclid_lsh"] as const;

function vectorOf(features: FeatureTable, members: Record<string, number>): FeatureVector {
  const vector = new FeatureVector();
  for (const [name, value] of Object.entries(members)) vector.push(features.intern(`${name}@num`), value);
  return vector;
}

Deno.test("HashedRows finds a vector itself at distance 0, the first row among equals", () => {
  for (const method of methods) {
    const features = new FeatureTable();
    const rows = new HashedRows({ method, hashNum: 64, features });
    const nearest = new Nearest();
    rows.findNearest(vectorOf(features, { x: 1 }), 9, nearest);
    assertEquals(nearest.count, 0);
    for (const [key, x] of [["a", 1], ["b", 5], ["c", 1]] as const) {
      rows.write(key, vectorOf(features, { x, y: 2 - x, z: 1 }));
    }
    rows.findNearest(vectorOf(features, { x: 1, y: 1, z: 1 }), 2, nearest);
    assertEquals([...nearest.indices.subarray(0, nearest.count)], [0, 2]);
    assertEquals([...nearest.distances.subarray(0, nearest.count)], [0, 0]);
  }
});

Deno.test("HashedRows measures distances from 0 to 1 by bits, and by norms and angle", () => {
  const features = new FeatureTable();
  const lsh = new HashedRows({ method: "lsh", hashNum: 64, features });
  const euclidean = new HashedRows({ method: "euclid_lsh", hashNum: 64, features });
  const nearest = new Nearest();
  for (const rows of [lsh, euclidean]) rows.write("a", vectorOf(features, { x: -2 }));
  lsh.findNearest(vectorOf(features, { x: 1 }), 1, nearest);
  assertEquals(nearest.distances[0], 1);
  euclidean.findNearest(vectorOf(features, { x: 1 }), 1, nearest);
  assertAlmostEquals(nearest.distances[0]!, 3, 1e-15);
});

Deno.test("HashedRows overwrites the row of a known key", () => {
  const features = new FeatureTable();
  const rows = new HashedRows({ method: "euclid_lsh", hashNum: 64, features });
  const nearest = new Nearest();
  assertEquals(rows.write("a", vectorOf(features, { x: 1 })), 0);
  assertEquals(rows.write("a", vectorOf(features, { x: 3 })), 0);
  rows.findNearest(vectorOf(features, { x: 3 }), 9, nearest);
  assertEquals([nearest.count, nearest.distances[0]], [1, 0]);
});

Deno.test("HashedRows packs its table, and is empty when cleared", () => {
  for (const method of methods) {
    const features = new FeatureTable();
    const rows = new HashedRows({ method, hashNum: 10, features });
    const empty = packed(rows);
    rows.write("a", vectorOf(features, { x: 1 }));
    assertPacks(packed(rows), () => new HashedRows({ method, hashNum: 10, features }));
    rows.clear();
    assertEquals(packed(rows), empty);
  }
});
