import { assertEquals, assertThrows } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { ConfigError } from "../../lib/base/config_error.ts";
import { compileRegularExpression } from "../../lib/feature/regular_expression.ts";

/** All non-overlapping matches. */
function matches(pattern: string, text: string): string[] {
  const { source } = compileRegularExpression(byteStringOfText(pattern));
  return Array.from(text.matchAll(new RegExp(source, "vg")), (match) => match[0]);
}

function refusal(pattern: string): string {
  const error = assertThrows(() => compileRegularExpression(byteStringOfText(pattern)), ConfigError);
  assertEquals(error.message, `invalid regular expression: ${pattern}`);
  return error.hint ?? "";
}

Deno.test("compileRegularExpression knows Unicode classes", () => {
  assertEquals(matches("\\w+", "À日_٣-ー"), ["À日_٣", "ー"]);
  assertEquals(matches("\\d+", "１２ 3"), ["１２", "3"]);
  assertEquals(matches("\\s", "a　b c"), ["　", " "]);
  assertEquals(matches("\\W", "日 。"), [" ", "。"]);
  assertEquals(matches("[[:alpha:]]+", "é1Α漢"), ["é", "Α漢"]);
  assertEquals(matches("[[:^alpha:]x]+", "é1xΑ"), ["1x"]);
  assertEquals(matches("[^[:space:]a]+", "ab c"), ["b", "c"]);
  assertEquals(matches("\\p{Hiragana}+", "ひらカナ"), ["ひら"]);
  assertEquals(matches("\\p{uppercase letter}\\P{Lu}\\p{^Han}", "Ab1 A漢"), ["Ab1"]);
  assertEquals(matches("\\p{Digit}|\\p{ASCII}", "a３漢"), ["a", "３"]);
  assertEquals(matches("\\bcat\\b", "cat concat 猫cat"), ["cat"]);
});

Deno.test("compileRegularExpression counts marks, fractions and superscripts as Oniguruma does", () => {
  assertEquals(matches("[[:alpha:]]+", "e\u0301x"), ["e", "x"]);
  assertEquals(matches("\\p{Alnum}+", "e\u03011"), ["e", "1"]);
  assertEquals(matches("\\w+", "e\u0301x"), ["e\u0301x"]);
  assertEquals(matches("\\w+|\\W", "1½ m²"), ["1½", " ", "m²"]);
  assertEquals(matches("[\\w]+|[\\W]", "1½"), ["1", "½"]);
  assertEquals(matches("\\b", "½"), ["", ""]);
});

Deno.test("compileRegularExpression knows anchors and options", () => {
  assertEquals(matches("a$", "a\n"), ["a"]);
  assertEquals(matches("a$", "a\n\n"), []);
  assertEquals(matches("a\\z", "a\n"), []);
  assertEquals(matches("^.", "a\nb"), ["a"]);
  assertEquals(matches("(?m)^.$", "a\nb"), ["a", "b"]);
  assertEquals(matches("a.", "a\n a\r a\u2028"), ["a\r", "a\u2028"]);
  assertEquals(matches("(?s)a.", "a\n"), ["a\n"]);
  assertEquals(matches("(?x) a b # comment\n c", "abc"), ["abc"]);
});

Deno.test("compileRegularExpression ignores case where told to", () => {
  assertEquals(matches("(?i)abc", "ABC aBc"), ["ABC", "aBc"]);
  assertEquals(matches("(?i:a)[b-d]", "Ab AB"), ["Ab"]);
  assertEquals(matches("a(?i)b|c", "aB C A"), ["aB", "C"]);
  assertEquals(matches("(?i)[^a]", "Ab"), ["b"]);
  assertEquals(matches("(?i)[[:lower:]]+", "aBé"), ["aBé"]);
  assertEquals(matches("(?i)[[:upper:]]+", "aBéºǅ"), ["aBé", "ǅ"]);
  assertEquals(matches("(?i)i", "iIı"), ["i", "I"]);
  assertEquals(matches("(?i)a(?-i)b", "Ab AB"), ["Ab"]);
  assertEquals(matches("(?i)(a)\\1", "aA"), ["aA"]);
  assertEquals(matches("(?i)é", "É"), ["É"]);
});

Deno.test("compileRegularExpression knows repetition, possessive and atomic too", () => {
  assertEquals(matches("a{2,3}?", "aaaa"), ["aa", "aa"]);
  assertEquals(matches("a++b", "aab aaa"), ["aab"]);
  assertEquals(matches("a++a", "aaa"), []);
  assertEquals(matches("(?>a|ab)c", "abc ac"), ["ac"]);
  assertEquals(matches("a+*", "aa"), ["aa", ""]);
  assertEquals(matches("a{,2}|b{x}", "a{,2}b{x}"), ["a{,2}", "b{x}"]);
  assertEquals(matches("a(?#comment)*", "aa"), ["aa", ""]);
  assertEquals(matches("(.)\\1", "aabb"), ["aa", "bb"]);
});

Deno.test("compileRegularExpression keeps nested repetition of one item fast", () => {
  assertEquals(matches("a+*+*b", "a".repeat(5000)), []);
});

Deno.test("compileRegularExpression knows escapes", () => {
  assertEquals(matches("\\x41\\x{3042}\\xe3\\x81\\x84\\101\\t", "AあいA\t"), ["AあいA\t"]);
  assertEquals(matches("\\u0041\\h", "u0041h"), ["u0041h"]);
  assertEquals(matches("\\Q.*\\E+\\.", ".**."), [".**."]);
  assertEquals(matches("[\\]\\-a-c]+", "]-b"), ["]-b"]);
  assertEquals(matches("[]a-]+", "]a-"), ["]a-"]);
  assertEquals(matches("[a&&b[]+", "a&b["), ["a&b["]);
  assertEquals(matches("-#~/@!", "-#~/@!"), ["-#~/@!"]);
  assertEquals(matches("a\\Rb", "a\r\nb a\u2028b"), ["a\r\nb", "a\u2028b"]);
  assertEquals(matches("\\R\\n", "\r\n"), []);
  assertEquals(matches("\\N+|\\O", "a\rb\n"), ["a\rb", "\n"]);
});

Deno.test("compileRegularExpression numbers groups as the pattern does", () => {
  const { source, groups } = compileRegularExpression("a++(b)(?>c)(d)");
  const match = new RegExp(source, "v").exec("aabcd")!;
  assertEquals(groups.map((group) => match[group]), ["aabcd", "b", "d"]);
});

Deno.test("compileRegularExpression refuses what is wrong or unknown, and says why", () => {
  assertEquals(refusal("("), '")" is missing');
  assertEquals(refusal("a)"), 'unmatched ")"');
  assertEquals(refusal("[a"), '"]" is missing');
  assertEquals(refusal("[]"), "empty brackets");
  assertEquals(refusal("*a"), 'nothing to repeat before "*"');
  assertEquals(refusal("a|{2}"), 'nothing to repeat before "{2}"');
  assertEquals(refusal("a{2,1}"), "{2,1} has its limits the wrong way round");
  assertEquals(refusal("a\\"), "the pattern ends with a backslash");
  assertEquals(refusal("(?<n>a)"), "named groups are not supported");
  assertEquals(refusal("(?'n'a)"), 'unknown kind of group "(?\'"');
  assertEquals(refusal("\\1"), "there is no group 1 to refer to");
  assertEquals(refusal("\\p{Klingon}"), 'unknown character property "Klingon"');
  assertEquals(refusal("[[:foo:]]"), "unknown class [:foo:]");
  assertEquals(refusal("[z-a]"), "a range in brackets is the wrong way round");
  assertEquals(refusal("a\\Kb"), "\\K is not supported");
  assertEquals(refusal("\\X"), "\\X is not supported");
  assertEquals(refusal("(?)a"), 'unknown kind of group "(?)"');
  assertEquals(refusal("\\xe3"), "escaped bytes are not UTF-8");
  assertEquals(refusal("a\\G"), "\\G is supported at the start of the pattern only");
  assertEquals(refusal("(".repeat(1000)), "nested too deeply");
});
