import type { ByteString } from "./byte_string.ts";
import { type Hash64, multiplyHigh } from "./hash64.ts";

/** The multiplier 0xc6a4a7935bd1e995, in halves. */
const FACTOR_HIGH = 0xc6a4a793;
const FACTOR_LOW = 0x5bd1e995;
/** The seed that libstdc++ hashes strings with. */
const SEED = 0xc70f6907;

/** State of the hash being computed; module variables because a multiplication yields two numbers. */
let high = 0;
let low = 0;

/** Multiplies the state by the factor, modulo 2^64. */
function multiply(): void {
  const h = Math.imul(high, FACTOR_LOW) + Math.imul(low, FACTOR_HIGH) + multiplyHigh(low, FACTOR_LOW);
  low = Math.imul(low, FACTOR_LOW);
  high = h | 0;
}

/** state ^= state >> 47. */
function foldTop(): void {
  low ^= high >>> 15;
}

/** MurmurHash64A of a byte string, as `std::hash<std::string>` computes it on x86-64. */
export function murmur64(text: ByteString, into: Hash64): void {
  const length = text.length;
  high = 0;
  low = length;
  multiply();
  let hashHigh = high;
  let hashLow = low ^ SEED;
  const blocksEnd = length & ~7;
  for (let i = 0; i < blocksEnd; i += 8) {
    low = wordAt(text, i, 4);
    high = wordAt(text, i + 4, 4);
    multiply();
    foldTop();
    multiply();
    low ^= hashLow;
    high ^= hashHigh;
    multiply();
    hashLow = low;
    hashHigh = high;
  }
  low = hashLow;
  high = hashHigh;
  const rest = length - blocksEnd;
  if (rest > 0) {
    low ^= wordAt(text, blocksEnd, Math.min(rest, 4));
    if (rest > 4) high ^= wordAt(text, blocksEnd + 4, rest - 4);
    multiply();
  }
  foldTop();
  multiply();
  foldTop();
  into.high = high >>> 0;
  into.low = low >>> 0;
}

/** Up to four bytes as a little-endian word. */
function wordAt(text: ByteString, start: number, count: number): number {
  let word = 0;
  for (let i = 0; i < count; i++) word |= text.charCodeAt(start + i) << (8 * i);
  return word;
}
