import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, type ByteString, byteStringOf, byteStringOfText, textOf } from "../../lib/base/byte_string.ts";
import {
  CharacterSetSplitter,
  NgramSplitter,
  spaceSplitter,
  type Splitter,
  wholeValueSplitter,
  WordSpans,
} from "../../lib/feature/splitter.ts";

/** Words of a value that stands between other bytes, which must not matter. */
function rawWords(splitter: Splitter, value: ByteString): ByteString[] {
  const bytes = bytesOf(`\xe3x${value}\x81y`);
  const words = new WordSpans();
  splitter.split(bytes, 2, bytes.length - 2, words);
  return Array.from({ length: words.count }, (_, i) => {
    return byteStringOf(bytes, words.offsets[2 * i]!, words.offsets[2 * i + 1]!);
  });
}

function words(splitter: Splitter, value: string): string[] {
  return rawWords(splitter, byteStringOfText(value)).map(textOf);
}

Deno.test("wholeValueSplitter has one word, also for the empty value", () => {
  assertEquals(words(wholeValueSplitter, "a b"), ["a b"]);
  assertEquals(words(wholeValueSplitter, ""), [""]);
});

Deno.test("spaceSplitter splits at ASCII white space only", () => {
  assertEquals(words(spaceSplitter, "a  b\tc\nd\ve\ff\rg"), ["a", "b", "c", "d", "e", "f", "g"]);
  assertEquals(words(spaceSplitter, " a "), ["a"]);
  assertEquals(words(spaceSplitter, "　x　y"), ["　x　y"]);
  assertEquals(words(spaceSplitter, "\b \x0e \x1f \x00"), ["\b", "\x0e", "\x1f", "\x00"]);
  assertEquals(words(spaceSplitter, ""), []);
  assertEquals(words(spaceSplitter, " \n "), []);
});

Deno.test("NgramSplitter counts characters", () => {
  assertEquals(words(new NgramSplitter(2), "日本語"), ["日本", "本語"]);
  assertEquals(words(new NgramSplitter(2), "ab"), ["ab"]);
  assertEquals(words(new NgramSplitter(2), "a"), []);
  assertEquals(words(new NgramSplitter(1), "aé😀"), ["a", "é", "😀"]);
  assertEquals(words(new NgramSplitter(3), "aéあb"), ["aéあ", "éあb"]);
  assertEquals(words(new NgramSplitter(1), ""), []);
});

Deno.test("NgramSplitter leaves stray continuation bytes with what precedes them", () => {
  assertEquals(rawWords(new NgramSplitter(1), "a\x80\x81b\xff"), ["a\x80\x81", "b", "\xff"]);
});

Deno.test("CharacterSetSplitter drops empty pieces", () => {
  const splitter = new CharacterSetSplitter(byteStringOfText(",、 "));
  assertEquals(words(splitter, "a,b、c"), ["a", "b", "c"]);
  assertEquals(words(splitter, "、,, a,、"), ["a"]);
  assertEquals(words(splitter, "；一；二"), ["；一；二"]);
  assertEquals(words(splitter, ""), []);
  assertEquals(words(new CharacterSetSplitter(""), "a b"), ["a b"]);
  assertEquals(words(new CharacterSetSplitter(""), ""), []);
});

Deno.test("CharacterSetSplitter refuses values that are not UTF-8 and stops at a NUL", () => {
  const splitter = new CharacterSetSplitter(byteStringOfText(",、"));
  assertThrows(() => rawWords(splitter, "a\xff"), Error, "Invalid UTF-8");
  assertThrows(() => rawWords(splitter, "a\xc3("), Error, "Invalid UTF-8");
  assertThrows(() => rawWords(splitter, "a\xe3\x80"), Error, "Too short string");
  assertEquals(rawWords(splitter, "a,b\x00,c"), ["a", "b"]);
});

Deno.test("WordSpans grows and is reusable", () => {
  const spans = new WordSpans();
  for (let i = 0; i < 1000; i++) spans.push(i, i + 1);
  assertEquals([spans.count, spans.offsets[1998], spans.offsets[1999]], [1000, 999, 1000]);
  spans.clear();
  assertEquals(spans.count, 0);
});
