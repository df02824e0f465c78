import { assertEquals } from "@std/assert";
import { Neighbors } from "../../../lib/engine/regression/neighbor_mean.ts";

function neighbors(...pairs: [target: number, distance: number][]): Neighbors {
  const neighbors = new Neighbors();
  for (const [target, distance] of pairs) neighbors.push(target, distance);
  return neighbors;
}

Deno.test("Neighbors have mean 0 when there are none", () => {
  assertEquals([neighbors().mean("uniform", 0), neighbors().mean("distance", 0)], [0, 0]);
});

Deno.test("Neighbors count alike when weighted uniformly", () => {
  assertEquals(neighbors([1, 0], [2, 1], [6, 9]).mean("uniform", 0), 3);
});

Deno.test("Neighbors count by the reciprocal of their distance", () => {
  assertEquals(neighbors([1, 1], [5, 2]).mean("distance", 0), (1 / 1 + 5 / 2) / (1 / 1 + 1 / 2));
});

Deno.test("Neighbors weighted by distance add up with the rounding of 1.1.1 when targets cancel out", () => {
  const mean = neighbors([0.1, 2.5], [0.2, 2.5], [-0.3, 2.5]).mean("distance", 0);
  assertEquals(mean, (0.1 * 0.4 + 0.2 * 0.4 - 0.3 * 0.4) / (0.4 + 0.4 + 0.4));
});

Deno.test("Neighbors at no distance count alone", () => {
  assertEquals(neighbors([1, 0], [3, 1e-17], [9, 1]).mean("distance", Number.EPSILON), 2);
  assertEquals(neighbors([1, 0], [3, 1e-17], [9, 1]).mean("distance", 0), 1);
});

Deno.test("Neighbors make room for any number", () => {
  assertEquals(neighbors(...Array.from({ length: 101 }, (_, i): [number, number] => [i, i])).mean("uniform", 0), 50);
});
