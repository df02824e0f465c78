import { assertEquals } from "@std/assert";
import { fnv1 } from "../../lib/base/fnv.ts";
import { bigIntOf, Hash64 } from "../../lib/base/hash64.ts";
import { MersenneTwister } from "../../lib/base/mersenne_twister.ts";
import { FeatureHashes } from "../../lib/model/feature_hashes.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";

function hashOf(name: string): bigint {
  const hash = new Hash64();
  fnv1(name, hash);
  return bigIntOf(hash.high, hash.low);
}

Deno.test("FeatureHashes stays right when ids are given to other features", () => {
  const seed = 11;
  const random = new MersenneTwister(seed);
  const features = new FeatureTable(["@num"]);
  const hashes = new FeatureHashes(features, 8);
  for (let round = 0; round < 500; round++) {
    const names = Array.from({ length: random.int(20) }, () => `f${random.int(40)}@num`);
    const vector = new FeatureVector();
    for (const name of names) vector.push(features.intern(name), 1);
    const { high, low } = hashes.of(vector);
    assertEquals(names.map((_, i) => bigIntOf(high[i]!, low[i]!)), names.map(hashOf), `seed ${seed}, round ${round}`);
    features.dropUnheld();
    assertEquals(features.size <= 8, true);
  }
  hashes.clear();
  features.dropUnheld();
  assertEquals(features.size, 0);
});
