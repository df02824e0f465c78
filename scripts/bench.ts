/**
 * `deno task bench`: measures servers beside the floor (an RPC server that only finds messages) in one run, with load
 * from processes of their own. With `JUBATUS_BIN=DIR` the programs in DIR are measured, otherwise the sources.
 *
 *   --quick        shorter measurements
 *   --only NAME    only these sections, separated by commas
 *   --data DIR     where a9a, a9a.t and news20-multiclass.gz are; default: a
 *                  directory `data` in the tree or beside it
 *   --json         prints JSON, and what goes on to stderr
 *   --list         prints the names of the sections
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { dataSetsSection } from "./bench/data_sets_section.ts";
import { findDataDirectory } from "./bench/data_directory.ts";
import { memorySection } from "./bench/memory_section.ts";
import { numbersSection } from "./bench/numbers_section.ts";
import { sectionTable } from "./bench/report.ts";
import { type Figure, isMet, type Section } from "./bench/section.ts";
import { joinSection } from "./bench/join_section.ts";
import { mixSection } from "./bench/mix_section.ts";
import { proxySection } from "./bench/proxy_section.ts";
import { startSection } from "./bench/start_section.ts";
import { textSection } from "./bench/text_section.ts";

/** In the order they run. */
const sections: readonly Section[] = [
  numbersSection,
  textSection,
  dataSetsSection,
  memorySection,
  startSection,
  proxySection,
  mixSection,
  joinSection,
];

const options = parseArgs(Deno.args, {
  boolean: ["quick", "json", "list"],
  string: ["only", "data"],
  unknown: (argument: string) => fail(`unknown argument ${argument}`),
});
if (options.list) {
  for (const { name, title } of sections) console.log(`${name.padEnd(10)} ${title}`);
  Deno.exit(0);
}
const only = options.only?.split(",");
const missing = only?.find((name: string) => sections.every((section) => section.name !== name));
if (missing !== undefined) fail(`no section ${missing}; there are ${sections.map((it) => it.name).join(", ")}`);

const scratch = await Deno.makeTempDir({ prefix: "jubatus-bench-" });
try {
  await run();
} finally {
  await Deno.remove(scratch, { recursive: true });
}

async function run(): Promise<void> {
  const settings = {
    quick: options.quick,
    data: options.data ?? findDataDirectory(),
    scratch,
    progress: (text: string) => console.error(`  ... ${text}`),
  };
  const load = Deno.build.os === "windows" ? 0 : Deno.loadavg()[0]!;
  if (load > 0.5) {
    console.error(`others use this machine (load ${load.toFixed(1)}): figures will be lower than they are`);
  }
  const measured: { name: string; title: string; figures: Figure[] }[] = [];
  for (const { name, title, run } of sections) {
    if (only !== undefined && !only.includes(name)) continue;
    console.error(`${name}:`);
    const figures = await run(settings);
    measured.push({ name, title, figures });
    if (!options.json) console.log(sectionTable(title, figures));
  }
  if (!options.json) return;
  const programs = Deno.env.get("JUBATUS_BIN") ?? "sources";
  const results = measured.map((it) => ({
    ...it,
    figures: it.figures.map((figure) => ({ ...figure, isMet: isMet(figure) })),
  }));
  console.log(JSON.stringify({ programs, deno: Deno.version.deno, load, sections: results }, null, 2));
}

function fail(message: string): never {
  console.error(`bench: ${message}`);
  Deno.exit(2);
}
