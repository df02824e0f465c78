import { assertEquals } from "@std/assert";
import { jubactlMain } from "../../cli/jubactl_main.ts";
import { jubactlOptions } from "../../cli/option_tables.ts";
import { parse } from "../../cli/options.ts";
import { Membership, prepareTree, registerProxy } from "../../lib/cluster/membership.ts";
import { freePort } from "../support/free_port.ts";
import { MemoryTree } from "../support/memory_coordinator.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { replyBytes } from "../support/wire_call.ts";
import type { WireValue } from "../support/wire_value.ts";

const CLUSTER = "--server jubaclassifier --type classifier --name shogun";

async function run(tree: MemoryTree, words: string, isTerminal = false): Promise<{ code: number; output: string }> {
  const parsed = parse(jubactlOptions, words.split(" "), "jubactl");
  if (parsed.kind !== "ok") throw new Error(`bad test: ${words}`);
  let output = "";
  const code = await jubactlMain(parsed.values, {
    usage: "USAGE\n",
    print: (result) => void (output += result),
    isTerminal,
    connect: () => Promise.resolve(tree.connect()),
    environmentHosts: "memory:1",
  });
  return { code, output };
}

Deno.test("jubactl status lists proxies, jubavisors and servers", async () => {
  const tree = new MemoryTree();
  const headings = (proxies: string, supervisors: string, servers: string): string =>
    `active jubaclassifier_proxy members:\n${proxies}active jubavisor members:\n${supervisors}` +
    `active shogun members:\n${servers}`;
  assertEquals(await run(tree, `-c status ${CLUSTER}`), { code: 0, output: headings("", "", "") });
  const coordinator = tree.connect();
  await prepareTree(coordinator, "classifier", "shogun");
  await registerProxy(coordinator, "classifier", { host: "192.0.2.2", port: 9199 });
  await new Membership(coordinator, "classifier", "shogun", { host: "192.0.2.2", port: 9200 }).registerNode();
  assertEquals(await run(tree, `-c status ${CLUSTER}`), {
    code: 0,
    output: headings(" 192.0.2.2_9199\n", "", " 192.0.2.2_9200\n"),
  });
  assertEquals(JSON.parse((await run(tree, `-c status ${CLUSTER} --json`)).output), {
    command: "status",
    proxies: ["192.0.2.2_9199"],
    supervisors: [],
    servers: ["192.0.2.2_9200"],
  });
  const coloured = (await run(tree, `-c status ${CLUSTER}`, true)).output;
  assertEquals(coloured.split("\n")[0], "\x1b[34mactive jubaclassifier_proxy members:\x1b[0m");
});

Deno.test("jubactl status names the proxies by --type, of whatever service of 1.1.1", async () => {
  const tree = new MemoryTree();
  const coordinator = tree.connect();
  await prepareTree(coordinator, "anomaly", "shogun");
  await registerProxy(coordinator, "anomaly", { host: "192.0.2.2", port: 9199 });
  assertEquals(await run(tree, "-c status --server nosuch --type anomaly --name shogun"), {
    code: 0,
    output: "active jubaanomaly_proxy members:\n 192.0.2.2_9199\n" +
      "active jubavisor members:\nactive shogun members:\n",
  });
});

Deno.test("jubactl exits 255 when there is nobody to call", async () => {
  const tree = new MemoryTree();
  await prepareTree(tree.connect(), "classifier");
  assertEquals(await run(tree, `-c start ${CLUSTER}`), { code: 255, output: "" });
  assertEquals(tree.paths().includes("/jubatus/actors/classifier/shogun/nodes"), true);
  assertEquals(await run(tree, `-c stop ${CLUSTER}`), { code: 255, output: "" });
  assertEquals(await run(tree, `-c save ${CLUSTER}`), { code: 255, output: "" });
});

Deno.test("jubactl goes on with the others and exits 1 when a process cannot be reached", async () => {
  const tree = new MemoryTree();
  const coordinator = tree.connect();
  await prepareTree(coordinator, "classifier", "shogun");
  const members = [freePort(), freePort()].map((port) => `127.0.0.1_${port}`).sort();
  for (const member of members) await coordinator.create(`/jubatus/supervisors/${member}`, "ephemeral");
  const sending = members.map((member) => `sending start / jubaclassifier/shogun to ${member}...failed.\n`);
  assertEquals(await run(tree, `-c start ${CLUSTER}`), { code: 1, output: sending.join("") });
  const { code, output } = await run(tree, `-c stop ${CLUSTER} --json`);
  const results = members.map((to) => ({ to, ok: false, error: "connect failed" }));
  assertEquals([code, JSON.parse(output)], [1, { command: "stop", target: "jubaclassifier/shogun", results }]);
});

Deno.test("jubactl spreads the wanted number over the jubavisors, the first ones getting more", async () => {
  const tree = new MemoryTree();
  const coordinator = tree.connect();
  await prepareTree(coordinator, "classifier", "shogun");
  await using stack = new AsyncDisposableStack();
  const peers = new Map<string, ScriptedPeer>();
  for (let i = 0; i < 3; i++) {
    const peer = stack.use(new ScriptedPeer());
    peers.set(`127.0.0.1_${peer.port}`, peer);
    await coordinator.create(`/jubatus/supervisors/127.0.0.1_${peer.port}`, "ephemeral");
  }
  for (const [num, expected] of [["0", "1,1,1"], ["5", "2,2,1"], ["2", "1,1,0"]] as const) {
    const done = run(tree, `-c start ${CLUSTER} -N ${num}`);
    const counts: string[] = [];
    for (const name of [...peers.keys()].sort()) {
      const peer = peers.get(name)!;
      const { method, params, id, connection } = await peer.next();
      const [target, count, args] = params as WireValue[];
      assertEquals([method, target, (args as WireValue[]).length], ["start", "jubaclassifier/shogun", 20]);
      counts.push(String(count));
      await peer.send(connection, ...replyBytes(id, null, 0n));
    }
    assertEquals([(await done).code, counts.join()], [0, expected]);
  }
});

Deno.test("jubactl refuses an unknown command", async () => {
  assertEquals(await run(new MemoryTree(), `-c bogus ${CLUSTER}`), { code: 1, output: "unknown cmd: bogus\nUSAGE\n" });
});
