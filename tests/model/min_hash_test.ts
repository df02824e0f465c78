import { assertEquals } from "@std/assert";
import { fnv1 } from "../../lib/base/fnv.ts";
import { bigIntOf, Hash64 } from "../../lib/base/hash64.ts";
import { MinHash } from "../../lib/model/min_hash.ts";

function wordOf(features: [string, number][]): bigint {
  const hash = new Hash64();
  const high = new Int32Array(features.length);
  const low = new Int32Array(features.length);
  features.forEach(([name], i) => {
    fnv1(name, hash);
    high[i] = hash.high;
    low[i] = hash.low;
  });
  const bits = new Int32Array(2);
  new MinHash(64).bits(high, low, Float64Array.from(features, ([, value]) => value), features.length, bits);
  return bigIntOf(bits[1]!, bits[0]!);
}

Deno.test("MinHash gives Jubatus' bits when 64 are asked for", () => {
  assertEquals(wordOf([["x@num", 1], ["y@num", 1]]), 7167873191826343925n);
});

Deno.test("MinHash lets a negative value win when there is one", () => {
  assertEquals(wordOf([["x@num", 1], ["y@num", -1]]), 0n);
});

Deno.test("MinHash sets no bit when the vector is empty or zero", () => {
  assertEquals(wordOf([]), 0n);
  assertEquals(wordOf([["x@num", 0]]), 0n);
});
