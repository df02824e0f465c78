import { assertEquals } from "@std/assert";
import { bigIntOf, modulo64, multiplyHigh } from "../../lib/base/hash64.ts";

/** Halves with many carries, and a few ordinary ones. */
const HALVES = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xdeadbeef, 0xffff0001, 0xffffffff];

Deno.test("modulo64 is exact when the divisor is small or large", () => {
  for (const high of HALVES) {
    for (const low of HALVES) {
      for (const divisor of [1, 7, 11, 0x1fffff, 0x200001, 0x7fffffff, 0xffffffff, 0xfffffffff]) {
        assertEquals(BigInt(modulo64(high, low, divisor)), bigIntOf(high, low) % BigInt(divisor));
      }
    }
  }
});

Deno.test("multiplyHigh is the upper half of the product when carries meet", () => {
  for (const a of HALVES) {
    for (const b of HALVES) assertEquals(BigInt(multiplyHigh(a, b)), (BigInt(a) * BigInt(b)) >> 32n);
  }
});
