import { assertEquals } from "@std/assert";
import { compareByteStrings } from "../../lib/base/byte_string.ts";
import { sortAndMerge } from "../../lib/feature/sort_and_merge.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { SeededRandom } from "../support/seeded_random.ts";

type Pair = readonly [name: string, value: number];

function sorted(pairs: readonly Pair[]): Pair[] {
  const features = new FeatureTable(["@num", "@space#tf/idf"]);
  const vector = new FeatureVector();
  for (const [name, value] of pairs) vector.push(features.intern(name), value);
  sortAndMerge(vector, features);
  return Array.from({ length: vector.count }, (_, i) => [features.nameOf(vector.ids[i]!), vector.values[i]!]);
}

/** The same by the simplest means. */
function expected(pairs: readonly Pair[]): Pair[] {
  const inOrder = [...pairs].sort((a, b) => compareByteStrings(a[0], b[0]) || a[1] - b[1]);
  const merged: [string, number][] = [];
  for (const [name, value] of inOrder) {
    if (merged.at(-1)?.[0] === name) merged.at(-1)![1] += value;
    else merged.push([name, value]);
  }
  return merged;
}

Deno.test("sortAndMerge sorts by unsigned bytes", () => {
  assertEquals(sorted([["b", 1], ["\xff", 2], ["a", 3], ["", 4], ["ab", 5]]), [
    ["", 4],
    ["a", 3],
    ["ab", 5],
    ["b", 1],
    ["\xff", 2],
  ]);
});

Deno.test("sortAndMerge sums equal features in the order of their values and keeps a sum of 0", () => {
  assertEquals(sorted([["a", 1e16], ["a", 1], ["b", 2], ["a", -1e16], ["b", -2]]), [
    ["a", -1e16 + 1 + 1e16],
    ["b", 0],
  ]);
});

Deno.test("sortAndMerge does what sorting by whole names does, for any number of random features", () => {
  for (const seed of [1, 2, 3]) {
    console.log(`seed ${seed}`);
    const random = new SeededRandom(seed);
    for (let round = 0; round < 300; round++) {
      const count = random.below(random.pick([4, 30, 300]));
      // All of one key, sharing beginnings; or of any kind.
      const isOneKey = round % 2 === 0;
      const word = (): string => random.pick(["", "word", "another", "wordword"]) + random.below(200);
      const name = (): string =>
        isOneKey
          ? `t$${word()}@space#tf/idf`
          : random.pick([word(), `${word()}@num`, `t$${word()}@space#tf/idf`, `tt$${word()}@space#tf/idf`]);
      const pairs = Array.from({ length: count }, (): Pair => [name(), random.below(9) / 3 - 1]);
      assertEquals(sorted(pairs), expected(pairs));
    }
  }
});
