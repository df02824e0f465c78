import { assertEquals } from "@std/assert";
import { naturalLogarithm } from "../../lib/base/natural_logarithm.ts";

Deno.test("naturalLogarithm is the double next to the logarithm, where Math.log is not as well", () => {
  // Computed with 300 bits.
  const expected = [
    [3, 1.0986122886681098],
    [1.4, 0.3364722366212129],
    [1.6, 0.47000362924573563],
    [2.6, 0.9555114450274363],
    [0.38461538461538464, -0.9555114450274363],
    [1.1714285714285715, 0.1582240052148942],
    [0.1, -2.3025850929940455],
    [1e-300, -690.7755278982137],
    [1e300, 690.7755278982137],
    [2, 0.6931471805599453],
    [0.5, -0.6931471805599453],
    [0.9999999999999999, -1.1102230246251565e-16],
    [1.0000000000000002, 2.2204460492503128e-16],
    [5.3076923076923075, 1.6691571471357227],
    [0.9908598721046363, -0.009182155150004666],
    [2.621280689482182, 0.9636630111224154],
    [7, 1.9459101490553132],
    [1, 0],
  ] as const;
  for (const [x, logarithm] of expected) assertEquals(naturalLogarithm(x), logarithm, `of ${x}`);
});

Deno.test("naturalLogarithm is Math.log but for the last digit, over all magnitudes", () => {
  for (let i = -20_000; i <= 20_000; i++) {
    const x = Math.exp(i / 30) * (1 + (i % 7) / 11);
    if (x === 0 || x === Infinity) continue;
    const difference = naturalLogarithm(x) - Math.log(x);
    if (!(Math.abs(difference) <= 2.3e-16 * Math.max(Math.abs(Math.log(x)), 1e-2))) {
      throw new Error(`log(${x}) is ${naturalLogarithm(x)}, Math.log says ${Math.log(x)}`);
    }
  }
});

Deno.test("naturalLogarithm takes numbers that have none, and the smallest", () => {
  for (const x of [0, -0, -1, Infinity, -Infinity, NaN, 5e-324, 2.2250738585072009e-308]) {
    assertEquals(naturalLogarithm(x), Math.log(x));
  }
});
