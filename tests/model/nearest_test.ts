import { assertEquals } from "@std/assert";
import { MersenneTwister } from "../../lib/base/mersenne_twister.ts";
import { Nearest } from "../../lib/model/nearest.ts";

/** What a full sort finds. */
function expected(distances: readonly number[], limit: number): [number, number][] {
  return distances.map((distance, index): [number, number] => [distance, index])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, limit);
}

function found(nearest: Nearest): [number, number][] {
  return Array.from({ length: nearest.count }, (_, i) => [nearest.distances[i]!, nearest.indices[i]!]);
}

Deno.test("Nearest finds what sorting finds when distances tie", () => {
  const seed = 7;
  const random = new MersenneTwister(seed);
  const nearest = new Nearest();
  for (let round = 0; round < 300; round++) {
    const distances = Array.from({ length: random.int(80) }, () => random.int(12));
    const limit = 1 + random.int(40);
    nearest.reset(limit);
    distances.forEach((distance, index) => nearest.offer(distance, index));
    nearest.sort();
    assertEquals(found(nearest), expected(distances, limit), `seed ${seed}, round ${round}`);
    nearest.reset(limit);
    nearest.collect(Int32Array.from(distances), distances.length, 11);
    assertEquals(found(nearest), expected(distances, limit), `seed ${seed}, round ${round}`);
  }
});

Deno.test("Nearest takes the order of offers for nothing when indices fall", () => {
  const nearest = new Nearest();
  nearest.reset(2);
  for (const column of [3, 1, 2, 0]) nearest.offer(0.5, -column);
  nearest.sort();
  assertEquals(found(nearest), [[0.5, -3], [0.5, -2]]);
});

Deno.test("Nearest counts a distance that is not a number as the farthest", () => {
  const nearest = new Nearest();
  nearest.reset(2);
  [NaN, 1e308, 2].forEach((distance, index) => nearest.offer(distance, index));
  nearest.sort();
  assertEquals(found(nearest), [[2, 2], [1e308, 1]]);
});

Deno.test("Nearest keeps nothing when nothing is wanted", () => {
  const nearest = new Nearest();
  nearest.reset(0);
  nearest.offer(1, 1);
  nearest.sort();
  assertEquals(nearest.count, 0);
});
