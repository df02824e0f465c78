import { assertEquals, assertMatch } from "@std/assert";
import { Logger } from "../../lib/base/log.ts";
import { jsonFormat, patternFormat } from "../../lib/base/log_format.ts";

/** A logger at a fixed time that collects its lines. */
function collecting(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = new Logger();
  logger.setSinks([{ write: (line) => lines.push(line) }]);
  logger.configure({ threadId: 12345, now: () => new Date(2019, 4, 16, 14, 18, 26, 123).getTime() });
  return { logger, lines };
}

Deno.test("Logger writes the original's layout with the caller's file and line", () => {
  const { logger, lines } = collecting();
  logger.info("started");
  logger.fatal("ended");
  assertMatch(lines[0]!, /^2019-05-16 14:18:26,123 12345 INFO {2}\[log_test\.ts:\d+\] started\n$/);
  assertMatch(lines[1]!, /^2019-05-16 14:18:26,123 12345 FATAL \[log_test\.ts:\d+\] ended\n$/);
  const numbers = lines.map((line) => Number(/ts:(\d+)/.exec(line)![1]));
  assertEquals(numbers[1], numbers[0]! + 1);
});

Deno.test("Logger drops records below its level", () => {
  const { logger, lines } = collecting();
  logger.configure({ level: "warn" });
  logger.trace("1");
  logger.debug("2");
  logger.info("3");
  logger.warn("4");
  logger.error("5");
  assertEquals(lines.map((line) => line.at(-2)), ["4", "5"]);
  assertEquals([logger.enabled("info"), logger.enabled("warn")], [false, true]);
});

Deno.test("Logger is silent when it has no sink", () => {
  const logger = new Logger();
  assertEquals(logger.enabled("fatal"), false);
  logger.fatal("nobody hears this");
});

Deno.test("Logger writes to each sink by its threshold and format", () => {
  const { logger } = collecting();
  const all: string[] = [];
  const errors: string[] = [];
  logger.setSinks([
    { write: (line) => all.push(line), format: patternFormat("%p %m%n") },
    { write: (line) => errors.push(JSON.parse(line).message), format: jsonFormat, threshold: "error" },
  ]);
  logger.info("a");
  logger.error("b");
  assertEquals(all, ["INFO a\n", "ERROR b\n"]);
  assertEquals(errors, ["b"]);
});

Deno.test("Logger names the component when the stack is not available", () => {
  const { logger, lines } = collecting();
  logger.configure({ component: "jubastat" });
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    logger.info("x");
  } finally {
    Error.stackTraceLimit = limit;
  }
  assertEquals(lines, ["2019-05-16 14:18:26,123 12345 INFO  [jubastat:0] x\n"]);
});
