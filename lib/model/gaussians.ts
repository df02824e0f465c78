/**
 * Rows of standard gaussians that belong to 32-bit seeds: the random directions of LSH.
 *
 * Jubatus 1.1.1 computes all but the last few of a row with vector instructions and single-precision
 * polynomials (the well-known Cephes ones), the rest with the C library. Both are done alike here,
 * so rows agree to the last bit but for rare roundings of the C library's part.
 *
 * @module
 */

import { Sfmt607 } from "../base/sfmt607.ts";

const f32 = Math.fround;

/** Values that the vector instructions make at once. */
const LANES = 8;
const TWO_PI = f32(2 * Math.PI);

/** Seeded anew for each row. */
const generator = new Sfmt607();

/**
 * Fills `row[start, start + length)` with the gaussians of a seed: Box-Muller in single precision, two
 * values at a time.
 */
export function fillGaussians(seed: number, row: Float32Array, start: number, length: number): void {
  generator.seed(seed);
  const vectorEnd = length - (length % LANES);
  for (let i = 0; i < length; i += 2) {
    const a = f32(1 - (generator.uint32() >>> 8) * 2 ** -24);
    const b = f32(1 - (generator.uint32() >>> 8) * 2 ** -24);
    const angle = f32(TWO_PI * b);
    const vector = i < vectorEnd;
    const radius = f32(Math.sqrt(f32(-2 * (vector ? logarithm(a) : f32(Math.log(a))))));
    row[start + i] = f32(radius * (vector ? sine(angle) : f32(Math.sin(angle))));
    if (i + 1 < length) row[start + i + 1] = f32(radius * (vector ? cosine(angle) : f32(Math.cos(angle))));
  }
}

const bitsOfFloat = new Int32Array(1);
const floatOfBits = new Float32Array(bitsOfFloat.buffer);

/** Polynomial coefficients, highest power first. */
// deno-fmt-ignore
const LOGARITHM = Float32Array.of(
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
);
const LN_2_LOW = f32(-2.1219444e-4);
const LN_2_HIGH = f32(0.693359375);
const SQRT_HALF = f32(0.707106781186547524);

/** Natural logarithm of a number from 2^-24 to 1. */
function logarithm(value: number): number {
  floatOfBits[0] = value;
  const bits = bitsOfFloat[0]!;
  let exponent = f32((bits >>> 23) - 126);
  bitsOfFloat[0] = (bits & 0x007fffff) | 0x3f000000;
  let x = f32(floatOfBits[0]!);
  if (x < SQRT_HALF) {
    exponent = f32(exponent - 1);
    x = f32(f32(x - 1) + x);
  } else {
    x = f32(x - 1);
  }
  const square = f32(x * x);
  let y = LOGARITHM[0]!;
  for (let i = 1; i < LOGARITHM.length; i++) y = f32(f32(y * x) + LOGARITHM[i]!);
  y = f32(f32(y * x) * square);
  y = f32(y + f32(exponent * LN_2_LOW));
  y = f32(y - f32(square * 0.5));
  return f32(f32(x + y) + f32(exponent * LN_2_HIGH));
}

const FOUR_OVER_PI = f32(1.27323954473516);
/** π/4 in three parts, so that subtracting multiples of it loses nothing. */
const QUARTER_PI_1 = f32(0.78515625);
const QUARTER_PI_2 = f32(2.4187564849853515625e-4);
const QUARTER_PI_3 = f32(3.77489497744594108e-8);
const SINE = Float32Array.of(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const COSINE = Float32Array.of(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);

/** Sine of an angle from 0 to 2π. */
function sine(angle: number): number {
  const octant = evenOctant(angle);
  const x = reduced(angle, octant);
  const value = (octant & 2) === 0 ? sinePolynomial(x) : cosinePolynomial(x);
  return (octant & 4) === 0 ? value : -value;
}

/** Cosine of an angle from 0 to 2π. */
function cosine(angle: number): number {
  const octant = evenOctant(angle);
  const x = reduced(angle, octant);
  const value = (octant & 2) === 0 ? cosinePolynomial(x) : sinePolynomial(x);
  return ((octant + 2) & 4) === 0 ? value : -value;
}

/** The number of the angle's octant, rounded up to an even one. */
function evenOctant(angle: number): number {
  return (Math.trunc(f32(angle * FOUR_OVER_PI)) + 1) & ~1;
}

function reduced(angle: number, octant: number): number {
  return f32(f32(f32(angle - f32(octant * QUARTER_PI_1)) - f32(octant * QUARTER_PI_2)) - f32(octant * QUARTER_PI_3));
}

function sinePolynomial(x: number): number {
  const square = f32(x * x);
  let y = f32(f32(SINE[0]! * square) + SINE[1]!);
  y = f32(f32(y * square) + SINE[2]!);
  return f32(f32(f32(y * square) * x) + x);
}

function cosinePolynomial(x: number): number {
  const square = f32(x * x);
  let y = f32(f32(COSINE[0]! * square) + COSINE[1]!);
  y = f32(f32(y * square) + COSINE[2]!);
  y = f32(f32(y * square) * square);
  return f32(f32(y - f32(square * 0.5)) + 1);
}
