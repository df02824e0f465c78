import { RowCache } from "./row_cache.ts";

const f32 = Math.fround;

const FLOAT_MAX = 3.4028234663852886e38;
/** The third number that is mixed with a feature's hash and a bit's position. */
const SALT_HIGH = 0xc3a5c85c | 0;
const SALT_LOW = 0x97cb3127 | 0;

/** Shift distances of the mixing steps; they alternate between right, left and right. */
const SHIFTS = Int32Array.of(43, 9, 8, 38, 23, 5, 35, 49, 11, 12, 18, 22);
/** How often all steps are made. */
const ROUNDS = 2;

/**
 * The bits of `minhash`: each position draws a number for every feature, smaller for larger values,
 * and takes the lowest bit of the winner's hash. Meant for positive values; a negative one always
 * wins, as in Jubatus 1.1.1.
 */
export class MinHash {
  readonly #bits: number;
  /** By feature hash: what each position draws for a value of 1. */
  readonly #draws: RowCache;
  /** Of the vector at hand: the smallest number drawn at each position, and the lowest bit of its feature. */
  readonly #smallest: Float32Array<ArrayBuffer>;
  readonly #winners: Uint8Array<ArrayBuffer>;

  /** @param bits number of positions, at least 1 */
  constructor(bits: number) {
    this.#bits = bits;
    this.#draws = new RowCache(bits, (high, low, rows, start) => fillDraws(high, low, rows, start, bits));
    this.#smallest = new Float32Array(bits);
    this.#winners = new Uint8Array(bits);
  }

  /** The bits of `count` features, given by the halves of their FNV-1 hashes. */
  bits(high: Int32Array, low: Int32Array, values: Float64Array, count: number, into: Int32Array): void {
    const smallest = this.#smallest.fill(FLOAT_MAX);
    const winners = this.#winners.fill(0);
    for (let i = 0; i < count; i++) {
      const row = this.#draws.rowOf(high[i]!, low[i]!);
      takeSmaller(this.#draws.rows, row, f32(values[i]!), low[i]! & 1, smallest, winners);
    }
    into.fill(0);
    for (let j = 0; j < this.#bits; j++) into[j >>> 5]! |= winners[j]! << (j & 31);
  }
}

/** Lets one feature take the positions where it draws less than those before it. */
function takeSmaller(
  draws: Float32Array,
  row: number,
  value: number,
  bit: number,
  smallest: Float32Array,
  winners: Uint8Array,
): void {
  for (let j = 0; j < smallest.length; j++) {
    const drawn = f32(draws[row + j]! / value);
    if (drawn < smallest[j]!) {
      smallest[j] = drawn;
      winners[j] = bit;
    }
  }
}

function fillDraws(high: number, low: number, rows: Float32Array, start: number, length: number): void {
  for (let j = 0; j < length; j++) rows[start + j] = -f32(Math.log(uniform(high, low, j)));
}

/** 1 when a - b borrows, for 32-bit halves; `difference` is a - b. */
function borrow(a: number, b: number, difference: number): number {
  return ((~a & b) | (~(a ^ b) & difference)) >>> 31;
}

/**
 * A number from 0 to 1 out of a hash and a position. The three 64-bit numbers take turns in the
 * role of x: x = (x - y - z) ^ (z shifted).
 */
function uniform(hashHigh: number, hashLow: number, position: number): number {
  let xHigh = hashHigh | 0, xLow = hashLow | 0;
  let yHigh = 0, yLow = position | 0;
  let zHigh = SALT_HIGH, zLow = SALT_LOW;
  for (let round = 0; round < ROUNDS; round++) {
    for (let step = 0; step < 12; step++) {
      const less = (xLow - yLow) | 0;
      let high = xHigh - yHigh - borrow(xLow, yLow, less) - zHigh;
      let low = (less - zLow) | 0;
      high = (high - borrow(less, zLow, low)) | 0;
      const shift = SHIFTS[step]!;
      if (step % 3 === 1) {
        if (shift < 32) {
          high ^= (zHigh << shift) | (zLow >>> (32 - shift));
          low ^= zLow << shift;
        } else {
          high ^= zLow << (shift - 32);
        }
      } else if (shift < 32) {
        low ^= (zLow >>> shift) | (zHigh << (32 - shift));
        high ^= zHigh >>> shift;
      } else {
        low ^= zHigh >>> (shift - 32);
      }
      xHigh = yHigh;
      xLow = yLow;
      yHigh = zHigh;
      yLow = zLow;
      zHigh = high;
      zLow = low;
    }
  }
  return singleOf(xHigh >>> 0, xLow >>> 0) / 18446744073709551616;
}

/** An unsigned 64-bit number in single precision, rounded once: bits that a double has no room for only stick. */
function singleOf(high: number, low: number): number {
  if (high < 0x200000) return f32(high * 0x100000000 + low);
  const sticky = (low & 0x7ff) === 0 ? 0 : 0x800;
  return f32(high * 0x100000000 + (((low & ~0x7ff) | sticky) >>> 0));
}
