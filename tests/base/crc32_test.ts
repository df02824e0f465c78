import { assertEquals } from "@std/assert";
import { bytesOf } from "../../lib/base/byte_string.ts";
import { crc32 } from "../../lib/base/crc32.ts";

Deno.test("crc32 is zlib's checksum", () => {
  assertEquals(crc32(new Uint8Array(0)), 0);
  assertEquals(crc32(bytesOf("123456789")), 0xcbf43926);
  assertEquals(crc32(bytesOf("The quick brown fox jumps over the lazy dog")), 0x414fa339);
});

Deno.test("crc32 goes on from a previous sum when the bytes come in parts", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 0xff);
  const whole = crc32(bytes);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assertEquals(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), whole);
  }
});
