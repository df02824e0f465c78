import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError, configErrorClass, ConfigSyntaxError } from "../../lib/base/config_error.ts";
import {
  anyJson,
  bool,
  float,
  int32,
  int64,
  listOf,
  mapOf,
  object,
  optional,
  parseConfig,
  readShape,
  string,
  trailingTextWarning,
} from "../../lib/base/config_reader.ts";

const shape = object({
  name: string,
  on: bool,
  rate: float,
  count: optional(int32),
  big: optional(int64),
  inner: object({ id: int32 }),
  list: listOf(object({ key: string })),
  map: optional(mapOf(mapOf(string))),
  rest: optional(anyJson),
});

function read(text: string): unknown {
  return readShape(shape, parseConfig(text).value);
}

function problems(text: string): readonly string[] {
  return assertThrows(() => read(text), ConfigError, "invalid configuration").problems;
}

Deno.test("readShape reads what is there and leaves optional members undefined", () => {
  const text = '{"name": "x", "on": true, "rate": 1, "count": null, "inner": {"id": -1}, "list": [{"key": ""}]}';
  assertEquals(read(text), {
    name: "x",
    on: true,
    rate: 1,
    count: undefined,
    big: undefined,
    inner: { id: -1 },
    list: [{ key: "" }],
    map: undefined,
    rest: undefined,
  });
});

Deno.test("readShape collects unknown keys by name, then members as declared", () => {
  assertEquals(
    problems(
      '{"z": 1, "a": 1, "list": [{"key": 1}, {"kye": ""}], "rate": "1", "inner": {"id": 1.0}, "on": null, "map": {"t": {"p": 2}, "s": 1}}',
    ),
    [
      '"a" is not used ()',
      '"z" is not used ()',
      '"name" is not found ()',
      "Bool is expected, but Null is given. (.on)",
      "Float is expected, but String is given. (.rate)",
      "Integer is expected, but Float is given. (.inner.id)",
      "String is expected, but Integer is given. (.list[0].key)",
      '"kye" is not used (.list[1])',
      '"key" is not found (.list[1])',
      "Object is expected, but Integer is given. (.map.s)",
      "String is expected, but Integer is given. (.map.t.p)",
    ],
  );
});

Deno.test("readShape stops at once when a fixed object is something else", () => {
  const error = assertThrows(() => read('{"a": 1, "inner": 3}'), ConfigError);
  assertEquals(error.message, "Object is expected, but Integer is given. (.inner)");
  assertEquals(error.exceptionClass, configErrorClass.type);
  assertEquals(error.problems, []);
  assertThrows(() => read("[1]"), ConfigError, "Object is expected, but Array is given. ()");
});

Deno.test("readShape refuses integers that 1.1.1 would wrap", () => {
  assertEquals(problems('{"name": "", "on": true, "rate": 1, "count": 4294967297, "inner": {"id": 1}, "list": []}'), [
    "Integer from -2147483648 to 2147483647 is expected, but 4294967297 is given. (.count)",
  ]);
});

Deno.test("parseConfig turns syntax errors into configuration errors", () => {
  const error = assertThrows(() => parseConfig("{\n x}"), ConfigSyntaxError);
  assertEquals([error.line, error.column, error.atEnd], [2, 2, false]);
  assertEquals(error.message, "2:2 '\"' is required but got 'x'");
  const end = assertThrows(() => parseConfig(""), ConfigSyntaxError);
  assertEquals([end.message, end.describe(), end.atEnd], [
    "json_parser reached end of data",
    "json_parser reached end of data",
    true,
  ]);
});

Deno.test("ConfigError describes itself as Jubatus does", () => {
  const error = assertThrows(() => readShape(object({ id: int32 }), parseConfig('{"x": 1}').value), ConfigError);
  assertEquals(
    error.describe(),
    `jubatus::core::common::config_exception: invalid configuration
    (#0) Message: "x" is not used ()
    (#0) Message: "id" is not found ()`,
  );
});

Deno.test("trailingTextWarning speaks up when text is ignored", () => {
  assertEquals(trailingTextWarning(parseConfig("{}\n")), undefined);
  assertEquals(
    trailingTextWarning(parseConfig("{} }")),
    "configuration ends before line 1, column 4; the text from there on is ignored",
  );
});
