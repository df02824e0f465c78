import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { importFlags } from "../../scripts/registry.ts";
import { root } from "../../scripts/roles.ts";
import { displayWidth, formatTable } from "../../scripts/text_table.ts";
import { freePort } from "../support/free_port.ts";
import { ServerProcess } from "../support/server_process.ts";

Deno.test("shogun trains a server of its own, guesses families and ends well", async () => {
  const { code, output } = await shogun();
  assertEquals(code, 0, output);
  assertStringIncludes(output, "trained 37 names; held out 9");
  const [, right, asked] = /(\d) of (\d) names it had not seen are right/.exec(output) ?? [];
  assertEquals(asked, "9");
  assertEquals(Number(right) >= 7, true, output);
  const table = output.split("\n").filter((line) => /^[徳足北義綱家慶時師貞].*\d\.\d{3}$/u.test(line));
  assertEquals(table.length, 9, output);
  assertEquals(new Set(table.map(displayWidth)).size, 1, output);
  assertMatch(output, /stopped jubaclassifier\n$/);
});

Deno.test("shogun keeps what a running server knows unless it is told to clear it", async () => {
  const directory = await Deno.makeTempDir({ prefix: "shogun-test-" });
  try {
    const config = `${directory}/pa.json`;
    const rule = { key: "*", type: "str", sample_weight: "bin", global_weight: "bin" };
    await Deno.writeTextFile(config, JSON.stringify({ method: "PA", converter: { string_rules: [rule] } }));
    await using server = await ServerProcess.start("jubaclassifier", { args: ["-f", config, "-d", directory] });
    const first = await shogun("--port", `${server.port}`);
    assertEquals(first.code, 0, first.output);
    assertEquals(first.output.includes("already"), false, first.output);
    const second = await shogun("--port", `${server.port}`, "--host", "localhost");
    assertMatch(second.output, /it knows .*徳川.* already; that is kept/);
    const third = await shogun("--port", `${server.port}`, "--clear");
    assertMatch(third.output, /it has forgotten what it knew: .*徳川/);
    assertEquals(server.running, true);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("shogun says what is wrong when it cannot start", async () => {
  const refused = await shogun("--port", `${freePort()}`);
  assertEquals(refused.code, 1);
  assertMatch(refused.output, /connect failed to 127\.0\.0\.1:\d+: .*refused/i);
  const port = await shogun("--port", "none");
  assertEquals(port.code, 2);
  assertStringIncludes(port.output, "--port none: it takes a whole number from 1 to 65535");
  const option = await shogun("--bogus");
  assertEquals(option.code, 2);
  assertStringIncludes(option.output, "--bogus");
});

Deno.test("formatTable aligns columns when some characters are wide", () => {
  assertEquals(formatTable([["名", "a", "12"], ["x", "ab", "3"]], { rightFrom: 2 }), "名  a   12\nx   ab   3");
  assertEquals(["abc", "徳川", "ｶﾅ", "e\u0301", "𠮷"].map(displayWidth), [3, 4, 2, 1, 2]);
});

async function shogun(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", ...await importFlags(), `${root}scripts/shogun.ts`, ...args],
    cwd: root,
  }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
