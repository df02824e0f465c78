/**
 * Chooses where the `@std` modules come from: JSR, as deno.json says, or the same modules from the npm registry on
 * machines that cannot reach JSR. Imports nothing from outside, since it runs before the choice is made.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Environment variable that carries the choice to child processes, and overrides it. */
const variable = "JUBATUS_REGISTRY";
/** How long a choice is remembered. */
const rememberMs = 6 * 3600_000;
const probeTimeoutMs = 2000;
const mirrorMap = fileURLToPath(new URL("./mirror/import_map.json", import.meta.url));

/** Where the `@std` modules are taken from. */
export type Registry = "jsr" | "npm";

/** Flags that make `deno run`, `test`, `check`, `compile` and the like resolve imports in the chosen registry. */
export async function importFlags(): Promise<string[]> {
  return await chooseRegistry() === "npm" ? [`--import-map=${mirrorMap}`] : [];
}

/** The choice for this machine; made once in some hours, and said on stderr when it falls on npm. */
export async function chooseRegistry(): Promise<Registry> {
  const given = Deno.env.get(variable);
  if (given === "jsr" || given === "npm") return given;
  const choice = recalled() ?? await decide();
  Deno.env.set(variable, choice);
  return choice;
}

async function decide(): Promise<Registry> {
  const choice = await inCache() || await reachable() ? "jsr" : "npm";
  if (choice === "npm") {
    console.error("jsr.io cannot be reached: taking the @std modules from npm (deno-std) for the next 6 hours.");
  }
  remember(choice);
  return choice;
}

/** True when Deno holds the modules already, so that nothing need be fetched. */
async function inCache(): Promise<boolean> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  const wanted = Object.values<string>(imports).filter((target) => target.startsWith("jsr:"));
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", "--cached-only", wanted.map((it) => `import "${it}";`).join("")],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function reachable(): Promise<boolean> {
  try {
    const response = await fetch("https://jsr.io/@std/assert/meta.json", {
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The file that remembers the choice. */
function memory(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? Deno.env.get("LOCALAPPDATA") ??
    `${Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "."}/.cache`;
  return `${home}/jubatus-deno/registry`;
}

function recalled(): Registry | undefined {
  try {
    const age = Date.now() - (Deno.statSync(memory()).mtime?.getTime() ?? 0);
    const text = Deno.readTextFileSync(memory()).trim();
    return age < rememberMs && (text === "jsr" || text === "npm") ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Without a writable cache the choice is only made again next time. */
function remember(choice: Registry): void {
  try {
    Deno.mkdirSync(memory().replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(memory(), choice + "\n");
  } catch {
    // Nothing is lost but a second probe.
  }
}
