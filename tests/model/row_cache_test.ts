import { assertEquals } from "@std/assert";
import { RowCache } from "../../lib/model/row_cache.ts";

/** A cache of rows [high, low, …], and the number of times that one was computed. */
function start(length: number): { cache: RowCache; fills: () => number; row: (high: number, low: number) => number[] } {
  let fills = 0;
  const cache = new RowCache(length, (high, low, rows, start) => {
    fills++;
    rows[start] = high;
    rows[start + 1] = low;
  });
  return {
    cache,
    fills: () => fills,
    row: (high, low) => {
      const start = cache.rowOf(high, low);
      return [...cache.rows.subarray(start, start + 2)];
    },
  };
}

Deno.test("RowCache computes a row once as long as no other takes its slot", () => {
  const { row, fills } = start(2);
  assertEquals([row(0, 0), row(0, 0), fills()], [[0, 0], [0, 0], 1]);
  assertEquals([row(1, 0), row(0, 0), fills()], [[1, 0], [0, 0], 3]);
});

Deno.test("RowCache gives the right row when slots are taken again and again", () => {
  const { row, cache } = start(1 << 20);
  for (let low = 0; low < 50; low++) assertEquals(row(low % 3, low % 7), [low % 3, low % 7]);
  assertEquals(cache.rows.length, 1 << 22);
});
