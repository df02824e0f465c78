import { assertEquals } from "@std/assert";
import { bytesOf, byteStringOfText } from "../../lib/base/byte_string.ts";
import { DecodedText } from "../../lib/feature/decoded_text.ts";

Deno.test("DecodedText finds the way back to bytes", () => {
  const bytes = bytesOf(`xx${byteStringOfText("aéあ😀b")}`);
  const decoded = new DecodedText();
  decoded.decode(bytes, 2, bytes.length);
  assertEquals(decoded.text, "aéあ😀b");
  assertEquals([0, 1, 2, 3, 5, 6].map((unit) => decoded.positionOf(unit)), [2, 3, 5, 8, 12, 13]);
  assertEquals(decoded.nextCharacter(3), 5);
  assertEquals(decoded.unitAt(6, 0), 3);
  decoded.decode(bytes, 2, 3);
  assertEquals([decoded.text, decoded.positionOf(1), decoded.unitAt(3, 0)], ["a", 3, 1]);
});

Deno.test("DecodedText keeps every invalid byte apart", () => {
  const decoded = new DecodedText();
  for (const bad of ["\x80", "\xc0\xaf", "\xe3\x81", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xff"]) {
    const bytes = bytesOf(`a${bad}`);
    decoded.decode(bytes, 0, bytes.length);
    assertEquals(decoded.text.length, bytes.length);
    assertEquals(decoded.text.charCodeAt(1), 0xdc00 + bytes[1]!);
    assertEquals(decoded.positionOf(bytes.length), bytes.length);
  }
});

Deno.test("DecodedText grows with the value", () => {
  const decoded = new DecodedText();
  for (const length of [10, 256, 20000]) {
    const text = "あ".repeat(length);
    const bytes = new TextEncoder().encode(text);
    decoded.decode(bytes, 0, bytes.length);
    assertEquals(decoded.text, text);
    assertEquals(decoded.positionOf(length), 3 * length);
  }
});
