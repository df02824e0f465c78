/**
 * 64-bit hashes as two halves. JavaScript has no fast 64-bit integers, so hash functions of this
 * program write their result into an object that the caller keeps and reuses.
 *
 * @module
 */

/** A 64-bit unsigned number; both halves may be seen as signed, use `>>> 0` where that matters. */
export class Hash64 {
  /** Bits 32 to 63. */
  high = 0;
  /** Bits 0 to 31. */
  low = 0;
}

const TWO_32 = 0x100000000;

/** Exact remainder of an unsigned 64-bit number divided by `divisor`, an integer from 1 to 2^36. */
export function modulo64(high: number, low: number, divisor: number): number {
  if (divisor <= 0x200000) {
    // Dividing is faster than `%`; the second quotient may be rounded up.
    const top = high >>> 0;
    const whole = (top - Math.floor(top / divisor) * divisor) * TWO_32 + (low >>> 0);
    const rest = whole - Math.floor(whole / divisor) * divisor;
    return rest < 0 ? rest + divisor : rest;
  }
  const rest = (high >>> 0) % divisor;
  if (rest < 0x200000) return (rest * TWO_32 + (low >>> 0)) % divisor;
  return (((rest * 0x10000 + (low >>> 16)) % divisor) * 0x10000 + (low & 0xffff)) % divisor;
}

/** Bits 32 to 63 of the product of two unsigned 32-bit numbers. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** The unsigned value of two halves, for saving and for tests. */
export function bigIntOf(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
