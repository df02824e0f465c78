/**
 * `deno task compile`: builds the executables into dist/. Programs with the same permissions are one file under several
 * names, because each file carries the runtime of some 90 MB.
 *
 * The sources are compiled as they are. Bundled first, jubaclassifier was 92.5 instead of 93.4 MB and answered no sooner
 * (both some 55 ms after its start), but its log could not name source files and lines any more.
 *
 * @module
 */
import { readBuildOptions } from "./build_options.ts";
import { importFlags } from "./registry.ts";
import { installDirectories, type Role, roleFlags, roles, rolesFor, root, sharedEntries } from "./roles.ts";

const usage = `Builds the executables.

  deno task compile [--only NAMES] [--target TRIPLE] [--net LIST] [--output DIR] [--install DIRS]

  --only NAMES     only these, e.g. jubaclassifier,jubactl
  --target TRIPLE  for another platform, e.g. aarch64-unknown-linux-gnu, aarch64-apple-darwin or
                   x86_64-pc-windows-msvc (tools only)
  --net LIST       addresses they may connect to and listen on: names, addresses, IPv4 ranges (10.1.0.0/16), with
                   :PORT if wanted. Replaces the default of loopback and private ranges; with a leading + adds to it;
                   "all" lifts the limit. Listening on every interface is always possible.
  --output DIR     where they go; default dist
  --install DIRS   directories they will be run from; default ${installDirectories.join(",")} and DIR.
                   Only from there may jubavisor start programs, and --daemon put one into the background.
`;

/** One file to build, and the names it gets. */
interface Executable {
  readonly entry: string;
  readonly roles: readonly [Role, ...Role[]];
}

const options = readBuildOptions(usage);
const target = options.target ?? Deno.build.target;
const executables = chooseExecutables();
const net = checkedNet();
const rows: string[][] = [];
await Deno.mkdir(options.output ?? `${root}dist`, { recursive: true });
const directory = await Deno.realPath(options.output ?? `${root}dist`);
const commit = await currentCommit();
let done = 0;
const count = executables.reduce((sum, it) => sum + it.roles.length, 0);
for (const executable of executables) {
  const [first, ...others] = executable.roles;
  const start = performance.now();
  console.log(`[${++done}/${count}] ${first.name} for ${target}`);
  const flags = await build(executable);
  const size = `${((await Deno.stat(fileOf(first))).size / 1e6).toFixed(1)} MB`;
  console.log(`      ${fileOf(first)} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  rows.push([first.name, size, summary(flags)]);
  for (const role of others) {
    console.log(`[${++done}/${count}] ${role.name}: the same file as ${first.name}`);
    await giveName(fileOf(first), fileOf(role));
    rows.push([role.name, "same file", summary(flags)]);
  }
}
printTable([["executable", "size", "permissions"], ...rows]);

/** The chosen roles, those with the same permissions together. */
function chooseExecutables(): Executable[] {
  const possible = rolesFor(target);
  const names = options.only?.split(",") ?? possible.map((role) => role.name);
  const byPermissions = new Map<string, [Role, ...Role[]]>();
  for (const name of names) {
    const role = possible.find((it) => it.name === name);
    if (role === undefined) {
      const problem = roles.some((it) => it.name === name)
        ? `${name} is not made for ${target}`
        : `no such executable: ${name}`;
      return stop(`${problem}; there are ${possible.map((it) => it.name).join(", ")}`);
    }
    const same = byPermissions.get(role.permissions);
    if (same === undefined) byPermissions.set(role.permissions, [role]);
    else if (!same.includes(role)) same.push(role);
  }
  return [...byPermissions.values()].map((same) => ({
    entry: same.length > 1 ? sharedEntries[same[0].permissions]! : `cli/${same[0].name}.ts`,
    roles: same,
  }));
}

/** The network list of servers, which is the longest there is. */
function checkedNet(): string | undefined {
  try {
    return roleFlags(roles[0]!, { net: options.net }).net;
  } catch (error) {
    return stop(`--net: ${(error as Error).message}`);
  }
}

function fileOf(role: Role): string {
  return `${directory}/${role.name}${target.includes("windows") ? ".exe" : ""}`;
}

/** Compiles one file and returns the permission flags built into it. */
async function build({ entry, roles: [role] }: Executable): Promise<readonly string[]> {
  const { flags, net } = roleFlags(role, {
    net: options.net,
    // Paths, since a name that PATH does not lead to would keep the executable from starting where PATH is not set.
    programDirectories: options.install?.split(",") ?? [...installDirectories, directory],
  });
  // The executable carries what it has to say about itself as preset environment variables.
  const about = await Deno.makeTempFile({ suffix: ".env" });
  let result: Deno.CommandOutput;
  try {
    await Deno.writeTextFile(
      about,
      (commit === undefined ? "" : `JUBATUS_BUILD="${commit}"\n`) +
        (net === undefined ? "" : `JUBATUS_NET="${net}"\n`),
    );
    result = await new Deno.Command(Deno.execPath(), {
      args: [
        "compile",
        "-q",
        "--no-check",
        // It would lie under a known name in a directory that everyone may write to, and saves no time worth it.
        "--no-code-cache",
        ...await importFlags(),
        `--env-file=${about}`,
        ...flags,
        `--target=${target}`,
        `--output=${fileOf(role)}`,
        entry,
      ],
      cwd: root,
      env: environment(),
      clearEnv: true,
      stdout: "null",
      stderr: "piped",
    }).output();
  } finally {
    await Deno.remove(about);
  }
  if (!result.success) explain(role, new TextDecoder().decode(result.stderr));
  return flags;
}

/** A second name for a file; a copy where the file system has no such thing. */
async function giveName(file: string, name: string): Promise<void> {
  await Deno.remove(name).catch(() => {});
  await Deno.link(file, name).catch(() => Deno.copyFile(file, name));
}

/** The commit of the sources, marked when they differ from it; undefined outside a repository. */
async function currentCommit(): Promise<string | undefined> {
  try {
    const args = ["describe", "--always", "--dirty", "--exclude=*"];
    const { success, stdout } = await new Deno.Command("git", { args, cwd: root, stderr: "null" }).output();
    return success ? `commit ${new TextDecoder().decode(stdout).trim()}` : undefined;
  } catch {
    return undefined;
  }
}

/** A local base runtime serves its own platform only. */
function environment(): Record<string, string> {
  const { DENORT_BIN, ...rest } = Deno.env.toObject();
  return DENORT_BIN === undefined || target !== Deno.build.target ? rest : { ...rest, DENORT_BIN };
}

function explain(role: Role, stderr: string): never {
  const said = stderr.split("Stack backtrace:")[0]!.trim();
  if (!/dl\.deno\.land|denort/.test(said)) return stop(`${role.name} could not be built:\n${said}`);
  const version = Deno.version.deno;
  const local = Deno.env.get("DENORT_BIN");
  return stop(
    (local === undefined || target !== Deno.build.target
      ? `The base runtime (denort) for ${target} could not be downloaded from dl.deno.land, and DENORT_BIN gives none.`
      : `DENORT_BIN is ${local}, which is no base runtime (denort) that can be read.`) +
      `\nEither build where dl.deno.land can be reached, or fetch` +
      `\n  https://dl.deno.land/release/v${version}/denort-${target}.zip\nelsewhere, unpack it here, and run on ` +
      `${target}\n  DENORT_BIN=/path/to/denort deno task compile\n\n${said}`,
  );
}

/** What the flags allow, such as "net (listed) read write". */
function summary(flags: readonly string[]): string {
  return flags.flatMap((flag) => {
    const [, kind, list] = flag.match(/^--allow-([a-z]+)(?:=(.*))?$/) ?? [];
    if (kind === undefined) return [];
    return [list === undefined ? kind : `${kind} (listed)`];
  }).join(" ");
}

function printTable(lines: readonly string[][]): void {
  const width = (column: number) => Math.max(...lines.map((line) => line[column]!.length));
  console.log();
  for (const [name, size, rights] of lines) {
    console.log(`${name!.padEnd(width(0))}  ${size!.padStart(width(1))}  ${rights}`);
  }
  console.log(`\nnet: ${net}`);
}

function stop(message: string): never {
  console.error(message);
  Deno.exit(1);
}
