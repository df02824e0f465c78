/**
 * The exponential function as the C library rounds it: to the nearest double, but for one number in some hundreds. That of
 * JavaScript is off by the last bit more often, which shows in scores.
 *
 * exp(x) is 2^n * 2^(j / STEPS) * exp(r) with |r| < log(2) / STEPS, for which a short series does. The powers stand in a
 * table, each as a sum of two doubles, the second one the rest.
 *
 * @module
 */
import { LOG_2 } from "./natural_logarithm.ts";

/** Steps of the table between 1 and 2. */
const STEPS = 128;
/** Bits behind the point that the table is computed with. */
const TABLE_BITS = 160n;
/** Beyond this the result is 0, infinite or has fewer bits. */
const ARGUMENT_MAX = 708;

/** log(2) / STEPS in two parts; the first has so few bits that its product with any step is exact. */
const stepFirst = Math.floor(LOG_2[0] * 2 ** 32) / 2 ** 32 / STEPS;
const stepSecond = (LOG_2[0] - stepFirst * STEPS + LOG_2[1]) / STEPS;
/** 2^(j / STEPS) by j, the two parts of each side by side; made when first needed. */
const parts = new Float64Array(2 * STEPS);

/** e to the power of x. */
export function exponential(x: number): number {
  if (!(Math.abs(x) < ARGUMENT_MAX)) return Math.exp(x);
  if (parts[0] === 0) makeParts();
  const k = Math.round(x / (stepFirst + stepSecond));
  const first = x - k * stepFirst;
  const r = first - k * stepSecond;
  const rest = first - r - k * stepSecond;
  const series = r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r / 720))));
  const j = k & (STEPS - 1);
  const power = parts[2 * j]!;
  return (power + (parts[2 * j + 1]! + power * (r + (rest + series)))) * 2 ** ((k - j) / STEPS);
}

function makeParts(): void {
  let step = 2n << TABLE_BITS;
  for (let steps = STEPS; steps > 1; steps /= 2) step = squareRoot(step << TABLE_BITS);
  const first = TABLE_BITS - 52n;
  for (let j = 0, power = 1n << TABLE_BITS; j < STEPS; j++, power = (power * step) >> TABLE_BITS) {
    parts[2 * j] = Number(power >> first) / 2 ** 52;
    parts[2 * j + 1] = Number(power & ((1n << first) - 1n)) / 2 ** Number(TABLE_BITS);
  }
}

/** The whole part of the square root (Newton's method). */
function squareRoot(square: bigint): bigint {
  let root = square;
  while (true) {
    const better = (root + square / root) >> 1n;
    if (better >= root) return root;
    root = better;
  }
}
