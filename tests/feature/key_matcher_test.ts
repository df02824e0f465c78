import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, byteStringOfText } from "../../lib/base/byte_string.ts";
import { ConfigError } from "../../lib/base/config_error.ts";
import { compileKeyMatcher } from "../../lib/feature/key_matcher.ts";

const keys = ["", "a", "b", "ab", "aab", "ba", "*", "*a", "xa*", "a*", "a*b", "/", "/a", "/a+/", "c", "cc", "あ"];

/** Matching keys; checks that both ways of asking agree. */
function matching(pattern: string): string[] {
  const matcher = compileKeyMatcher(byteStringOfText(pattern));
  return keys.filter((key) => {
    const name = byteStringOfText(key);
    const bytes = bytesOf(`aa${name}bb`);
    const matches = matcher.matches(bytes, 2, bytes.length - 2);
    assertEquals(matcher.matchesName(name), matches);
    if (matcher.matchesAll) assertEquals(matches, true);
    return matches;
  });
}

Deno.test("compileKeyMatcher knows the grammar of patterns", () => {
  assertEquals(matching(""), keys);
  assertEquals(matching("*"), keys);
  assertEquals(matching("**"), ["*", "xa*", "a*"]);
  assertEquals(matching("*a*"), ["xa*", "a*"]);
  assertEquals(matching("*a"), ["a", "ba", "*a", "/a"]);
  assertEquals(matching("a*"), ["a", "ab", "aab", "a*", "a*b"]);
  assertEquals(matching("/a*"), ["/a", "/a+/"]);
  assertEquals(matching("a*b"), ["a*b"]);
  assertEquals(matching("/"), ["/"]);
  assertEquals(matching("//"), keys);
  assertEquals(matching("ab"), ["ab"]);
  assertEquals(matching("あ"), ["あ"]);
});

Deno.test("compileKeyMatcher anchors expressions at the start only", () => {
  assertEquals(matching("/a+/"), ["a", "ab", "aab", "a*", "a*b"]);
  assertEquals(matching("/b|^c$/"), ["b", "ba", "c"]);
  assertEquals(matching("/\\w$/"), ["a", "b", "c", "あ"]);
});

Deno.test("compileKeyMatcher takes keys that are not UTF-8", () => {
  const matcher = compileKeyMatcher("/k.$/");
  assertEquals(matcher.matchesName("k\xff"), true);
  assertEquals(matcher.matchesName("k\xff\xfe"), false);
});

Deno.test("compileKeyMatcher refuses a bad expression", () => {
  assertThrows(() => compileKeyMatcher("/(/"), ConfigError, "invalid regular expression: (");
});
