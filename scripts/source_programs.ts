/**
 * Makes a directory of small programs, one per executable, that run the sources: for jubavisor, which starts what
 * `PATH` leads to, and for anything else that wants a directory of executables without compiling.
 *
 *   deno run -A scripts/source_programs.ts DIR
 *
 * @module
 */
import { importFlags } from "./registry.ts";
import { roleFlags, roles, root } from "./roles.ts";

/** Arguments of Deno that run a role's source with the role's permissions; `net` as {@link hostNet} gives it. */
export async function sourceArgs(name: string, net: string | undefined = hostNet()): Promise<string[]> {
  const role = roles.find((it) => it.name === name);
  if (role === undefined) throw new Error(`no such program: ${name}`);
  const { flags } = roleFlags(role, { net });
  return ["run", "-q", `--config=${root}deno.json`, ...await importFlags(), ...flags, `${root}cli/${name}.ts`];
}

/**
 * The network list for programs on this host: unless another list is given, its own addresses are part of it, whatever
 * range they lie in. Under these its servers are known to each other.
 */
export function hostNet(given?: string): string {
  if (given !== undefined && !given.startsWith("+")) return given;
  const own = Deno.networkInterfaces().filter(({ family }) => family === "IPv4").map(({ address }) => address);
  return `${given ?? "+"},${own.join(",")}`;
}

/** Writes the programs into `directory`, which is made if need be. */
export async function writeSourcePrograms(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  for (const { name } of roles) {
    const command = [Deno.execPath(), ...await sourceArgs(name)].map(quoted).join(" ");
    await Deno.writeTextFile(`${directory}/${name}`, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  }
}

function quoted(word: string): string {
  return /^[\w./:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

if (import.meta.main) {
  const [directory] = Deno.args;
  if (directory === undefined) {
    console.error("usage: deno run -A scripts/source_programs.ts DIR");
    Deno.exit(2);
  }
  await writeSourcePrograms(directory);
}
