import { importFlags } from "../../scripts/registry.ts";
import { root } from "../../scripts/roles.ts";

/** What a task did. */
export interface Outcome {
  readonly success: boolean;
  /** All it printed. */
  readonly output: string;
}

/** Runs the script of a task with these arguments. */
export async function runScript(
  task: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", ...await importFlags(), `${root}scripts/${task}.ts`, ...args],
    cwd: root,
    env,
    stdin: "null",
  }).output();
  return { success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** A directory of executables that is removed when the test file has ended; undefined, and said why, without one. */
export async function executables(names: readonly string[]): Promise<string | undefined> {
  const directory = await Deno.makeTempDir({ prefix: "executables-test-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  const { success, output } = await runScript("compile", ["--only", names.join(","), "--output", directory]);
  if (success) return directory;
  if (!output.includes("base runtime")) throw new Error(output);
  console.log(`tests with executables are skipped:\n${output}`);
  return undefined;
}
