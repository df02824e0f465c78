/**
 * `deno task test [deno test options, files]`: sets up what the tests need, runs them, and ends with one line that
 * counts: `N passed, N failed`.
 *
 * @module
 */
import { importFlags } from "./registry.ts";
import { root } from "./roles.ts";

/** Programs the tests start, and the Debian package of each. */
const needs: readonly { file: string; package: string; why: string }[] = [
  { file: "/usr/share/zookeeper/bin/zkServer.sh", package: "zookeeper", why: "cluster tests run a real ZooKeeper" },
  { file: "/usr/share/java/zookeeper.jar", package: "zookeeper", why: "cluster tests run a real ZooKeeper" },
  { file: "/usr/bin/java", package: "default-jre-headless", why: "ZooKeeper runs on Java" },
  { file: "/sbin/ip", package: "iproute2", why: "the three-host test makes network namespaces" },
];

await installMissing();
const { output, success } = await runTests();
const counted = count(output);
// A file that cannot even be loaded keeps the runner from counting.
if (!success && counted.failed === 0) counted.failed = 1;
console.log(
  `${counted.passed} passed, ${counted.failed} failed${counted.skipped ? `, ${counted.skipped} skipped` : ""}`,
);
Deno.exit(success && counted.failed === 0 && counted.passed > 0 ? 0 : 1);

async function installMissing(): Promise<void> {
  const missing = needs.filter((need) => !exists(need.file));
  const packages = [...new Set(missing.map((need) => need.package))];
  if (packages.length === 0) return;
  for (const name of packages) console.log(`missing: ${name} (${missing.find((it) => it.package === name)!.why})`);
  if (Deno.build.os !== "linux" || !exists("/usr/bin/apt-get")) {
    console.log("not installed: this is no Debian system; tests that need them are skipped");
  } else if (Deno.uid() !== 0) {
    console.log(`not installed: that takes root (apt-get install ${packages.join(" ")}); those tests are skipped`);
  } else {
    console.log(`installing with apt-get: ${packages.join(" ")}`);
    await apt("update", "-qq");
    if (!await apt("install", "-qq", "-y", "--no-install-recommends", ...packages)) {
      console.log("apt-get failed; tests that need them are skipped");
    }
  }
}

async function apt(...args: string[]): Promise<boolean> {
  const { success, stdout, stderr } = await new Deno.Command("apt-get", {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
  }).output();
  if (!success) await Deno.stderr.write(new Uint8Array([...stdout, ...stderr]));
  return success;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

/** Runs `deno test`, shows what it prints as it comes, and keeps the end of it. */
async function runTests(): Promise<{ output: string; success: boolean }> {
  const places = Deno.args.some((arg) => !arg.startsWith("-") && exists(root + arg)) ? [] : ["tests/"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...await importFlags(), ...Deno.args, ...places],
    cwd: root,
    env: Deno.stdout.isTerminal() && !Deno.noColor ? { FORCE_COLOR: "1" } : {},
    stdout: "piped",
  }).spawn();
  let output = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    await Deno.stdout.write(bytes);
    output = (output + decoder.decode(bytes, { stream: true })).slice(-10_000);
  }
  return { output, success: (await child.status).success };
}

/** Reads the runner's summary, such as `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`. */
function count(output: string): { passed: number; failed: number; skipped: number } {
  // deno-lint-ignore no-control-regex
  const summary = output.replace(/\x1b\[[0-9;]*m/g, "").match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1) ?? "";
  const number = (word: string) => Number(summary.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  return { passed: number("passed"), failed: number("failed"), skipped: number("ignored") };
}
