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

/** Bytes of the string at hand, four to an element. */
let scratch = new Int32Array(64);

/** MurmurHash64A of a byte string, as `std::hash<std::string>` computes it on x86-64. */
export function murmur64(text: ByteString, into: Hash64): void {
  const { length } = text;
  const words = (length + 3) >> 2;
  if (words > scratch.length) scratch = new Int32Array(words * 2);
  scratch.fill(0, 0, words);
  for (let i = 0; i < length; i++) scratch[i >> 2]! |= text.charCodeAt(i) << ((i & 3) << 3);
  murmur64OfWords(scratch, 0, length, into);
}

/** The same of `length` bytes that stand little-endian in words from `start` on, the last one filled with zeros. */
export function murmur64OfWords(words: Int32Array, start: number, length: number, into: Hash64): void {
  high = 0;
  low = length;
  multiply();
  let hashHigh = high;
  let hashLow = low ^ SEED;
  let at = start;
  for (const blocksEnd = start + (length >> 3) * 2; at < blocksEnd; at += 2) {
    low = words[at]!;
    high = words[at + 1]!;
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
  const rest = length & 7;
  if (rest > 0) {
    low ^= words[at]!;
    if (rest > 4) high ^= words[at + 1]!;
    multiply();
  }
  foldTop();
  multiply();
  foldTop();
  into.high = high >>> 0;
  into.low = low >>> 0;
}
