/** Servers and proxies whose ZooKeeper goes away, or for whom they are gone themselves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { logged, statusOf, TestCluster } from "../support/test_cluster.ts";
import { eventually } from "../support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";
import { areActive, ask, assertConverged, config, endsByItself, Ledger, mix } from "./fault_setup.ts";
import { Load } from "./load.ts";

const ignore = zookeeperMissing !== undefined;

Deno.test({
  name: "jubaclassifier ends with code 0 when it was stopped for longer than its session, and may come again",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using cluster = await TestCluster.create(ensemble.hosts, "stopped", { config });
    const args = ["-Z", "2", "-I", "5"];
    const ledger = new Ledger();
    const a = await cluster.start(...args);
    const b = await cluster.start(...args);
    const c = await cluster.start(...args);
    await ledger.train(c);
    await mix(a);
    for (const server of [a, b]) await ledger.train(server);
    await new Ledger("unmixed").train(c);
    c.signal("SIGSTOP");
    await eventually(
      "the session of the stopped server ends",
      async () => (await cluster.children("nodes")).length === 2,
    );
    await mix(a);
    await areActive(cluster, [a, b]);
    c.signal("SIGCONT");
    await endsByItself(c);
    assertStringIncludes(c.output, "ZooKeeper session expired");
    assertStringIncludes(c.output, "stopping RPC server");
    await assertConverged(cluster, [a, b], ledger);
    const again = await cluster.start(...args, "-p", `${c.port}`);
    await assertConverged(cluster, [a, b, { hostname: "127.0.0.1", port: c.port }], ledger);
    assert(again.running);
  },
});

Deno.test({
  name: "A cluster with its proxy",
  ignore,
  fn: async (t) => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using cluster = await TestCluster.create(ensemble.hosts, "restarted", { config });
    const args = ["-Z", "10", "-I", "5"];
    const servers = [await cluster.start(...args), await cluster.start(...args)];
    const proxy = await cluster.startProxy("-Z", "10");
    const ledger = new Ledger();
    const all = [...servers, proxy];

    await t.step("answers all the time while ZooKeeper is restarted, and mixes afterwards", async () => {
      await using direct = await Load.begin(servers[0]!);
      await using proxied = await Load.begin(proxy, cluster.name);
      await ensemble.server.stop();
      for (const it of all) await logged(it, "ZooKeeper session lost");
      for (const load of [direct, proxied]) await load.goesOn();
      for (const server of servers) assertEquals((await statusOf(server)).get("connected_zookeeper"), "");
      await ensemble.server.start();
      for (const it of all) await logged(it, "ZooKeeper session recovered before timeout");
      await direct.end();
      await proxied.end();
      assert(Math.max(direct.longestMs, proxied.longestMs) < 5000, `${direct.longestMs} ${proxied.longestMs}`);
      for (const server of servers) {
        await ledger.train(server);
        await mix(server);
      }
      await areActive(cluster, servers);
      for (const server of servers) {
        await direct.ledger.assertLearned(server);
        await proxied.ledger.assertLearned(server);
        await ledger.assertLearned(server);
      }
      assert(servers.every((server) => server.output.includes("mixed with 2 servers")));
      // The proxy's watches are in force again.
      servers.push(await cluster.start(...args));
      await eventually("the proxy knows the third server", async () => {
        return (await ask(proxy, (client) => client.get_status(), cluster.name)).size === 3;
      });
    });

    await t.step("still answers without ZooKeeper, then ends with code 0 when it stays away", async () => {
      await using load = await Load.begin(proxy, cluster.name);
      // A round that is asked for now waits for ZooKeeper, and does not keep its server from ending.
      await ensemble.server.stop();
      const stoppedAt = performance.now();
      for (const it of all) await logged(it, "ZooKeeper session lost", 2);
      const mixing = mix(servers[0]!).catch(() => {});
      await load.goesOn();
      for (const it of [...all, ...servers]) await endsByItself(it, 20_000);
      assert(performance.now() - stoppedAt < 16_000, "they took longer to end than their session and a little more");
      await mixing;
      for (const it of all) {
        assertStringIncludes(it.output, "ZooKeeper session recovery timed out: state CLOSED_STATE(0)");
        assertStringIncludes(it.output, "stopping RPC server");
      }
    });
  },
});

Deno.test({
  name: "A cluster goes on when the leader of the ensemble is killed",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start(3);
    await using cluster = await TestCluster.create(ensemble.hosts, "leader", { config });
    const args = ["-Z", "15", "-I", "5"];
    const servers = [await cluster.start(...args), await cluster.start(...args)];
    const proxy = await cluster.startProxy("-Z", "15");
    await using load = await Load.begin(proxy, cluster.name);
    const modes = await Promise.all(ensemble.servers.map((server) => server.mode()));
    const leader = ensemble.servers[modes.indexOf("leader")]!;
    await leader.stop();
    // Followers drop their clients when they lose their leader.
    for (const it of [...servers, proxy]) await logged(it, "ZooKeeper session recovered before timeout");
    servers.push(await cluster.start(...args));
    await load.goesOn();
    await load.end();
    await mix(servers[0]!);
    await assertConverged(cluster, servers, load.ledger);
    await leader.start();
    await mix(servers[1]!);
    await assertConverged(cluster, servers, load.ledger);
    assertEquals([...servers, proxy].every((it) => it.running), true);
  },
});

Deno.test({
  name: "A cluster's servers and proxies end soon when they are told to while ZooKeeper says nothing",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using cluster = await TestCluster.create(ensemble.hosts, "silent", { config });
    const args = ["-Z", "20"];
    const all = [await cluster.start(...args), await cluster.startProxy(...args)];
    ensemble.server.freeze();
    try {
      for (const it of all) it.signal("SIGTERM");
      for (const it of all) await endsByItself(it, 10_000);
    } finally {
      ensemble.server.thaw();
    }
  },
});
