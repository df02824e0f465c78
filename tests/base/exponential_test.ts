import { assertEquals } from "@std/assert";
import { exponential } from "../../lib/base/exponential.ts";

Deno.test("exponential is the double next to the power of e, where Math.exp is not as well", () => {
  // Computed with 120 digits.
  const expected = [
    [-0.375, 0.6872892787909722],
    [-0.45, 0.6376281516217733],
    [-0.6, 0.5488116360940264],
    [-1.1, 0.33287108369807955],
    [1, 2.718281828459045],
    [-1, 0.36787944117144233],
    [0.5, 1.6487212707001282],
    [-0.5, 0.6065306597126334],
    [-0.1, 0.9048374180359595],
    [-0.25, 0.7788007830714049],
    [-0.75, 0.4723665527410147],
    [-1.5, 0.22313016014842982],
    [-2.5, 0.0820849986238988],
    [-3.7, 0.024723526470339388],
    [-0.8637718483951085, 0.42156898544535604],
    [-0.015625, 0.9844964370054085],
    [-1e-09, 0.999999999],
    [1e-300, 1.0],
    [10, 22026.465794806718],
    [-20.125, 1.8189616875530459e-09],
    [-33.3, 3.4513877443742162e-15],
    [100, 2.6881171418161356e+43],
    [-300.7, 2.556520571425501e-131],
    [700.5, 1.6721859620674984e+304],
    [-707.9, 3.655411389615008e-308],
    [707.9, 2.7356701980001243e+307],
    [0, 1.0],
  ] as const;
  for (const [x, power] of expected) assertEquals(exponential(x), power, `of ${x}`);
});

Deno.test("exponential is Math.exp but for the last digit, over all magnitudes", () => {
  for (let i = -70_800; i <= 70_800; i++) {
    const x = i / 100 + (i % 7) / 1e5;
    const ratio = exponential(x) / Math.exp(x);
    if (!(Math.abs(ratio - 1) <= 4.5e-16)) {
      throw new Error(`exp(${x}) is ${exponential(x)}, Math.exp says ${Math.exp(x)}`);
    }
  }
});

Deno.test("exponential takes numbers whose power has no or few digits", () => {
  for (const x of [710, -710, -745, -746, Infinity, -Infinity, NaN]) assertEquals(exponential(x), Math.exp(x));
});
