/** MIX rounds in which members, or the master, die or hang: what is acknowledged stays, and all agree in the end. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ClusterLock } from "../../lib/cluster/lock.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { call, logged, TestCluster } from "../support/test_cluster.ts";
import { eventually } from "../support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";
import { FakeMember } from "./fake_member.ts";
import { areActive, ask, assertConverged, config, descriptorsOf, endsByItself, Ledger, mix } from "./fault_setup.ts";

/** Sessions end soon, peers get some time to answer. */
const SHORT_SESSION = ["-Z", "2", "-I", "20"];
/** Peers that do not answer are given up soon; sessions outlast that. */
const SHORT_CALLS = ["-Z", "20", "-I", "1"];

/** Starts `count` servers, each of which has learned something of its own. */
async function startServers(cluster: TestCluster, count: number, args: string[], ledger: Ledger) {
  const servers: ServerProcess[] = [];
  for (let i = 0; i < count; i++) servers.push(await cluster.start(...args));
  for (const server of servers) await ledger.train(server);
  return servers;
}

/** `do_mix` of a server that may die of it. */
function mixInBackground(server: ServerProcess): Promise<boolean> {
  return mix(server).then(() => true, () => false);
}

Deno.test({
  name: "A cluster of jubaclassifiers mixes on",
  ignore: zookeeperMissing !== undefined,
  fn: async (t) => {
    await using ensemble = await ZookeeperEnsemble.start();
    const { hosts } = ensemble;

    await t.step("when a member is killed while differences are collected", async () => {
      await using cluster = await TestCluster.create(hosts, "collect", { config });
      const ledger = new Ledger();
      const [a, b] = await startServers(cluster, 2, SHORT_SESSION, ledger) as [ServerProcess, ServerProcess];
      const c = await cluster.start(...SHORT_SESSION);
      await using fake = await FakeMember.join(cluster);
      // Stopped, it cannot answer before it is killed.
      c.signal("SIGSTOP");
      const mixing = mixInBackground(a);
      const asked = await fake.receives("get_diff");
      await c.stop("SIGKILL");
      await fake.answers(asked, "not today");
      await fake.answers(await fake.receives("put_diff"), null, 0n);
      assert(await mixing);
      await logged(a, `get_diff failed at 127.0.0.1:${c.port} : `);
      await logged(a, `get_diff failed at 127.0.0.1:${fake.port} : not today`);
      await logged(a, "mixed with 2 servers");
      await fake.leaves();
      await assertConverged(cluster, [a, b], ledger);
    });

    await t.step("when a member is killed while the result is distributed", async () => {
      await using cluster = await TestCluster.create(hosts, "distribute", { config });
      const ledger = new Ledger();
      const [a, b] = await startServers(cluster, 2, SHORT_SESSION, ledger) as [ServerProcess, ServerProcess];
      const c = await cluster.start(...SHORT_SESSION);
      // It takes a while to apply so much.
      await ask(a, (client) => ledger.trainMany(client, 20_000));
      await using fake = await FakeMember.join(cluster);
      const mixing = mixInBackground(a);
      await fake.answers(await fake.receives("get_diff"), "not today");
      const put = await fake.receives("put_diff");
      await c.stop("SIGKILL");
      await fake.answers(put, null, 0n);
      assert(await mixing);
      // It may have been quicker, but then it has applied the result.
      const isDone = new RegExp(`success to put_diff to .*:${c.port}[,\\]]`).test(
        a.output.split("forced to mix").at(-1)!,
      );
      if (!isDone) await logged(a, `put_diff failed at 127.0.0.1:${c.port} : `);
      await logged(a, `mixed with ${isDone ? 3 : 2} servers`, isDone ? 2 : 1);
      await fake.leaves();
      await assertConverged(cluster, [a, b], ledger);
    });

    await t.step("when the master is killed between get_diff and put_diff", async () => {
      await using cluster = await TestCluster.create(hosts, "master", { config });
      const lost = new Ledger("lost");
      const ledger = new Ledger();
      const a = await cluster.start(...SHORT_SESSION);
      const [b, c] = await startServers(cluster, 2, SHORT_SESSION, ledger) as [ServerProcess, ServerProcess];
      await lost.train(a);
      await using fake = await FakeMember.join(cluster);
      const mixing = mixInBackground(a);
      await fake.receives("get_diff");
      // What is learned while the round hangs counts as well.
      await ledger.train(b);
      await a.stop("SIGKILL");
      assertEquals(await mixing, false);
      await fake.leaves();
      // The lock goes with the master's session.
      await assertConverged(cluster, [b, c], ledger);
      const again = await cluster.start(...SHORT_SESSION, "-p", `${a.port}`);
      assertStringIncludes(again.output, "got model(serialized data)");
      await assertConverged(cluster, [b, c, { hostname: "127.0.0.1", port: a.port }], ledger);
    });

    await t.step("when the master is killed after it has reached one of two members", async () => {
      await using cluster = await TestCluster.create(hosts, "half", { config });
      const ledger = new Ledger();
      const servers = await startServers(cluster, 2, SHORT_SESSION, ledger) as [ServerProcess, ServerProcess];
      const [a, b] = servers;
      // This test is that master: it has folded both differences, the second of them to nothing.
      const diff = await call(a, "get_diff", 0n);
      await call(b, "get_diff", 0n);
      assertEquals(await call(a, "put_diff", diff), 0n);
      await ledger.train(b);
      await mix(a);
      await logged(b, "I'm obsolete. I become inactive.");
      await logged(b, "I got latest model. So I become active.", 2);
      await assertConverged(cluster, servers, ledger);
    });

    await t.step("when a member has missed a result, and nobody who has it answers when it would mix", async () => {
      await using cluster = await TestCluster.create(hosts, "missed", { config });
      const ledger = new Ledger();
      const servers = await startServers(cluster, 2, SHORT_CALLS, ledger) as [ServerProcess, ServerProcess];
      const [a, b] = servers;
      // This test is the master: it has not reached b. What a has sent is in no difference any more, but in a's model.
      const diff = await call(a, "get_diff", 0n);
      assertEquals(await call(a, "put_diff", diff), 0n);
      await cluster.zk.delete(cluster.path("actives", `127.0.0.1_${b.port}`));
      await logged(b, "this server has missed a MIX round and is no longer active");
      a.signal("SIGSTOP");
      await mix(b);
      assertStringIncludes(b.output, "get_model failed (request timed out)");
      a.signal("SIGCONT");
      await areActive(cluster, servers);
      await assertConverged(cluster, servers, ledger);
    });

    await t.step("when one of them is told to end while a round that was asked for waits for the lock", async () => {
      await using cluster = await TestCluster.create(hosts, "locked", { config });
      const a = await cluster.start(...SHORT_CALLS);
      await using lock = new ClusterLock(cluster.zk, cluster.path("master_lock"), "write");
      assert(await lock.tryLock());
      const mixing = assertRejects(() => mix(a), Error, "this server is being stopped; ask another");
      await logged(a, "forced to mix by user RPC");
      a.signal("SIGTERM");
      await endsByItself(a, 10_000);
      await mixing;
    });

    await t.step("when a member is stopped during a round, and loses nothing that was learned there", async () => {
      await using cluster = await TestCluster.create(hosts, "stopped", { config });
      const ledger = new Ledger();
      const servers = await startServers(cluster, 3, SHORT_CALLS, ledger) as [
        ServerProcess,
        ServerProcess,
        ServerProcess,
      ];
      const [a, , c] = servers;
      c.signal("SIGSTOP");
      await mix(a);
      await logged(a, `get_diff failed at 127.0.0.1:${c.port} : request timed out`);
      await logged(a, "mixed with 2 servers");
      c.signal("SIGCONT");
      // Both requests were waiting for it.
      await logged(c, "put_diff with", 2);
      await assertConverged(cluster, servers, ledger);
    });

    await t.step("when the master is stopped beyond its session, and its late result does no harm", async () => {
      await using cluster = await TestCluster.create(hosts, "late", { config });
      const ledger = new Ledger();
      const a = await cluster.start(...SHORT_SESSION);
      const servers = await startServers(cluster, 2, SHORT_SESSION, ledger) as [ServerProcess, ServerProcess];
      await using fake = await FakeMember.join(cluster);
      const mixing = mixInBackground(a);
      const asked = await fake.receives("get_diff");
      a.signal("SIGSTOP");
      await fake.answers(asked, "not today");
      await fake.leaves();
      await eventually("the master's session ends", async () => (await cluster.children("nodes")).length === 2);
      await mix(servers[0]);
      a.signal("SIGCONT");
      await a.result;
      await mixing;
      assertStringIncludes(a.output, "ZooKeeper session expired");
      assert(!a.output.includes("success to put_diff to [", a.output.indexOf("forced to mix")), a.output);
      for (const server of servers) assert(!server.output.includes("I'm obsolete"), server.output);
      await areActive(cluster, servers);
      await assertConverged(cluster, servers, ledger);
    });

    await t.step("when the server that a joining one would fetch the model from never answers", async () => {
      await using cluster = await TestCluster.create(hosts, "source", { config });
      const before = await cluster.start(...SHORT_CALLS);
      await before.stop();
      await using fake = await FakeMember.join(cluster);
      await fake.becomesActive();
      const joining = await cluster.launch(...SHORT_CALLS);
      await logged(joining, `get_model failed (request timed out): 127.0.0.1:${fake.port}`, 2);
      assertEquals(await cluster.children("actives"), [`127.0.0.1_${fake.port}`]);
      await fake.leaves();
      await cluster.becomesActive(joining);
      const ledger = new Ledger();
      await ledger.train(joining);
      await assertConverged(cluster, [joining], ledger);
    });

    await t.step("when a server that speaks another version joins, which ends at once", async () => {
      await using cluster = await TestCluster.create(hosts, "version", { config });
      const before = await cluster.start(...SHORT_CALLS);
      await before.stop();
      await using fake = await FakeMember.join(cluster);
      await fake.becomesActive();
      const joining = await cluster.launch(...SHORT_CALLS);
      await fake.answers(await fake.receives("get_model"), null, [2n, ""]);
      await endsByItself(joining);
      assertStringIncludes(joining.output, "MIX protocol version mismatch detected, going down; expected 1, got 2");
      assertEquals(await cluster.children("nodes"), [`127.0.0.1_${fake.port}`]);
    });

    await t.step("when a member accepts connections and never answers, without a leak", async () => {
      await using cluster = await TestCluster.create(hosts, "hung", { config });
      const ledger = new Ledger();
      const servers = await startServers(cluster, 2, SHORT_CALLS, ledger) as [ServerProcess, ServerProcess];
      const [a] = servers;
      await using fake = await FakeMember.join(cluster);
      const round = async () => {
        const begun = performance.now();
        await ledger.train(a, 1);
        await mix(a);
        // One timeout for each of the two steps.
        assert(performance.now() - begun < 5000, "the round took too long");
      };
      await round();
      const before = servers.map(descriptorsOf);
      for (let i = 0; i < 3; i++) await round();
      await fake.leaves();
      for (let i = 0; i < 50; i++) await mix(a);
      await eventually(
        `no more descriptors than ${before}, but ${servers.map(descriptorsOf)}`,
        () => servers.every((server, i) => descriptorsOf(server) <= before[i]!),
      );
      assertEquals(a.output.split("mixed with 2 servers").length > 54, true);
      await assertConverged(cluster, servers, ledger);
    });
  },
});
