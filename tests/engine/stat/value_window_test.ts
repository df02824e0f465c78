import { assertEquals } from "@std/assert";
import { ValueWindow } from "../../../lib/engine/stat/value_window.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

function keys(window: ValueWindow): string[] {
  return [...window.summaries()].map(({ key }) => key).sort();
}

Deno.test("ValueWindow drops the oldest value of any key when it is full", () => {
  const window = new ValueWindow(2);
  for (const key of ["a", "b", "c"]) window.push(key, 1, 0);
  assertEquals(keys(window), ["b", "c"]);
  assertEquals(window.find("a"), undefined);
  assertEquals(window.size, 2);
});

Deno.test("ValueWindow looks for another maximum or minimum when one is dropped", () => {
  const window = new ValueWindow(3);
  for (const value of [9, 1, 5, 4, 3]) window.push("a", value, 0);
  const { max, min } = window.find("a")!;
  assertEquals([max, min], [5, 3]);
});

Deno.test("ValueWindow keeps the rounding of values long gone, as 1.1.1 does", () => {
  const window = new ValueWindow(1);
  window.push("a", 0.1, 0);
  window.push("a", 0.2, 0);
  assertEquals(window.find("a")!.sum, 0.1 + 0.2 - 0.1);
  window.push("b", 1, 0);
  window.push("a", 0.2, 0);
  assertEquals(window.find("a")!.sum, 0.2);
});

Deno.test("ValueWindow knows the sums of a key again when what was not finite is dropped", () => {
  // A sum that was finite all the time keeps its rounding, as in 1.1.1.
  for (const [value, expectedSum] of [[NaN, 9], [Infinity, 9], [-Infinity, 9], [1e200, 0]] as const) {
    const window = new ValueWindow(3);
    for (const each of [1, value, 2, 3, 4]) window.push("a", each, 0);
    const { sum, squareSum, max, min } = window.find("a")!;
    assertEquals([sum, squareSum, max, min], [expectedSum, 29, 4, 2], `after ${value}`);
  }
});

Deno.test("ValueWindow agrees with a plain list when values of many keys come and go", () => {
  const seed = 7;
  const random = new SeededRandom(seed);
  for (const limit of [1, 2, 15, 16, 17, 100]) {
    const window = new ValueWindow(limit);
    let list: [string, number][] = [];
    for (let i = 0; i < 400; i++) {
      const item: [string, number] = [random.pick(["a", "b", "c", "d"]), random.below(20)];
      list = [...list, item].slice(-limit);
      window.push(...item, i);
      const values = list.filter(([key]) => key === item[0]).map(([, value]) => value);
      const summary = window.find(item[0])!;
      const expected = {
        count: values.length,
        sum: values.reduce((sum, value) => sum + value, 0),
        max: Math.max(...values),
        min: Math.min(...values),
        cubes: values.reduce((sum, value) => sum + (value - 3) ** 3, 0),
      };
      const { count, sum, max, min } = summary;
      const actual = { count, sum, max, min, cubes: window.sumOfPowers(summary, 3, 3) };
      assertEquals(actual, expected, `seed ${seed}, limit ${limit}, value ${i}`);
    }
    assertEquals(keys(window), [...new Set(list.map(([key]) => key))].sort(), `seed ${seed}, limit ${limit}`);
  }
});
