import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fnv1 } from "../../lib/base/fnv.ts";
import { bigIntOf, Hash64 } from "../../lib/base/hash64.ts";
import { fillGaussians } from "../../lib/model/gaussians.ts";
import { RandomProjection } from "../../lib/model/random_projection.ts";

/** Seeds and values of a vector in the order given. */
function vectorOf(features: [string, number][]): [Int32Array, Float64Array, number] {
  const hash = new Hash64();
  const seeds = features.map(([name]) => {
    fnv1(name, hash);
    return hash.low;
  });
  return [Int32Array.from(seeds), Float64Array.from(features, ([, value]) => value), features.length];
}

function wordOf(features: [string, number][]): bigint {
  const bits = new Int32Array(2);
  new RandomProjection(64).bits(...vectorOf(features), bits);
  return bigIntOf(bits[1]!, bits[0]!);
}

/** Single precision, printed with 9 digits. */
function digits(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}

Deno.test("fillGaussians gives Jubatus' gaussians when the row is made by vectors", () => {
  const row = new Float32Array(8);
  fillGaussians(237821967, row, 0, 8);
  assertEquals(
    digits(row),
    [
      -0.326635212,
      1.652308226,
      -1.154262781,
      1.052926898,
      -0.129344493,
      0.224474877,
      -1.26587832,
      0.815700054,
    ].map((value) => Number(value.toPrecision(9))),
  );
});

Deno.test("fillGaussians has no trouble with rows shorter than a vector", () => {
  const expected = [-0.32663521, 1.6523082, -1.1542627, 1.0529269, -0.12934449, 0.22447488, -1.2658783, 0.81570005];
  for (let length = 1; length <= 9; length++) {
    const row = new Float32Array(length);
    fillGaussians(237821967, row, 0, length);
    row.subarray(0, 8).forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-6));
  }
});

Deno.test("RandomProjection sums in single precision when features are several", () => {
  const vector = vectorOf([["x@num", 1.5], ["y@num", -2]]);
  assertEquals(
    digits(new RandomProjection(10).project(...vector)),
    digits([
      -1.74421549,
      0.513134122,
      0.791753173,
      0.271839261,
      2.43643379,
      -0.659314215,
      -1.2296977,
      -1.34866738,
      0.0395966768,
      0.206697583,
    ]),
  );
});

Deno.test("RandomProjection gives Jubatus' bits when 64 are asked for", () => {
  assertEquals(wordOf([["x@num", 1.5], ["y@num", -2]]), 0xca1bd68dc7b2871en);
  assertEquals(wordOf([["x@num", 1], ["y@num", 1]]), 5607602171455492011n);
  assertEquals(wordOf([["x@num", 1], ["y@num", -1]]), 14563469655742252830n);
  assertEquals(wordOf([]), 0n);
});
