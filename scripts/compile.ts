/**
 * `deno task compile`: builds one executable per role into dist/.
 *
 * The sources are compiled as they are. Bundled first, jubaclassifier was 92.5 instead of 93.4 MB and answered no sooner
 * (both some 55 ms after its start), but its log could not name source files and lines any more.
 *
 * @module
 */
import { parseArgs } from "node:util";
import project from "../deno.json" with { type: "json" };
import { importFlags } from "./registry.ts";
import { type Role, roleFlags, roles, root } from "./roles.ts";

/** Where executables usually lie. */
const installDirectories = ["/usr/local/bin", "/usr/bin", "/opt/jubatus/bin"];

const usage = `Builds the executables.

  deno task compile [--only NAMES] [--target TRIPLE] [--net LIST] [--output DIR] [--install DIRS]

  --only NAMES     only these, e.g. jubaclassifier,jubactl
  --target TRIPLE  for another platform, e.g. aarch64-unknown-linux-gnu or x86_64-pc-windows-msvc
  --net LIST       addresses they may connect to and listen on: names, addresses, IPv4 ranges (10.1.0.0/16), with
                   :PORT if wanted. Replaces the default of loopback and private ranges; with a leading + adds to it;
                   "all" lifts the limit. Listening on every interface is always possible.
  --output DIR     where they go; default dist
  --install DIRS   directories they will be run from, besides DIR; default ${installDirectories.join(",")}.
                   Only from there may jubavisor start programs, and --daemon put one into the background.
`;

const options = readOptions();
const target = options.target ?? Deno.build.target;
const rows: string[][] = [];
await Deno.mkdir(options.output ?? `${root}dist`, { recursive: true });
const directory = await Deno.realPath(options.output ?? `${root}dist`);
const chosen = chooseRoles();
const net = checkedNet();
for (const [index, role] of chosen.entries()) {
  const start = performance.now();
  console.log(`[${index + 1}/${chosen.length}] ${role.name} for ${target}`);
  const { file, flags } = await build(role);
  rows.push([role.name, `${((await Deno.stat(file)).size / 1e6).toFixed(1)} MB`, summary(flags)]);
  console.log(`      ${file} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
printTable([["executable", "size", "permissions"], ...rows]);

function readOptions(): { only?: string; target?: string; net?: string; output?: string; install?: string } {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        only: text,
        target: text,
        net: text,
        output: text,
        install: text,
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      console.log(usage);
      Deno.exit(0);
    }
    return values;
  } catch (error) {
    return stop(`${(error as Error).message}\n\n${usage}`);
  }
}

function chooseRoles(): Role[] {
  const names = options.only?.split(",") ?? roles.map((role) => role.name);
  return names.map((name) =>
    roles.find((role) => role.name === name) ??
      stop(`no such executable: ${name}; there are ${roles.map((role) => role.name).join(", ")}`)
  );
}

/** The network list of servers, which is the longest there is. */
function checkedNet(): string | undefined {
  try {
    return roleFlags(roles[0]!, { net: options.net }).net;
  } catch (error) {
    return stop(`--net: ${(error as Error).message}`);
  }
}

async function build(role: Role): Promise<{ file: string; flags: readonly string[] }> {
  const { flags, net } = roleFlags(role, {
    net: options.net,
    // Paths, since a name that PATH does not lead to would keep the executable from starting where PATH is not set.
    programDirectories: [...options.install?.split(",") ?? installDirectories, directory],
  });
  const file = `${directory}/${role.name}${target.includes("windows") ? ".exe" : ""}`;
  // The executable carries what it has to say about itself as preset environment variables.
  const about = await Deno.makeTempFile({ suffix: ".env" });
  await Deno.writeTextFile(
    about,
    `JUBATUS_BUILD="${project.version} (Deno ${Deno.version.deno}, ${target})"\n` +
      (net === undefined ? "" : `JUBATUS_NET="${net}"\n`),
  );
  try {
    const args = ["compile", "-q", "--no-check", ...await importFlags(), `--env-file=${about}`, ...flags];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args, `--target=${target}`, `--output=${file}`, `cli/${role.name}.ts`],
      cwd: root,
      env: environment(),
      clearEnv: true,
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) explain(role, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(about);
  }
  return { file, flags };
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
