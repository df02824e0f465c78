/**
 * `deno task package`: one tar.gz per platform in dist/, with executables, manual pages, completions and units. The same
 * sources and runtime give the same bytes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readBuildOptions } from "./build_options.ts";
import { IMPLEMENTATION_NAME, IMPLEMENTATION_VERSION } from "../lib/base/version.ts";
import { packageTexts } from "./package/contents.ts";
import { tar, type TarEntry } from "./package/tar.ts";
import { importFlags } from "./registry.ts";
import { installDirectories, roles, root } from "./roles.ts";
import { formatTable } from "./text_table.ts";

/** What files are dated without SOURCE_DATE_EPOCH: 1 January 1980. */
const defaultDateSec = 315_532_800;

const usage =
  `Makes packages of the executables: PLATFORM.tar.gz with bin/, share/ and lib/, to be unpacked into /usr/local.

  deno task package [--target TRIPLES] [--only NAMES] [--net LIST] [--install DIRS] [--output DIR]

  --target TRIPLES  platforms, e.g. x86_64-unknown-linux-gnu,aarch64-unknown-linux-gnu; default this one
  --only NAMES, --net LIST, --install DIRS
                    as for deno task compile; DIRS are
                    ${installDirectories.join(",")} by default
  --output DIR      where the packages go, and SHA256SUMS with their checksums; default dist

SOURCE_DATE_EPOCH dates the files (seconds since 1970).
`;

const options = readBuildOptions(usage);
const directory = options.output ?? `${root}dist`;
const dateSec = readDate(Deno.env.get("SOURCE_DATE_EPOCH"));
const targets = options.target?.split(",") ?? [Deno.build.target];
const made: { name: string; size: number; sum: string }[] = [];
await Deno.mkdir(directory, { recursive: true });
for (const target of targets) made.push(await makePackage(target));
await Deno.writeTextFile(`${directory}/SHA256SUMS`, made.map(({ name, sum }) => `${sum}  ${name}\n`).join(""));
console.log(
  "\n" + formatTable([["package", "size"], ...made.map((it) => [it.name, megabytes(it.size)])], { rightFrom: 1 }),
);

function readDate(text: string | undefined): number {
  if (text === undefined) return defaultDateSec;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  console.error(`SOURCE_DATE_EPOCH is ${text}, which is no number of seconds`);
  return Deno.exit(2);
}

async function makePackage(target: string): Promise<{ name: string; size: number; sum: string }> {
  // In the same file system as the rest, since that is where there is room.
  const stage = await Deno.makeTempDir({ dir: directory, prefix: ".package-" });
  try {
    await compile(target, stage);
    const folder = `${IMPLEMENTATION_NAME}-${IMPLEMENTATION_VERSION}-${target}`;
    const name = `${folder}.tar.gz`;
    console.log(`packing ${name}`);
    const entries = await entriesOf(folder, stage, target);
    const bytes = ReadableStream.from(tar(entries, dateSec)) as ReadableStream<BufferSource>;
    const file = await Deno.create(`${stage}/${name}`);
    await bytes.pipeThrough(new CompressionStream("gzip")).pipeTo(file.writable);
    await Deno.rename(`${stage}/${name}`, `${directory}/${name}`);
    return { name, size: (await Deno.stat(`${directory}/${name}`)).size, sum: await sha256(`${directory}/${name}`) };
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

async function compile(target: string, output: string): Promise<void> {
  const passed = (["only", "net"] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}`, options[name]]
  );
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      ...await importFlags(),
      `${root}scripts/compile.ts`,
      `--target=${target}`,
      `--output=${output}`,
      `--install=${options.install ?? installDirectories.join(",")}`,
      ...passed,
    ],
    cwd: root,
  }).spawn().status;
  if (code !== 0) {
    await Deno.remove(output, { recursive: true });
    Deno.exit(code);
  }
}

/** Everything in the package in a fixed order; executables that are the same become one with several names. */
async function entriesOf(folder: string, stage: string, target: string): Promise<TarEntry[]> {
  const suffix = target.includes("windows") ? ".exe" : "";
  const present = new Set([...Deno.readDirSync(stage)].map((entry) => entry.name));
  const packed = roles.filter((role) => present.has(role.name + suffix));
  const files: TarEntry[] = [];
  const sums: string[] = [];
  const firstPaths = new Map<string, string>();
  for (const { name } of packed) {
    const path = `bin/${name}${suffix}`;
    const file = `${stage}/${name}${suffix}`;
    const sum = await sha256(file);
    const first = firstPaths.get(sum);
    if (first === undefined) {
      const { size } = await Deno.stat(file);
      const open = (): AsyncIterable<Uint8Array> => chunksOf(file);
      files.push({ kind: "file", path: `${folder}/${path}`, mode: 0o755, content: { size, open } });
      firstPaths.set(sum, path);
    } else {
      files.push({ kind: "link", path: `${folder}/${path}`, target: `${folder}/${first}` });
    }
    sums.push(`${sum}  ${path}\n`);
  }
  const encoder = new TextEncoder();
  for (const { path, text } of await packageTexts(packed, target)) {
    const content = encoder.encode(text);
    files.push({ kind: "file", path: `${folder}/${path}`, mode: 0o644, content });
    sums.push(`${createHash("sha256").update(content).digest("hex")}  ${path}\n`);
  }
  const content = encoder.encode(sums.join(""));
  files.push({ kind: "file", path: `${folder}/SHA256SUMS`, mode: 0o644, content });
  return files;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of chunksOf(file)) hash.update(bytes);
  return hash.digest("hex");
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1024 * 1024);
  for (let size = await file.read(buffer); size !== null; size = await file.read(buffer)) yield buffer.slice(0, size);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
