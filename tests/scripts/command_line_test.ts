import { assertEquals, assertStringIncludes } from "@std/assert";
import { importFlags } from "../../scripts/registry.ts";
import { root } from "../../scripts/roles.ts";

/** Runs a script of scripts/. */
async function run(script: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", ...await importFlags(), `${root}scripts/${script}.ts`, ...args],
    cwd: root,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const refused: readonly (readonly [script: string, args: readonly string[], complaint: string])[] = [
  ["replay", ["--jobs", "0", "a.jsonl"], "--jobs 0: it takes a whole number of at least 1"],
  ["replay", ["--jobs", "two", "a.jsonl"], "--jobs two: it takes a whole number of at least 1"],
  ["replay", ["--tolerance", "low", "a.jsonl"], "--tolerance low: it takes a number of at least 0"],
  ["replay", ["--port", "70000", "a.jsonl"], "--port 70000: it takes a whole number from 1 to 65535"],
  ["replay", ["--host", "localhost", "a.jsonl"], "--host localhost needs a --port"],
  ["replay", [], "no FILE is given"],
  ["fuzz", ["--inputs", "x"], "--inputs x: it takes a whole number of at least 1"],
  ["fuzz", ["--target", "nosuch"], "--target nosuch: there are "],
  ["fuzz", ["--bogus"], "Unknown option '--bogus'"],
  ["bench", ["--only", "nosuch"], "--only nosuch: no such section; there are "],
  ["compile", ["jubaconv"], "Unexpected argument 'jubaconv'"],
  ["package", ["--bogus"], "Unknown option '--bogus'"],
  ["walkthrough", ["--bogus"], "Unknown option '--bogus'"],
];

for (const script of new Set(refused.map(([script]) => script))) {
  Deno.test(`${script} does nothing but say what is wrong and how it is used when its command line is wrong`, async () => {
    for (const [, args, complaint] of refused.filter((it) => it[0] === script)) {
      const { code, stdout, stderr } = await run(script, ...args);
      assertEquals([code, stdout], [2, ""], stderr);
      assertEquals(stderr.startsWith(complaint), true, stderr);
      assertStringIncludes(stderr, `\n\n  deno task ${script}`);
    }
  });
}

Deno.test("readCommandLine prints the usage when help is asked for, whatever else is", async () => {
  const { code, stdout } = await run("replay", "--bogus", "-h");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "\n\n  deno task replay");
});
