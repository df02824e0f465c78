import { assertEquals, assertMatch } from "@std/assert";
import { jubaconfigMain } from "../../cli/jubaconfig_main.ts";
import { jubaconfigOptions } from "../../cli/option_tables.ts";
import { parse } from "../../cli/options.ts";
import { CoordinationError } from "../../lib/cluster/coordinator.ts";
import { type MemoryCoordinator, MemoryTree } from "../support/memory_coordinator.ts";
import { runProgram } from "../support/server_process.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

const AROW = `{ "method": "AROW", "parameter": { "regularization_weight": 1.0 }, "converter": {
  "num_filter_types": {}, "num_filter_rules": [], "string_filter_types": {}, "string_filter_rules": [],
  "num_types": {}, "num_rules": [], "string_types": {}, "string_rules": [] } }\n`;
const RUNTIME_ERROR = "jubatus::core::common::exception::runtime_error";

/** Runs jubaconfig on a tree in memory. */
async function run(
  tree: MemoryTree,
  words: string,
  environmentHosts = "memory:1",
): Promise<{ code: number; output: string }> {
  const parsed = parse(jubaconfigOptions, words.split(" "), "jubaconfig");
  if (parsed.kind !== "ok") throw new Error(`bad test: ${words}`);
  const printed: string[] = [];
  const code = await jubaconfigMain(parsed.values, {
    usage: "USAGE\n",
    print: (result) => printed.push(typeof result === "string" ? result : new TextDecoder().decode(result)),
    connect: () => Promise.resolve<MemoryCoordinator>(tree.connect()),
    environmentHosts,
  });
  return { code, output: printed.join("") };
}

async function withFile(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("jubaconfig writes, reads, lists and deletes a configuration byte for byte", () =>
  withFile(AROW, async (path) => {
    const tree = new MemoryTree();
    assertEquals(await run(tree, `--cmd write --file ${path} --name shogun --type classifier`), {
      code: 0,
      output: "",
    });
    assertEquals(await run(tree, "-c read -n shogun -t classifier"), { code: 0, output: AROW });
    assertEquals(await run(tree, "-c list"), { code: 0, output: `type: classifier, name: shogun\n${AROW}\n` });
    assertEquals(await run(tree, "-c delete -n shogun -t classifier"), { code: 0, output: "" });
    assertEquals(await run(tree, "-c list"), { code: 0, output: "" });
  }));

Deno.test("jubaconfig explains what is missing on the command line, in the words of 1.1.1", async () => {
  const tree = new MemoryTree();
  assertEquals(await run(tree, "-c write", ""), {
    code: 1,
    output: "can't get ZK location: set 'ZK' environment or specify '-z <somezkaddrs>\n\nUSAGE\n\n",
  });
  assertEquals(await run(tree, "-c write -n n"), {
    code: 1,
    output: "can't excute write without type and name specified\ntype:  name: n\nUSAGE\n",
  });
  assertEquals(await run(tree, "-c bogus"), { code: 1, output: "unknown cmd: bogus\nUSAGE\n" });
  assertEquals(tree.paths(), []);
});

Deno.test("jubaconfig says what does not exist", async () => {
  const tree = new MemoryTree();
  assertEquals(await run(tree, "-c read -n shogun -t classifier"), {
    code: 1,
    output: `${RUNTIME_ERROR}: config does not exist: /jubatus/config/classifier/shogun\n\n`,
  });
  assertEquals(await run(tree, "-c delete -n shogun -t classifier"), {
    code: 1,
    output: `${RUNTIME_ERROR}: ZooKeeper node does not exist: /jubatus/actors/classifier/shogun/config_lock\n\n`,
  });
});

Deno.test("jubaconfig stores nothing when the file cannot be used", async () => {
  const tree = new MemoryTree();
  const write = (file: string) => run(tree, `-c write -n shogun -t classifier -f ${file}`);
  assertEquals((await write("/nonexistent.json")).output, `${RUNTIME_ERROR}: can't read /nonexistent.json .\n\n`);
  await withFile("", async (path) => assertEquals((await write(path)).output, `${RUNTIME_ERROR}: config is empty\n\n`));
  await withFile("{ broken", async (path) =>
    assertEquals(await write(path), {
      code: 1,
      output: `${RUNTIME_ERROR}: syntax error in configuration: ${path}:1:3 '"' is required but got 'b'\n\n`,
    }));
  await withFile('{ "method": "AROW" }', async (path) => {
    const { code, output } = await write(path);
    assertEquals(code, 1);
    assertMatch(output, /invalid configuration/);
  });
  assertEquals(tree.paths().filter((path) => path.startsWith("/jubatus/config/classifier/")), []);
});

Deno.test("jubaconfig stores what no server understands when it is forced or the type is foreign", () =>
  withFile("[]", async (path) => {
    const tree = new MemoryTree();
    assertEquals((await run(tree, `-c write -n c -t classifier --force -f ${path}`)).code, 0);
    assertEquals((await run(tree, `-c write -n foo -t nosuchtype -f ${path}`)).code, 0);
  }));

Deno.test("jubaconfig reports that ZooKeeper cannot be reached on standard output", async () => {
  const parsed = parse(jubaconfigOptions, ["-c", "list", "-z", "127.0.0.1:2199"], "jubaconfig");
  if (parsed.kind !== "ok") throw new Error("bad test");
  let printed = "";
  const code = await jubaconfigMain(parsed.values, {
    usage: "",
    print: (result) => void (printed += result),
    connect: (hosts) =>
      Promise.reject(new CoordinationError(`cannot connect zk in 10 sec: ${hosts}`, "connection_loss", "")),
    environmentHosts: "",
  });
  assertEquals(code, 1);
  assertEquals(printed, `${RUNTIME_ERROR}: cannot connect zk in 10 sec: 127.0.0.1:2199\n\n`);
});

Deno.test({
  name: "jubaconfig keeps its log off standard output, so that what it reads can be piped",
  ignore: zookeeperMissing !== undefined,
  fn: () =>
    withFile(AROW, async (path) => {
      await using ensemble = await ZookeeperEnsemble.start();
      const program = (...args: string[]) => runProgram("jubaconfig", { args, env: { ZK: ensemble.hosts } });
      const write = await program("--cmd", "write", `--file=${path}`, "--name", "shogun", "--type=classifier");
      assertEquals([write.code, write.stdout], [0, ""], write.stderr);
      assertMatch(write.stderr, /set config to zookeeper: \/jubatus\/config\/classifier\/shogun\n/);
      const read = await program("-c", "read", "-n", "shogun", "-t", "classifier");
      assertEquals([read.code, read.stdout], [0, AROW], read.stderr);
      assertMatch(
        read.stderr,
        /ZooKeeper session established: connected to 127\.0\.0\.1:\d+, negotiated timeout 10000 ms/,
      );
    }),
});
