/**
 * Natural logarithms as the C library rounds them: to the nearest double, but for one in some thousands.
 *
 * `Math.log` is off by the last bit for one number in twelve, and what is learned with weights made of it then differs
 * from what Jubatus 1.1.1 learns. This takes half as long again.
 *
 * x is m * 2^k with m from 0.7 to 1.4, and c, some 256th, close to 1 / m. So log(x) = k log(2) - log(c) + log(m * c), and
 * m * c = 1 + r, for whose logarithm a short series does. Each sum is two doubles, the second one the rest.
 *
 * @module
 */

/** Steps of c between 1 and 2. */
const STEPS = 256;
/** First parts of sums are multiples of 2^-PART_BITS, so that adding some of them is exact. */
const PART_BITS = 42n;
/** Bits behind the point that the table is computed with. */
const TABLE_BITS = 160n;
/** Bits of the second parts. */
const REST_BITS = 100n;

/** log(2) in two parts. */
export const LOG_2: readonly [first: number, second: number] = partsOf(2n, 1n);
const [LOG_2_FIRST, LOG_2_SECOND] = LOG_2;
/** -log(c) for c from 0 to 2, the two parts of each side by side; made when first needed. */
const parts = new Float64Array(2 * 2 * STEPS);
let hasParts = false;

/** The least k. */
const EXPONENT_MIN = -1023;
/** 2^-k by k. */
const powers = Float64Array.from({ length: 2048 }, (_, i) => 2 ** -(i + EXPONENT_MIN));

/** The double being taken apart, as such and in halves. */
const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** The natural logarithm. */
export function naturalLogarithm(x: number): number {
  double[0] = x;
  const high = halves[1]!;
  // Zero, negative, tiny, infinite or not a number.
  if (high < 0x00100000 || high >= 0x7ff00000) return Math.log(x);
  if (!hasParts) makeParts();
  // 0x3fe6a09e is the high half of the root of 1/2.
  const k = (high - 0x3fe6a09e) >> 20;
  const m = x * powers[k - EXPONENT_MIN]!;
  const mHigh = Math.fround(m);
  const step = (STEPS / m + 0.5) | 0;
  const c = step / STEPS;
  const rHigh = mHigh * c - 1;
  const rLow = (m - mHigh) * c;
  const r = rHigh + rLow;
  const rest = rLow - (r - rHigh);
  // r^2 / 2 in two parts, by way of r in two halves.
  const top = Math.fround(r);
  const square = r * r;
  const squareRest = top * top - square + 2 * top * (r - top) + (r - top) * (r - top) + 2 * r * rest;
  const first = k * LOG_2_FIRST + parts[2 * step]!;
  const one = first + r;
  const two = one - square / 2;
  const rests = r - (one - first) + (one - two - square / 2) + rest - squareRest / 2;
  const series = r * square * (1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6 - r * (1 / 7 - r / 8)))));
  return two + (rests + series + k * LOG_2_SECOND + parts[2 * step + 1]!);
}

function makeParts(): void {
  for (let step = STEPS / 2; step < 2 * STEPS; step++) parts.set(partsOf(BigInt(STEPS), BigInt(step)), 2 * step);
  hasParts = true;
}

/** log(a / b) in two parts, for b <= 2a and a <= 2b. */
function partsOf(a: bigint, b: bigint): readonly [number, number] {
  // 2 artanh((a - b) / (a + b)).
  const x = ((a - b) << TABLE_BITS) / (a + b);
  const square = (x * x) >> TABLE_BITS;
  let sum = 0n;
  for (let power = x, n = 1n; power / n !== 0n && power !== -1n; power = (power * square) >> TABLE_BITS, n += 2n) {
    sum += 2n * power / n;
  }
  const unit = TABLE_BITS - PART_BITS;
  const first = (sum + (1n << (unit - 1n))) >> unit;
  const second = (sum - (first << unit)) >> (TABLE_BITS - REST_BITS);
  return [Number(first) / 2 ** Number(PART_BITS), Number(second) / 2 ** Number(REST_BITS)];
}
