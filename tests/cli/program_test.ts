import { assertEquals, assertMatch } from "@std/assert";
import { serverOptions } from "../../cli/option_tables.ts";
import { extensionUsage, usage } from "../../cli/options.ts";
import { versionText } from "../../lib/base/version.ts";

const script = new URL("../support/echo_program.ts", import.meta.url).href;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...argv: string[]): Promise<Outcome> {
  const args = ["run", "--no-check", "--no-config", "--no-lock", "--allow-all", script, ...argv];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const usageText = usage(serverOptions, "jubastat");

Deno.test("runProgram prints help on standard error and version on standard output", async () => {
  const help = await run("--help");
  assertEquals([help.code, help.stdout, help.stderr.split("\n")[0]], [0, "", "usage: jubaconv [options] ... "]);
  const version = await run("--server", "-v");
  assertEquals(version, { code: 0, stdout: versionText("jubastat"), stderr: "" });
});

Deno.test("runProgram exits with the code of its main function", async () => {
  const server = await run("--server", "-n", "topic");
  assertEquals([server.code, server.stderr], [3, ""]);
  assertMatch(server.stdout, /^\S+ \S+ \d+ INFO {2}\[echo_program\.ts:\d+\] jubastat topic\n$/);
  const tool = await run("-c", "topic");
  assertEquals([tool.code, tool.stdout], [3, ""]);
});

Deno.test("runProgram reports errors where the original does", async () => {
  const option = await run("-i", "nosuch");
  assertEquals([option.code, option.stdout], [1, ""]);
  assertMatch(option.stderr, /^option value is invalid: --input-format=nosuch\nusage: jubaconv /);
  const refused = await run("--server", "-n", "usage");
  assertEquals([refused.code, refused.stdout, refused.stderr.endsWith("\n\n")], [1, "", true]);
  assertMatch(refused.stderr, /^refused\nusage: jubastat /);
  assertEquals(await run("--server", "-n", "stderr"), { code: 255, stdout: "", stderr: "too early\n" });
  const crash = await run("--server", "-n", "crash");
  assertEquals([crash.code, crash.stderr], [1, ""]);
  assertMatch(crash.stdout, /FATAL \[\S+\] exception in main thread: jubatus::\S+runtime_error: crashed\n\n$/);
});

Deno.test("extensionUsage follows the original usage after an empty line", () => {
  assertEquals(usageText.endsWith("print this message\n"), true);
  assertEquals(extensionUsage(serverOptions).startsWith("\noptions beyond 1.1.1:\n      --"), true);
});
