import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_PATTERN, jsonFormat, type LogRecord, patternFormat } from "../../lib/base/log_format.ts";

const record: LogRecord = {
  timeMs: new Date(2026, 0, 2, 3, 4, 5, 6).getTime(),
  level: "warn",
  threadId: 7,
  file: "a.ts",
  line: 8,
  message: "text",
};

Deno.test("patternFormat prints every known conversion", () => {
  assertEquals(patternFormat(DEFAULT_PATTERN)(record), "2026-01-02 03:04:05,006 7 WARN  [a.ts:8] text\n");
  assertEquals(patternFormat("%%%c|%t|%X{other}|%p{}")(record), "%jubatus|7||WARN{}");
  const dates = patternFormat("%d{HH:mm}|%d{ISO8601}|%d{yyyy/MM/dd ss.SSS}")(record);
  assertEquals(dates, "03:04|2026-01-02 03:04:05,006|2026/01/02 05.006");
});

Deno.test("patternFormat pads and cuts when a width is given", () => {
  assertEquals(patternFormat("[%-6p][%6p][%.2m][%6.3F]")(record), "[WARN  ][  WARN][xt][   .ts]");
});

Deno.test("patternFormat refuses what it does not know", () => {
  assertThrows(() => patternFormat("%m%Q"), RangeError, "unknown conversion %Q");
  assertThrows(() => patternFormat("%m%"), RangeError, "incomplete conversion");
});

Deno.test("jsonFormat writes one line per record", () => {
  const line = jsonFormat({ ...record, message: 'two\nlines "quoted"' });
  assertEquals(line.indexOf("\n"), line.length - 1);
  assertEquals(JSON.parse(line), {
    time: new Date(record.timeMs).toISOString(),
    level: "warn",
    pid: 7,
    source: "a.ts:8",
    message: 'two\nlines "quoted"',
  });
});
