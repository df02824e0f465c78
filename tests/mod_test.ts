import { assert, assertEquals } from "@std/assert";
import { importFlags } from "../scripts/registry.ts";
import { root } from "../scripts/roles.ts";
import { ServerProcess } from "./support/server_process.ts";

/** Files with examples: those whose symbols mod.ts exports, and what people read first. */
const places = ["mod.ts", "README.md", "lib/client", "lib/embedded", "lib/service/data.ts"];

const converter = {
  string_rules: [{ key: "*", type: "space", sample_weight: "bin", global_weight: "bin" }],
  num_rules: [{ key: "*", type: "num" }],
};
/** A server for the examples that use each client; the examples say port 9199. */
const servers: { readonly [client: string]: { readonly program: string; readonly config: unknown } } = {
  ClassifierClient: { program: "jubaclassifier", config: { method: "PA", converter } },
  RegressionClient: { program: "jubaregression", config: { method: "PA", parameter: { sensitivity: 0.1 }, converter } },
  StatClient: { program: "jubastat", config: { window_size: 100 } },
};

Deno.test("every example in the documentation runs", async () => {
  const directory = await Deno.makeTempDir({ prefix: "examples-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const ports = new Map<string, number>();
  const files: string[] = [];
  for (const { title, code } of await examples()) {
    let text = code.replaceAll('"@jubatus/jubatus"', `"${new URL("../mod.ts", import.meta.url)}"`);
    const client = Object.keys(servers).find((name) => code.includes(name));
    if (client !== undefined) {
      const { program, config } = servers[client]!;
      if (!ports.has(client)) {
        const path = `${directory}/${client}.json`;
        await Deno.writeTextFile(path, JSON.stringify(config));
        const server = stack.use(await ServerProcess.start(program, { args: ["-f", path, "-d", directory] }));
        ports.set(client, server.port);
      }
      text = text.replaceAll("9199", `${ports.get(client)}`);
    }
    const file = `${directory}/${title}.ts`;
    await Deno.writeTextFile(file, `${text}\nexport {};\n`);
    files.push(file);
  }
  assert(files.length >= 7, files.join());
  const flags = [`--config=${root}deno.json`, ...await importFlags()];
  await run(["check", ...flags, ...files]);
  for (const file of files) await run(["run", "-A", "--no-check", ...flags, file]);
});

Deno.test("the documentation of mod.ts is complete", async () => {
  await run(["doc", "--lint", ...await importFlags(), `${root}mod.ts`]);
});

/** All TypeScript examples, with names for their files. */
async function examples(): Promise<{ title: string; code: string }[]> {
  const found: { title: string; code: string }[] = [];
  for await (const path of sources()) {
    const text = await Deno.readTextFile(path);
    const blocks = path.endsWith(".md")
      ? text.matchAll(/^```ts\n([^]*?)^```/gm)
      : [...text.matchAll(/^ ?\* @example[^]*?```ts\n([^]*?)```/gm)];
    for (const [i, [, code]] of [...blocks].entries()) {
      const title = `${path.slice(root.length).replace(/\W+/g, "_")}_${i}`;
      found.push({ title, code: code!.replace(/^ \* ?/gm, "") });
    }
  }
  return found;
}

async function* sources(): AsyncGenerator<string> {
  for (const place of places) {
    if (/\.\w+$/.test(place)) yield root + place;
    else for await (const entry of Deno.readDir(root + place)) yield `${root}${place}/${entry.name}`;
  }
}

async function run(args: string[]): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  assertEquals(
    code,
    0,
    `deno ${args.join(" ")}\n${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}`,
  );
}
