import { assertEquals } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { bigIntOf, Hash64 } from "../../lib/base/hash64.ts";
import { murmur64 } from "../../lib/base/murmur.ts";

Deno.test("murmur64 hashes byte strings as libstdc++ does", () => {
  const vectors: [string, bigint][] = [
    ["", 6142509188972423790n],
    ["a", 4993892634952068459n],
    ["label1", 18445310036328894074n],
    ["cat", 5726227304015210059n],
    ["日本", 7881330295234927773n],
    ["0123456789abcdefghijk", 11384017058012742959n],
  ];
  const hash = new Hash64();
  for (const [text, expected] of vectors) {
    murmur64(byteStringOfText(text), hash);
    assertEquals(bigIntOf(hash.high, hash.low), expected, text);
  }
});
