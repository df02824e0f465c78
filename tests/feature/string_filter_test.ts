import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, type ByteString, byteStringOf, byteStringOfText, textOf } from "../../lib/base/byte_string.ts";
import { ConfigError } from "../../lib/base/config_error.ts";
import { RegexpFilter } from "../../lib/feature/string_filter.ts";

function rawFilter(pattern: string, replace: string, value: ByteString): ByteString {
  const bytes = bytesOf(`x${value}x`);
  const filter = new RegexpFilter(byteStringOfText(pattern), byteStringOfText(replace));
  return byteStringOf(filter.filter(bytes, 1, bytes.length - 1));
}

function filter(pattern: string, replace: string, value: string): string {
  return textOf(rawFilter(pattern, replace, byteStringOfText(value)));
}

Deno.test("RegexpFilter replaces all matches", () => {
  assertEquals(filter("[0-9]+", "N", "hello 42 world 7"), "hello N world N");
  assertEquals(filter("<[^>]*>", "", "<a>xyz</a>"), "xyz");
  assertEquals(filter("[あ-ん]", "-", "日あ本い"), "日-本-");
  assertEquals(filter("x", "y", "abc"), "abc");
});

Deno.test("RegexpFilter replaces empty matches, also at the end", () => {
  assertEquals(filter(".??", "A", "BCD"), "ABACADA");
  assertEquals(filter("^", "A", ""), "A");
  assertEquals(filter("$", "!", "ab12"), "ab12!");
  assertEquals(filter("a*", "R", "baab"), "RbRRbR");
  assertEquals(filter("x*", "-", "あ"), "-あ-");
  assertEquals(filter("(?<!a)", "-", "a😀b"), "-a😀-b-");
});

Deno.test("RegexpFilter puts groups into the replacement", () => {
  assertEquals(filter("(.)(.)", "\\2\\1", "ab12x"), "ba21x");
  assertEquals(filter("([0-9]+)", "#\\1#", "a12"), "a#12#");
  assertEquals(filter("(b)", "\\10", "abc"), "ab0c");
  assertEquals(filter("b", "[\\0]\\\\", "abc"), "a[b]\\c");
  assertEquals(filter("(a)(b)?", "<\\2>", "aab"), "<><b>");
  assertEquals(filter("(?:a++)(b)", "\\1", "aab"), "b");
});

Deno.test("RegexpFilter keeps bytes that are not UTF-8", () => {
  assertEquals(rawFilter("b", "B", "\xffb\xe3\x81b"), "\xffB\xe3\x81B");
});

Deno.test("RegexpFilter refuses bad expressions and replacements", () => {
  assertThrows(() => new RegexpFilter("[", ""), ConfigError, "invalid regular expression: [");
  for (const replace of ["\\", "\\a"]) {
    const text = "invalid replacement expression. 0-9 or \\ are required after \\";
    assertThrows(() => new RegexpFilter("a", replace), ConfigError, text);
  }
  assertThrows(() => new RegexpFilter("(a)", "\\2"), ConfigError, "invalid number of capture group");
});
