/** Servers that join a cluster with a large model while it is at work. */
import { assert, assertEquals } from "@std/assert";
import type { ServerProcess } from "../support/server_process.ts";
import { logged, statusOf, TestCluster } from "../support/test_cluster.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";
import { areActive, ask, config, Ledger, mix } from "./fault_setup.ts";
import { Load } from "./load.ts";

const FEATURES = 200_000;
const args = ["-Z", "6", "-I", "10"];

Deno.test({
  name: "jubaclassifier joins a cluster with a large model while others learn",
  ignore: zookeeperMissing !== undefined,
  fn: async (t) => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using cluster = await TestCluster.create(ensemble.hosts, "large", { config });
    const servers: ServerProcess[] = [await cluster.start(...args)];
    const first = servers[0]!;
    const ledger = new Ledger();
    await ask(first, async (client) => {
      while (ledger.size < FEATURES) await ledger.trainMany(client, 5000);
    });

    const join = async (what: string) => {
      await using load = await Load.begin(first);
      const joining = await cluster.launch(...args);
      await logged(joining, "got model(serialized data)");
      await cluster.becomesActive(joining);
      await load.end();
      servers.push(joining);
      console.log(`${what}: ${load.ledger.size} examples meanwhile, the slowest took ${Math.round(load.longestMs)} ms`);
      assert(load.longestMs < 5000, `an example took ${load.longestMs} ms`);
      await mix(first);
      for (const server of servers) await load.ledger.assertLearned(server);
      for (const server of servers) assertEquals((await statusOf(server)).get("linear_mixer.is_obsolete"), "0");
    };

    await t.step("with a difference as large as the model", () => join("all features are new"));
    await t.step("with nothing but the model", () => join("all features were mixed"));
    await t.step("and is killed while it fetches the model, and comes again", async () => {
      const joining = await cluster.launch(...args);
      await logged(joining, "start to get model from other server");
      await joining.stop("SIGKILL");
      await mix(first);
      await areActive(cluster, servers);
      servers.push(await cluster.start(...args));
      await areActive(cluster, servers);
    });
    await t.step("until all have the same model", async () => {
      await mix(first);
      const sizes = await Promise.all(servers.map(async (server) => (await statusOf(server)).get("num_features")));
      assertEquals(new Set(sizes).size, 1);
      assert(Number(sizes[0]) > FEATURES);
      for (const server of servers) await ledger.assertLearned(server, 20);
    });
  },
});
