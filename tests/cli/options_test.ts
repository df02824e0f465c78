import { assertEquals, assertThrows } from "@std/assert";
import { assert, AssertionError } from "../../lib/base/assert.ts";
import { optionTables, serverOptions } from "../../cli/option_tables.ts";
import { type OptionTable, type OptionValues, parse, type ParseResult } from "../../cli/options.ts";
import { SeededRandom, testSeed } from "../support/seeded_random.ts";

function run(program: string, ...argv: string[]): ParseResult {
  return parse(optionTables.get(program)!, argv, program);
}

function values(program: string, ...argv: string[]): OptionValues {
  const result = run(program, ...argv);
  assert(result.kind === "ok", JSON.stringify(result));
  return result.values;
}

function errorOf(program: string, ...argv: string[]): string {
  const result = run(program, ...argv);
  assert(result.kind === "error", JSON.stringify(result));
  assert(result.text.startsWith(`${result.message}\nusage: ${program} `));
  return result.message;
}

Deno.test("parse gives defaults when nothing is given", () => {
  const options = values("jubaclassifier");
  assertEquals(options.number("rpc-port"), 9199);
  assertEquals(options.string("datadir"), "/tmp");
  assertEquals(options.flag("daemon"), false);
});

Deno.test("parse takes long and short forms alike", () => {
  for (const argv of [["--name=a"], ["--name", "a"], ["-n", "a"]]) {
    assertEquals(values("jubaclassifier", ...argv).string("name"), "a");
  }
  assertEquals(values("jubaclassifier", "--name=").string("name"), "");
  assertEquals(values("jubaclassifier", "--name=a=b").string("name"), "a=b");
});

Deno.test("parse takes a bundle of flags whose last letter may have a value", () => {
  const options = values("jubaclassifier", "-DTp", "1");
  assertEquals([options.flag("daemon"), options.flag("config_test"), options.number("rpc-port")], [true, true, 1]);
  assertEquals(errorOf("jubaclassifier", "-p9199"), "option needs value: --rpc-port");
});

Deno.test("parse takes the next word as the value even if it looks like an option", () => {
  assertEquals(values("jubaclassifier", "-n", "--daemon").string("name"), "--daemon");
  assertEquals(values("jubaclassifier", "-n", "--daemon").flag("daemon"), false);
});

Deno.test("parse ignores other words and a lone dash, and lets the last occurrence win", () => {
  const options = values("jubaclassifier", "extra", "-", "-p", "1", "more", "-p", "2");
  assertEquals(options.number("rpc-port"), 2);
});

Deno.test("parse names the first error", () => {
  assertEquals(errorOf("jubaclassifier", "--nosuchoption"), "undefined option: --nosuchoption");
  assertEquals(errorOf("jubaclassifier", "--nosuch=1", "--other"), "undefined option: --nosuch");
  assertEquals(errorOf("jubaclassifier", "-q"), "undefined short option: -q");
  assertEquals(errorOf("jubaclassifier", "-f"), "option needs value: --configpath");
  assertEquals(errorOf("jubaclassifier", "--rpc-port"), "option needs value: --rpc-port");
  assertEquals(errorOf("jubaclassifier", "--daemon=1"), "option value is invalid: --daemon=1");
  assertEquals(errorOf("jubaconv", "-i", "nosuch"), "option value is invalid: --input-format=nosuch");
  assertEquals(errorOf("jubaconv", "-o", "nosuch"), "option value is invalid: --output-format=nosuch");
});

Deno.test("parse refuses numbers that are none or out of range", () => {
  for (const port of ["notanumber", "70000", "0", "1.5", "0x1", "", " 1", "99999999999999999999"]) {
    assertEquals(errorOf("jubaclassifier", "-p", port), `option value is invalid: --rpc-port=${port}`);
  }
  assertEquals(errorOf("jubaclassifier", "-f", "shogun.json", "-c", "0"), "option value is invalid: --thread=0");
  assertEquals(errorOf("jubactl", "-N", "-1"), "option value is invalid: --num=-1");
  assertEquals(values("jubaclassifier", "-Z", "-1").number("zookeeper_timeout"), -1);
});

Deno.test("parse takes any --type of the tools, since servers of 1.1.1 may be in the same cluster", () => {
  const cluster = ["-s", "jubaanomaly", "-n", "a", "-t", "anomaly"];
  assertEquals(values("jubactl", "-c", "status", ...cluster).string("type"), "anomaly");
  assertEquals(values("jubaconfig", "-c", "read", "-t", "anomaly").string("type"), "anomaly");
});

Deno.test("parse names the first missing option in alphabetical order", () => {
  assertEquals(errorOf("jubactl", "-c", "status"), "need option: --name");
  assertEquals(errorOf("jubavisor", "-p", "1"), "need option: --zookeeper");
});

Deno.test("parse explains a program started with nothing when something is mandatory", () => {
  for (const program of ["jubactl", "jubaconfig", "jubavisor"]) assertEquals(run(program).kind, "help");
  for (const program of ["jubaconv", "jubastat"]) assertEquals(run(program).kind, "ok");
});

Deno.test("parse puts help before errors and errors before version", () => {
  assertEquals(run("jubaclassifier", "--nosuch", "-?").kind, "help");
  assertEquals(run("jubaclassifier", "--nosuch", "-v").kind, "error");
  assertEquals(run("jubaclassifier", "-v").kind, "version");
  for (const program of ["jubactl", "jubaconfig", "jubavisor", "jubaconv"]) {
    assertEquals(errorOf(program, "--version"), "undefined option: --version");
  }
});

Deno.test("parse shows additional options in help only, below the original ones", () => {
  const help = run("jubaclassifier", "--help");
  assert(help.kind === "help");
  const [original, additional] = help.text.split("\noptions beyond 1.1.1:\n");
  assert(original!.endsWith("  -?, --help                    print this message\n"));
  assert(!original!.includes("log_format"));
  assert(additional!.includes("      --log_format           format of log lines"));
  const error = run("jubaclassifier", "--nosuch");
  assert(error.kind === "error" && !error.text.includes("beyond"));
});

Deno.test("OptionValues fails when asked for an option or type the table does not have", () => {
  const options = values("jubaclassifier");
  assertThrows(() => options.number("nosuch"), AssertionError);
  assertThrows(() => options.string("rpc-port"), AssertionError);
  assertThrows(() => options.flag("name"), AssertionError);
});

Deno.test("parse never throws when words are random", () => {
  const random = new SeededRandom(testSeed());
  const pieces = ["-", "--", "=", "p", "name", "rpc-port", "?", "D", "1", " ", "\u{1F600}", "help", "version"];
  const table: OptionTable = serverOptions;
  for (let i = 0; i < 2000; i++) {
    const word = (): string => Array.from({ length: random.below(4) }, () => random.pick(pieces)).join("");
    const argv = Array.from({ length: random.below(5) }, word);
    assert(["ok", "help", "version", "error"].includes(parse(table, argv, "p").kind), JSON.stringify(argv));
  }
});
