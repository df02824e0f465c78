import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { md5Hex } from "../../lib/base/md5.ts";

const text = new TextEncoder();

Deno.test("md5Hex equals the digests of RFC 1321", () => {
  const vectors: Record<string, string> = {
    "": "d41d8cd98f00b204e9800998ecf8427e",
    "a": "0cc175b9c0f1b6a831c399e269772661",
    "abc": "900150983cd24fb0d6963f7d28e17f72",
    "message digest": "f96b697d7cb7938d525a2f31aaf161d0",
    "abcdefghijklmnopqrstuvwxyz": "c3fcd3d76192e4007dfb496cca67e13b",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789": "d174ab98d277d9f5a5611c2c9f419d9f",
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890":
      "57edf4a22be3c955ac49da2e2107b67a",
  };
  for (const [input, digest] of Object.entries(vectors)) assertEquals(md5Hex(text.encode(input)), digest, input);
});

Deno.test("md5Hex places virtual nodes where Jubatus 1.1.1 does", () => {
  assertEquals(md5Hex(text.encode("192.0.2.2_21280")), "f0fedd306481427d55707f358e49a1a5");
  assertEquals(md5Hex(text.encode("192.0.2.2_21280_1")), "c4d26dcfb6da6c1577a83ee7a984b60a");
});

Deno.test("md5Hex equals another implementation when the length crosses block borders", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    assertEquals(md5Hex(bytes), createHash("md5").update(bytes).digest("hex"), `length ${length}`);
  }
});
