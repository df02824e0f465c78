import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, type ByteString, byteStringOf, byteStringOfText, textOf } from "../../lib/base/byte_string.ts";
import { ConfigError } from "../../lib/base/config_error.ts";
import { RegexpSplitter } from "../../lib/feature/regexp_splitter.ts";
import { WordSpans } from "../../lib/feature/splitter.ts";

function rawWords(pattern: string, value: ByteString, group = 0): ByteString[] {
  const bytes = bytesOf(`x${value}x`);
  const words = new WordSpans();
  new RegexpSplitter(byteStringOfText(pattern), group).split(bytes, 1, bytes.length - 1, words);
  return Array.from({ length: words.count }, (_, i) => {
    return byteStringOf(bytes, words.offsets[2 * i]!, words.offsets[2 * i + 1]!);
  });
}

function words(pattern: string, value: string, group = 0): string[] {
  return rawWords(pattern, byteStringOfText(value), group).map(textOf);
}

Deno.test("RegexpSplitter emits matches one after the other", () => {
  assertEquals(words("[a-z]+", "abc 123 def"), ["abc", "def"]);
  assertEquals(words("\\p{Hiragana}+", "ひらカナかな"), ["ひら", "かな"]);
  assertEquals(words("^.", "ab"), ["a"]);
  assertEquals(words("(?<=x)\\d", "x1 y2 x3"), ["1", "3"]);
});

Deno.test("RegexpSplitter emits empty matches but none at the end", () => {
  assertEquals(words("a*", "baab"), ["", "aa", ""]);
  assertEquals(words("a*", ""), []);
  assertEquals(words("$", "ab"), []);
  assertEquals(words("$", "ab\n"), [""]);
});

Deno.test("RegexpSplitter goes on after the length of the group", () => {
  assertEquals(words("([a-z]+)=([0-9]+);?", "k=1;kk=22;x=", 1), ["k", "kk"]);
  assertEquals(words("x(.)", "xxxa", 1), ["x", "x", "a"]);
  assertEquals(words("(ab)(c)", "abcabc", 1), ["ab", "ab"]);
  assertEquals(words("(?=(あい))", "あいあい", 1), ["あい", "あい"]);
});

Deno.test("RegexpSplitter steps by character and skips matches without the group", () => {
  assertEquals(words("[^あ]", "あx"), ["x"]);
  assertEquals(words("(a)(b)?", "ab a", 2), ["b"]);
  assertEquals(words(".", "a😀あ"), ["a", "😀", "あ"]);
  assertEquals(words("\\B", "a😀b"), []);
  assertEquals(words("(?<!a)", "a😀b"), ["", ""]);
});

Deno.test("RegexpSplitter keeps bytes that are not UTF-8", () => {
  assertEquals(rawWords("[^ ]+", "a\xff b\xe3\x81 \xed\xa0\x80"), ["a\xff", "b\xe3\x81", "\xed\xa0\x80"]);
});

Deno.test("RegexpSplitter refuses groups that are not there", () => {
  const error = assertThrows(() => new RegexpSplitter("(a)", 2), ConfigError);
  assertEquals(error.message, "regexp '(a)' only contains 1 groups, but 'group' is 2");
  assertThrows(() => new RegexpSplitter("a", -1), ConfigError, "'group' must be positive: -1");
});
