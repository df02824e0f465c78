/**
 * The string hash of Jubatus 1.1.1: 64-bit FNV-1, each byte sign-extended before it is mixed in (as
 * `char` is signed on x86-64). Bits of NN rows and hashed feature names depend on it.
 *
 * @module
 */

import type { ByteString } from "./byte_string.ts";
import { bigIntOf, Hash64, modulo64 } from "./hash64.ts";

const BASIS_HIGH = 0xcbf29ce4 | 0;
const BASIS_LOW = 0x84222325 | 0;
/** Low half of the prime 2^40 + 435. */
const PRIME_LOW = 435;
/** Up to here remainders can be computed with doubles. */
const EXACT_DIVISOR_MAX = 2 ** 36;

/** State of the hash being computed; a step yields two numbers. */
let high = 0;
let low = 0;

/** Multiplies the state by the prime, then mixes a byte in. */
function mix(byte: number): void {
  const bottom = (low & 0xffff) * PRIME_LOW;
  const top = (low >>> 16) * PRIME_LOW + (bottom >>> 16);
  high = Math.imul(high, PRIME_LOW) + (top >>> 16) + (low << 8);
  low = (top << 16) | (bottom & 0xffff);
  const extended = (byte << 24) >> 24;
  low ^= extended;
  high ^= extended >> 31;
}

/** The hash of a byte string. */
export function fnv1(text: ByteString, into: Hash64): void {
  high = BASIS_HIGH;
  low = BASIS_LOW;
  for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  into.high = high >>> 0;
  into.low = low >>> 0;
}

const scratch = new Hash64();

/** The hash of a byte string, modulo `divisor`, which is at least 1. */
export function fnv1Modulo(text: ByteString, divisor: number | bigint): number | bigint {
  fnv1(text, scratch);
  if (divisor <= EXACT_DIVISOR_MAX) return modulo64(scratch.high, scratch.low, Number(divisor));
  return bigIntOf(scratch.high, scratch.low) % BigInt(divisor);
}
