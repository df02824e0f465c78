import { assertEquals, assertThrows } from "@std/assert";
import { assert } from "../../lib/base/assert.ts";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { jsonEquals, JsonSyntaxError, type JsonValue, parseJson } from "../../lib/base/json_value.ts";

function parse(text: string): JsonValue {
  return parseJson(new TextEncoder().encode(text)).value;
}

function syntaxError(text: string): JsonSyntaxError {
  return assertThrows(() => parse(text), JsonSyntaxError);
}

Deno.test("parseJson keeps integers and floats apart", () => {
  assertEquals(parse("1"), { kind: "integer", value: 1 });
  assertEquals(parse("1.0"), { kind: "float", value: 1 });
  assertEquals(parse("-2e3"), { kind: "float", value: -2000 });
  assertEquals(parse("01"), { kind: "integer", value: 1 });
  assertEquals(parse("-0"), { kind: "integer", value: 0 });
});

Deno.test("parseJson keeps all digits of 64-bit integers", () => {
  assertEquals(parse("9007199254740991"), { kind: "integer", value: 9007199254740991 });
  assertEquals(parse("9223372036854775807"), { kind: "integer", value: 9223372036854775807n });
  assertEquals(parse("-9223372036854775808"), { kind: "integer", value: -9223372036854775808n });
  assertEquals(syntaxError("9223372036854775808").reason, "strtoll overflow range over. Too huge value for int64_t.");
  assertEquals(syntaxError("1e999").reason, "strtod overflow range over. Too huge value for double.");
});

Deno.test("parseJson reads objects, arrays and words", () => {
  const value = parse('{"a": [true, false, null], "b": {}, "a": []}');
  assert(value.kind === "object");
  assertEquals([...value.members.keys()], ["a", "b"]);
  assertEquals(value.members.get("a"), { kind: "array", items: [] });
  assertEquals(parse("[\v1 ,\f2]"), {
    kind: "array",
    items: [1, 2].map((n) => ({ kind: "integer" as const, value: n })),
  });
});

Deno.test("parseJson reads strings with escapes, surrogate pairs and a byte order mark", () => {
  assertEquals(parse('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u3042"'), { kind: "string", value: '"\\/\b\f\n\r\tあ' });
  assertEquals(parse('"\\ud83d\\ude00"'), { kind: "string", value: "😀" });
  assertEquals(parse('"\ufeff日本"'), { kind: "string", value: "\ufeff日本" });
  assertEquals(parseJson(byteStringOfText('"é"')).value, { kind: "string", value: "é" });
});

Deno.test("parseJson says what is wrong and where", () => {
  assertEquals(syntaxError('{"method": AROW}').message, "1:12 invalid char: 'A' (U+0041)");
  assertEquals(syntaxError('{"method": "PA", "converter": {},}').message, "1:34 '\"' is required but got '}'");
  assertEquals(syntaxError("{\n  // comment\n}").message, "2:3 '\"' is required but got '/'");
  assertEquals(syntaxError("{ bad").message, "1:3 '\"' is required but got 'b'");
  assertEquals(syntaxError('{"あ" 1}').message, "1:6 ':' is required but got '1'");
  assertEquals(syntaxError("[1,]").message, "1:4 invalid char: ']' (U+005D)");
  assertEquals(syntaxError("[1 2]").message, "1:4 ']' is required but got '2'");
  assertEquals(syntaxError("trux").message, "1:4 'e' is required but got 'x'");
  assertEquals(syntaxError('"\\u00zz"').message, "1:6 hex required but got 'z'");
  assertEquals(syntaxError('"a\nb"').message, "1:3 unexpected unescaped char: '\n' (U+000A)");
  assertEquals(syntaxError("'a'").message, "1:1 invalid char: ''' (U+0027)");
  assertEquals(syntaxError("[-a]").message, "1:3 invalid char: 'a' (U+0061)");
});

Deno.test("parseJson refuses strings that are not UTF-8 and nesting without end", () => {
  assertThrows(() => parseJson('"\xff"'), JsonSyntaxError, "invalid UTF-8");
  assertThrows(() => parse("[".repeat(100000)), JsonSyntaxError, "nested too deeply");
});

Deno.test("parseJson reports the end of data for every proper prefix", () => {
  const text = '{"a": [1.5e3, "\\u3042x", true, null], "b": {"c": -1}}';
  for (let length = 0; length < text.length; length++) {
    const error = syntaxError(text.slice(0, length));
    assertEquals(error.message, "json_parser reached end of data");
    assert(error.atEnd);
  }
});

Deno.test("parseJson ignores text after the value but tells where it is", () => {
  assertEquals(parseJson("{} \n").trailingText, undefined);
  assertEquals(parseJson("{}\n } x").trailingText, { line: 2, column: 2 });
});

Deno.test("jsonEquals ignores member order and white space only", () => {
  assert(jsonEquals(parse('{"a":1,"b":[1,2]}'), parse('{ "b": [1, 2], "a": 1 }')));
  assert(!jsonEquals(parse("1"), parse("1.0")));
  assert(!jsonEquals(parse("[1,2]"), parse("[2,1]")));
  assert(!jsonEquals(parse('{"a":null}'), parse("{}")));
  assert(!jsonEquals(parse('{"a":null}'), parse('{"b":null}')));
  assert(!jsonEquals(parse('"1"'), parse("1")));
  assert(jsonEquals(parse("null"), parse("null")));
  assert(!jsonEquals(parse("null"), parse("[]")));
});
