import { assertEquals } from "@std/assert";
import { bigIntOf, modulo64, multiplyHigh } from "../../lib/base/hash64.ts";

/** Halves with many carries, and a few ordinary ones. */
const HALVES = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xdeadbeef, 0xffff0001, 0xffffffff];

Deno.test("modulo64 is exact when the divisor is small or large", () => {
  for (const high of HALVES) {
    for (const low of HALVES) {
      for (const divisor of [1, 7, 11, 0x1fffff, 0x200000, 0x200001, 0x7fffffff, 0xffffffff, 0xfffffffff]) {
        const value = bigIntOf(high, low);
        const rest = value % BigInt(divisor);
        assertEquals(BigInt(modulo64(high, low, divisor)), rest);
        if (value <= rest) continue;
        // Just below a multiple quotients are rounded up.
        const below = value - rest - 1n;
        const [belowHigh, belowLow] = [Number(below >> 32n), Number(below & 0xffffffffn)];
        assertEquals(modulo64(belowHigh, belowLow, divisor), divisor - 1);
      }
    }
  }
});

Deno.test("multiplyHigh is the upper half of the product when carries meet", () => {
  for (const a of HALVES) {
    for (const b of HALVES) assertEquals(BigInt(multiplyHigh(a, b)), (BigInt(a) * BigInt(b)) >> 32n);
  }
});
