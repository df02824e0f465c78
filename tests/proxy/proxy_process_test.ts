/**
 * Proxies as processes, with a real ZooKeeper and real servers.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Membership, prepareTree } from "../../lib/cluster/membership.ts";
import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { runProgram, ServerProcess } from "../support/server_process.ts";
import { until } from "../support/until.ts";
import { encodeValue, showValue, type WireValue } from "../support/wire_value.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

const config = `{
  "method": "AROW",
  "parameter": { "regularization_weight": 1.0 },
  "converter": { "num_rules": [{ "key": "*", "type": "num" }] }
}`;
const CLUSTER = ["-t", "classifier", "-n", "pets"];

async function call(to: ServerProcess, method: string, ...params: WireValue[]): Promise<string> {
  using connection = await RawConnection.open(to);
  const answer = await connection.exchange(encodeValue([0n, 1n, method, params]), 1);
  if (answer === undefined) return "closed";
  return showValue((answer.messages[0] as WireValue[]).slice(2));
}

Deno.test({
  name: "juba*_proxy serves a cluster from its start to its end",
  ignore: zookeeperMissing !== undefined,
  fn: async (test) => {
    await using ensemble = await ZookeeperEnsemble.start();
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${directory}/pets.json`, config);
      const zookeeper = ["-z", ensemble.hosts];
      const written = await runProgram("jubaconfig", {
        args: ["-c", "write", "-f", `${directory}/pets.json`, ...CLUSTER, ...zookeeper],
      });
      assertEquals(written.code, 0, written.stdout);
      const timeouts = ["-Z", "3", "-I", "2"];
      await using proxy = await ServerProcess.start("jubaclassifier_proxy", { args: [...zookeeper, ...timeouts] });
      const server = () =>
        ServerProcess.start("jubaclassifier", {
          args: [...zookeeper, ...timeouts, "-n", "pets", "-d", directory, "-s", "0", "-i", "0"],
        });

      await test.step("Proxy is registered, and knows no server", async () => {
        await using session = await connectZookeeper({ hosts: ensemble.hosts, sessionTimeoutMs: 5000 });
        await until(async () => (await session.children("/jubatus/jubaproxies/classifier")).length === 1);
        const names = await session.children("/jubatus/jubaproxies/classifier");
        assertEquals(names, [`127.0.0.1_${proxy.port}`]);
        assertEquals(await call(proxy, "clear", "pets"), `["no server found: pets",null]`);
      });

      await using first = await server();
      await using second = await server();
      await test.step("Proxy sends to servers as they come", async () => {
        await until(async () => (await call(proxy, "get_status", "pets")).split(`"PROGNAME"`).length === 3);
        assertEquals(await call(proxy, "set_label", "pets", "cat"), "[null,true]");
        for (const member of [first, second]) {
          assertEquals(await call(member, "get_labels", ""), `[null,{"cat":0}]`);
        }
        const datum: WireValue = [[], [["weight", 4n]], []];
        assertEquals(await call(proxy, "train", "pets", [["cat", datum]]), "[null,1]");
        assertMatch(await call(proxy, "classify", "pets", [datum]), /^\[null,\[\[\["cat",/);
      });

      await test.step("Proxy reads from others, but does not hide a dead server from those who write", async () => {
        await second.stop("SIGKILL");
        for (let i = 0; i < 10; i++) {
          assertEquals(await call(proxy, "get_config", "pets"), JSON.stringify([null, config]));
        }
        assertEquals(await call(proxy, "clear", "pets"), `["connect error in proxy",null]`);
        await until(async () => await call(proxy, "clear", "pets") === "[null,true]");
      });

      await test.step("Proxy goes on while ZooKeeper is away, and ends with code 0 when it stays away", async () => {
        const zookeepers = ensemble.servers;
        for (const it of zookeepers) await it.stop();
        assertEquals(await call(proxy, "get_labels", "pets"), "[null,{}]");
        assertEquals(await call(proxy, "get_labels", "other"), `["no server found: other",null]`);
        assertMatch(await call(proxy, "get_proxy_status"), /"connected_zookeeper":""/);
        const { code, stdout } = await proxy.result;
        assertEquals(code, 0, stdout);
        assertEquals((await first.result).code, 0);
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "juba*_proxy ends with code 0 when it is told to, and its node goes at once",
  ignore: zookeeperMissing !== undefined,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using session = await connectZookeeper({ hosts: ensemble.hosts, sessionTimeoutMs: 5000 });
    await using proxy = await ServerProcess.start("jubastat_proxy", { args: ["-z", ensemble.hosts] });
    await until(() => proxy.output.includes("jubastat_proxy RPC server startup"));
    const { code, stdout } = await proxy.stop();
    assertEquals(code, 0, stdout);
    const messages = stdout.split("\n").map((line) => line.replace(/^.*?\] /, ""));
    const wanted = [
      `start listening at port ${proxy.port}`,
      `proxy created: /jubatus/jubaproxies/stat/127.0.0.1_${proxy.port}`,
      "registered group membership",
      "jubastat_proxy RPC server startup",
      "caught SIGTERM",
      "stopping RPC server",
    ];
    assertEquals(messages.filter((message) => wanted.includes(message)), wanted);
    assertEquals(await session.children("/jubatus/jubaproxies/stat"), []);
  },
});

for (const waitsFor of ["a server", "ZooKeeper"]) {
  Deno.test({
    name: `juba*_proxy answers with an error and ends when it is told to while a call waits for ${waitsFor}`,
    ignore: zookeeperMissing !== undefined,
    fn: async () => {
      await using ensemble = await ZookeeperEnsemble.start();
      await using session = await connectZookeeper({ hosts: ensemble.hosts, sessionTimeoutMs: 5000 });
      await using silent = new ScriptedPeer();
      await prepareTree(session, "classifier", "pets");
      await new Membership(session, "classifier", "pets", silent).registerActive();
      // No timeout ends the call before the test gives the proxy up.
      const args = ["-z", ensemble.hosts, "-I", "0", "-Z", "30"];
      await using proxy = await ServerProcess.start("jubaclassifier_proxy", { args });
      await until(() => proxy.output.includes("RPC server startup"));
      if (waitsFor === "ZooKeeper") ensemble.server.freeze();
      using connection = await RawConnection.open(proxy);
      // The proxy has begun with the first call when it answers the second.
      const calls = [[0n, 1n, "get_labels", ["pets"]], [0n, 2n, "get_proxy_status", []]];
      const second = await connection.exchange(new Uint8Array(calls.flatMap((it) => [...encodeValue(it)])), 1);
      assertEquals((second!.messages[0] as WireValue[])[1], 2n);
      if (waitsFor === "a server") assertEquals((await silent.next()).method, "get_labels");
      const ended = proxy.stop();
      const first = await connection.exchange(new Uint8Array(0), 1);
      const error = waitsFor === "a server" ? "connection closed" : "no server found: pets";
      assertEquals(first?.messages[0], [1n, 1n, error, null]);
      const { code, stdout } = await ended;
      assertEquals(code, 0, stdout);
    },
  });
}

Deno.test({
  name: "juba*_proxy says why it cannot start, and exits 1",
  ignore: zookeeperMissing !== undefined,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    const away = await runProgram("jubastat_proxy", { args: ["-z", "127.0.0.1:1", "-Z", "1"] });
    assertEquals(away.code, 1);
    assert(away.stdout.includes("cannot connect zk in 1 sec: 127.0.0.1:1"), away.stdout);
    const { port } = ensemble.servers[0]!;
    const inUse = await runProgram("jubastat_proxy", { args: ["-z", ensemble.hosts, "-p", `${port}`] });
    assertEquals(inUse.code, 1);
    const reason = `bind failed: Address already in use (any process using port ${port}?)`;
    assert(inUse.stdout.includes(`server failed to start: ${reason}`), inUse.stdout);
  },
});
