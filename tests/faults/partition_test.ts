/** Servers that do not reach each other, though both reach ZooKeeper; and a host that vanishes without a word. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeSourcePrograms } from "../../scripts/source_programs.ts";
import { freePort } from "../support/free_port.ts";
import { type Host, HostNetwork, hostsMissing } from "../support/host_network.ts";
import { ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { logged, TestCluster } from "../support/test_cluster.ts";
import { eventually, within } from "../support/until.ts";
import { zookeeperMissing, ZookeeperServer } from "../support/zookeeper_server.ts";
import {
  type Address,
  areActive,
  ask,
  assertConverged,
  config,
  descriptorsOf,
  endsByItself,
  Ledger,
  mix,
} from "./fault_setup.ts";

/** A network that is hardly anybody's, nor that of another run. */
const NETWORK = `10.213.${Deno.pid % 256}`;
const PORT = 9199;

/** A ZooKeeper on this host, for all hosts. */
async function startZookeeper(directory: string): Promise<ZookeeperServer> {
  const port = freePort();
  const settings = ["tickTime=200", `dataDir=${directory}/zookeeper`, `clientPort=${port}`, "minSessionTimeout=400"];
  Deno.writeTextFileSync(`${directory}/zoo.cfg`, [...settings, "4lw.commands.whitelist=srvr", ""].join("\n"));
  const zookeeper = new ZookeeperServer(port, `${directory}/zoo.cfg`);
  await zookeeper.start();
  return zookeeper;
}

/** A server on a host of its own. */
interface HostedServer extends Address {
  readonly process: ServerProcess;
}

/** Starts a server on a host, and waits until it is active. */
async function startOn(
  host: Host,
  cluster: TestCluster,
  directory: string,
  args: readonly string[],
): Promise<HostedServer> {
  const bin = `${directory}/${host.address}`;
  Deno.mkdirSync(bin);
  const script = `#!/bin/sh\nexec ${host.prefix.join(" ")} ${directory}/programs/jubaclassifier "$@"\n`;
  Deno.writeTextFileSync(`${bin}/jubaclassifier`, script, { mode: 0o755 });
  const all = [...cluster.serverArgs, "-p", `${PORT}`, "-b", host.address, ...args];
  const process = await ServerProcess.launch("jubaclassifier", { bin, args: all, spelledOut: true, port: PORT });
  cluster.keep(process);
  await cluster.becomesActive(process);
  return { hostname: host.address, port: PORT, process };
}

Deno.test({
  name: "A cluster on several hosts",
  ignore: hostsMissing !== undefined || zookeeperMissing !== undefined,
  fn: async (t) => {
    using directory = new TemporaryDirectory();
    await using zookeeper = await startZookeeper(directory.path);
    await writeSourcePrograms(`${directory.path}/programs`);
    await using network = await HostNetwork.create([`${NETWORK}.11`, `${NETWORK}.12`]);
    network.plugInSelf(`${NETWORK}.1`);
    const [hostA, hostB] = network.hosts as [Host, Host];
    await using cluster = await TestCluster.create(`${NETWORK}.1:${zookeeper.port}`, "hosts", { config });
    const args = ["-Z", "3", "-I", "1"];
    const a = await startOn(hostA, cluster, directory.path, args);
    const b = await startOn(hostB, cluster, directory.path, args);
    const proxy = await cluster.startProxy("-Z", "3", "-I", "1");
    const ledger = new Ledger();

    await t.step(
      "goes on with one half when the halves do not reach each other, and converges when they do",
      async () => {
        for (const server of [a, b]) await ledger.train(server);
        await mix(a);
        network.separate(hostA, hostB);
        for (const server of [a, b]) await ledger.train(server);
        await mix(a);
        await logged(a.process, `get_diff failed at ${b.hostname}:${PORT} : `);
        await logged(a.process, `put_diff failed at ${b.hostname}:${PORT} : `);
        await logged(a.process, "mixed with 1 servers", 2);
        await areActive(cluster, [a]);
        await logged(b.process, "this server has missed a MIX round and is no longer active");
        // It must not mix by itself: as many rounds would count as the same model.
        for (const server of [a, b]) await ledger.train(server);
        await mix(b);
        assert(!b.process.output.includes("mixed with 1 servers"), b.process.output);
        await logged(b.process, "get_model failed");
        // Users are kept away from it.
        const calls = Array.from({ length: 20 }, () => ask(proxy, (client) => client.get_labels(), cluster.name));
        await Promise.all(calls);
        await ledger.train(proxy, 20, cluster.name);
        await mix(a);
        await ledger.train(b);
        network.rejoin(hostA, hostB);
        await areActive(cluster, [a, b]);
        await assertConverged(cluster, [a, b], ledger);
      },
    );

    await t.step("answers in time, and leaks nothing, when a host vanishes", async () => {
      const classify = () =>
        ask(proxy, (client) => client.classify([{ x: 1 }]), cluster.name).then(() => "", (error) => String(error));
      // The proxy is connected to both.
      await Promise.all(Array.from({ length: 20 }, classify));
      await mix(a);
      const before = [proxy, a.process].map(descriptorsOf);
      network.unplug(hostB);
      const begun = performance.now();
      const gone = eventually(
        "the session of the vanished server ends",
        async () => (await cluster.children("nodes")).length === 1,
      );
      const errors = new Set<string>();
      let isGone = false;
      void gone.then(() => isGone = true, () => isGone = true);
      while (!isGone) {
        const sentAt = performance.now();
        for (const error of await Promise.all(Array.from({ length: 10 }, classify))) errors.add(error);
        assert(performance.now() - sentAt < 3000, "a call took longer than its timeouts");
        await mix(a);
      }
      await gone;
      assert(performance.now() - begun < 12_000);
      const allowed = ["", "RemoteError: request timed out", "RemoteError: connect error in proxy"];
      assertEquals([...errors].filter((error) => !allowed.includes(error)), []);
      assertEquals(await classify(), "");
      await mix(a);
      await areActive(cluster, [a]);
      await assertConverged(cluster, [a], ledger);
      await eventually(
        `no more descriptors than ${before}`,
        () => [proxy, a.process].every((it, i) => descriptorsOf(it) <= before[i]!),
      );
      // Nobody hears it any more: it must end by itself.
      await endsByItself(b.process, 20_000);
      assertStringIncludes(b.process.output, "ZooKeeper session recovery timed out");
      await within("the proxy answers", classify());
    });
  },
});
