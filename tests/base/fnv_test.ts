import { assertEquals } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { fnv1, fnv1Modulo } from "../../lib/base/fnv.ts";
import { bigIntOf, Hash64 } from "../../lib/base/hash64.ts";

const VECTORS: [string, bigint][] = [
  ["", 14695981039346656037n],
  ["a", 12638153115695167422n],
  ["k@num", 15896927618105865260n],
  ["x@num", 0xba11cd050e2ce00fn],
  ["あ", 2814264777591624525n],
  ["key$あ@str#bin/bin", 9128622066897097033n],
  ["k$v@str#bin/bin", 0x0a284e25c8cf138fn],
];

Deno.test("fnv1 extends the sign of each byte when hashing", () => {
  const hash = new Hash64();
  for (const [text, expected] of VECTORS) {
    fnv1(byteStringOfText(text), hash);
    assertEquals(bigIntOf(hash.high, hash.low), expected, text);
  }
});

Deno.test("fnv1Modulo is the exact remainder of the hash when divided", () => {
  for (const [text, expected] of VECTORS) {
    const name = byteStringOfText(text);
    for (const divisor of [1, 2, 10, 1000, 65536, 1000003, 0x7fffffff]) {
      assertEquals(fnv1Modulo(name, divisor), Number(expected % BigInt(divisor)));
    }
    for (const divisor of [2 ** 36, 2 ** 36 + 1, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n - 1n]) {
      assertEquals(BigInt(fnv1Modulo(name, divisor)), expected % BigInt(divisor));
    }
  }
});
