import { assertEquals } from "@std/assert";
import { MersenneTwister } from "../../lib/base/mersenne_twister.ts";
import { Postings } from "../../lib/model/postings.ts";

function listOf(postings: Postings, feature: number): [number, number][] {
  return Array.from({ length: postings.countOf(feature) }, (_, i) => {
    const at = postings.startOf(feature) + i;
    return [postings.columns[at]!, postings.values[at]!];
  });
}

Deno.test("Postings keeps each list in order of columns when they come in any order", () => {
  const seed = 3;
  const random = new MersenneTwister(seed);
  const postings = new Postings();
  const model = new Map<number, Map<number, number>>();
  for (let i = 0; i < 5000; i++) {
    const feature = random.int(60);
    const column = random.int(100);
    postings.set(feature, column, i);
    if (!model.has(feature)) model.set(feature, new Map());
    model.get(feature)!.set(column, i);
  }
  assertEquals(postings.size, model.size);
  assertEquals(postings.features(), [...model.keys()]);
  for (const [feature, cells] of model) {
    assertEquals(listOf(postings, feature), [...cells].sort((a, b) => a[0] - b[0]), `seed ${seed}`);
  }
});

Deno.test("Postings is empty when new or cleared", () => {
  const postings = new Postings();
  assertEquals([postings.countOf(1000), postings.features()], [0, []]);
  for (let column = 0; column < 100; column++) postings.set(5, column, 1);
  postings.clear();
  assertEquals([postings.countOf(5), postings.size], [0, 0]);
  postings.set(5, 3, 2);
  assertEquals(listOf(postings, 5), [[3, 2]]);
});

Deno.test("Postings forgets cells, and features without any, when cells are removed", () => {
  const postings = new Postings();
  for (const [feature, column] of [[1, 0], [0, 2], [0, 1], [2, 1], [0, 5]] as const) {
    postings.set(feature, column, column);
  }
  postings.removeMarked(0, Uint8Array.of(0, 1, 1));
  postings.removeMarked(3, Uint8Array.of(1));
  postings.remove(2, 1);
  postings.remove(1, 7);
  assertEquals([postings.features(), postings.size, listOf(postings, 0)], [[1, 0], 2, [[5, 5]]]);
  postings.remove(1, 0);
  postings.set(1, 3, 4);
  assertEquals([postings.features(), postings.size, listOf(postings, 1)], [[0, 1], 2, [[3, 4]]]);
});
