/**
 * `deno task bench`: measures servers beside the floor (an RPC server that only finds messages) in one run, with load
 * from processes of their own.
 *
 * @module
 */
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
import { parseOptions, readCommandLine } from "./command_line.ts";

const usage = `Measures servers: the programs in $JUBATUS_BIN, or else the sources.

  deno task bench [--quick] [--only NAMES] [--data DIR] [--json] [--list]

  --quick       shorter measurements
  --only NAMES  only these sections, separated by commas
  --data DIR    where a9a, a9a.t and news20-multiclass.gz are; default: a directory "data" in the tree or beside it
  --json        prints JSON, and what goes on to stderr
  --list        prints the names of the sections
`;

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

const { only, data, quick, json, list } = readCommandLine(usage, readOptions);
if (list) {
  for (const { name, title } of sections) console.log(`${name.padEnd(10)} ${title}`);
  Deno.exit(0);
}

const scratch = await Deno.makeTempDir({ prefix: "jubatus-bench-" });
try {
  await run();
} finally {
  await Deno.remove(scratch, { recursive: true });
}

async function run(): Promise<void> {
  const settings = {
    quick,
    data: data ?? findDataDirectory(),
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
    if (!json) console.log(sectionTable(title, figures));
  }
  if (!json) return;
  const programs = Deno.env.get("JUBATUS_BIN") ?? "sources";
  const results = measured.map((it) => ({
    ...it,
    figures: it.figures.map((figure) => ({ ...figure, isMet: isMet(figure) })),
  }));
  console.log(JSON.stringify({ programs, deno: Deno.version.deno, load, sections: results }, null, 2));
}

function readOptions(args: string[]) {
  const { options } = parseOptions(args, { texts: ["only", "data"], flags: ["quick", "json", "list"] });
  const only = options.only?.split(",");
  const missing = only?.find((name) => sections.every((section) => section.name !== name));
  if (missing !== undefined) {
    throw new Error(`--only ${missing}: no such section; there are ${sections.map((it) => it.name).join(", ")}`);
  }
  return { ...options, only };
}
