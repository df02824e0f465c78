/**
 * Holds the folders of lib/ to their import directions, and the pure ones to purity. Prints each offence and exits 1.
 *
 * @module
 */
import { root } from "./roles.ts";

/** Which folders of lib/ each one builds on; what those build on is allowed too. Everyone may import base. */
const builtOn: Record<string, readonly string[]> = {
  base: [],
  msgpack: ["base"],
  model: ["msgpack"],
  rpc: ["msgpack"],
  service: ["msgpack"],
  feature: ["model", "service"],
  engine: ["feature", "model", "service"],
  cluster: ["base"],
  mix: ["model", "rpc", "cluster"],
  client: ["service", "rpc"],
  embedded: ["engine", "model"],
  proxy: ["service", "rpc", "cluster"],
  supervisor: ["rpc", "cluster"],
  server: ["engine", "mix", "service", "rpc", "cluster"],
};

/** Code that sees the world only through what is passed in: no runtime, network, timers, clock or chance. */
const pure = ["lib/msgpack/", "lib/feature/", "lib/model/", "lib/engine/", "lib/mix/envelope.ts"];
const impure =
  /\b(Deno\.|setTimeout\b|setInterval\b|Date\.now\b|new Date\(|Math\.random\b|performance\.|fetch\(|crypto\.|console\.)/g;

/** Packages from outside, by the beginnings of their names, and the parts of the tree that may use each. */
const packages: readonly { name: string; where: readonly string[] }[] = [
  {
    name: "node:",
    where: ["cli/", "scripts/", "tests/", "lib/base/", "lib/cluster/", "lib/rpc/", "lib/server/", "lib/supervisor/"],
  },
  { name: "node-zookeeper-client", where: ["lib/cluster/"] },
  { name: "@std/", where: ["scripts/", "tests/"] },
  { name: "npm:", where: ["tests/", "scripts/mirror/"] },
];

const problems: string[] = [];
const importers = new Map<string, string[]>();
const files = await Array.fromAsync(sources());
for (const file of files) await inspect(file);
findEmptyRules();
if ((importers.get("node-zookeeper-client")?.length ?? 0) > 1) {
  problems.push(`node-zookeeper-client belongs in one file: ${importers.get("node-zookeeper-client")!.join(", ")}`);
}
await compareMirror();
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "import directions hold" : `${problems.length} offences`);
Deno.exit(problems.length === 0 ? 0 : 1);

async function inspect(file: string): Promise<void> {
  const code = withoutComments(await Deno.readTextFile(root + file));
  const imports = code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"$]+)"/g);
  for (const [, specifier] of imports) {
    const complaint = specifier!.startsWith(".") ? judgeLocal(file, specifier!) : judgePackage(file, specifier!);
    if (complaint !== undefined) problems.push(`${file}: ${complaint}`);
  }
  if (!isIn(pure, file)) return;
  for (const [word] of withoutStrings(code).matchAll(impure)) {
    problems.push(`${file}: ${word} in pure code; take it through the constructor`);
  }
}

function judgeLocal(file: string, specifier: string): string | undefined {
  const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
  const [from, to] = [area(file), area(target)];
  if (from === to || from === "tests" || from === "scripts") return undefined;
  if (!to.startsWith("lib/")) return `imports ${target}, which is outside lib/`;
  if (!from.startsWith("lib/")) return undefined;
  const folder = from.slice(4);
  if (builtOn[folder] === undefined) return `lib/${folder}/ has no line in scripts/check_imports.ts`;
  return reach(folder).has(to.slice(4)) ? undefined : `${from} may not import ${to} (${target})`;
}

function judgePackage(file: string, specifier: string): string | undefined {
  if (file.startsWith("lib/")) importers.set(specifier, [...importers.get(specifier) ?? [], file]);
  const rule = packages.find((it) => specifier.startsWith(it.name));
  return rule !== undefined && isIn(rule.where, file) ? undefined : `may not import ${specifier}`;
}

function isIn(places: readonly string[], file: string): boolean {
  return places.some((place) => file.startsWith(place));
}

/** A rule for files that there are none of (any more) guards nothing. */
function findEmptyRules(): void {
  const folders = Object.keys(builtOn).map((folder) => `lib/${folder}/`);
  const places = new Set([...folders, ...pure, ...packages.flatMap(({ where }) => where)]);
  for (const place of places) {
    if (!files.some((file) => isIn([place], file))) problems.push(`scripts/check_imports.ts: there is no ${place}`);
  }
}

/** "lib/rpc" for a file of that folder, else its top folder, or the file's own name at the root. */
function area(file: string): string {
  const parts = file.split("/");
  return parts[0] === "lib" && parts.length > 2 ? `lib/${parts[1]}` : parts[0]!;
}

function reach(folder: string, path: readonly string[] = []): Set<string> {
  if (path.includes(folder)) throw new Error(`import rules run in a circle: ${[...path, folder].join(" -> ")}`);
  const found = new Set(["base"]);
  for (const next of builtOn[folder] ?? []) {
    found.add(next);
    for (const further of reach(next, [...path, folder])) found.add(further);
  }
  return found;
}

function withoutComments(code: string): string {
  return code.replace(
    /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`|\/\/[^\n]*|\/\*[^]*?\*\//g,
    (match) => match.startsWith("/") ? "" : match,
  );
}

function withoutStrings(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}

async function* sources(folder = ""): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(root + folder)) {
    const path = folder + entry.name;
    if (entry.isDirectory && (folder !== "" || /^(lib|cli|scripts|tests)$/.test(path))) yield* sources(path + "/");
    else if (entry.isFile && path.endsWith(".ts") && !path.endsWith(".d.ts")) yield path;
  }
}

/** The npm mirror must know every import that deno.json has. */
async function compareMirror(): Promise<void> {
  const names = async (file: string) =>
    Object.keys(JSON.parse(await Deno.readTextFile(root + file)).imports).sort().join(" ");
  const [wanted, mirrored] = [await names("deno.json"), await names("scripts/mirror/import_map.json")];
  if (wanted !== mirrored) problems.push(`scripts/mirror/import_map.json has ${mirrored}; deno.json has ${wanted}`);
}
