import { assertEquals, assertRejects } from "@std/assert";
import { ClusterView } from "../../lib/cluster/cluster_view.ts";
import { readConfig, writeConfig } from "../../lib/cluster/config_store.ts";
import {
  CoordinationError,
  type Coordinator,
  type SessionEvent,
  type WatchEvent,
} from "../../lib/cluster/coordinator.ts";
import { IdGenerator } from "../../lib/cluster/id_generator.ts";
import { ClusterLock } from "../../lib/cluster/lock.ts";
import { ensureNode, Membership, prepareTree } from "../../lib/cluster/membership.ts";
import { guardSession } from "../../lib/cluster/session_guard.ts";
import { connectZookeeper, type ZookeeperOptions } from "../../lib/cluster/zookeeper.ts";
import { until } from "../support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

const ignore = zookeeperMissing !== undefined;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function connect(hosts: string, options: Partial<ZookeeperOptions> = {}): Promise<Coordinator> {
  return connectZookeeper({ hosts, sessionTimeoutMs: 10_000, ...options });
}

/** Resolves at the next event of that kind. */
function nextEvent(coordinator: Coordinator, kind: SessionEvent): Promise<void> {
  return new Promise((resolve) => {
    const end = new AbortController();
    coordinator.onSession((event) => {
      if (event !== kind) return;
      end.abort();
      resolve();
    }, end.signal);
  });
}

/** All paths of the tree but ZooKeeper's own, in byte order. */
async function allPaths(coordinator: Coordinator, path = "/"): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await coordinator.children(path)) {
    const child = path === "/" ? `/${name}` : `${path}/${name}`;
    if (child === "/zookeeper") continue;
    paths.push(child, ...await allPaths(coordinator, child));
  }
  return paths;
}

Deno.test({
  name: "ZooKeeper, one server",
  ignore,
  fn: async (t) => {
    await using ensemble = await ZookeeperEnsemble.start();
    const { hosts, server } = ensemble;

    await t.step("connectZookeeper negotiates the timeout and names the server", async () => {
      await using zk = await connect(hosts, { sessionTimeoutMs: 1_024_000 });
      assertEquals(zk.sessionTimeoutMs, 60_000);
      assertEquals(zk.connectedServer(), server.address);
      assertEquals(zk.state, "connected");
    });

    await t.step("operations give what they are documented to give", async () => {
      await using zk = await connect(hosts);
      assertEquals(await zk.create("/a", "persistent"), "/a");
      assertEquals(await zk.create("/a/e", "ephemeral", bytes("x")), "/a/e");
      assertEquals(await zk.create("/a/s_", "ephemeral_sequential"), "/a/s_0000000001");
      assertEquals(await zk.children("/a"), ["e", "s_0000000001"]);
      assertEquals((await zk.get("/a/e")).data, bytes("x"));
      assertEquals((await zk.get("/a")).data, new Uint8Array(0));
      assertEquals((await zk.set("/a", bytes("y"))).version, 1);
      assertEquals((await zk.exists("/a"))?.ephemeralOwner, "");
      assertEquals((await zk.exists("/a/e"))?.ephemeralOwner, zk.sessionId);
      assertEquals(await zk.exists("/b"), null);
      const failures: [() => Promise<unknown>, string][] = [
        [() => zk.create("/a", "persistent"), "failed to create ZooKeeper node: /a: node exists (-110)"],
        [() => zk.create("/a/e", "ephemeral"), "failed to create ZooKeeper ephemeral node: /a/e: node exists (-110)"],
        [() => zk.create("/b/c", "persistent"), "failed to create ZooKeeper node: /b/c: no node (-101)"],
        [() => zk.create("/a/e/x", "persistent"), "no children for ephemerals (-108)"],
        [() => zk.children("/b"), "failed to get all child nodes of ZooKeeper node: /b: no node (-101)"],
        [() => zk.delete("/a"), "failed to remove ZooKeeper node: /a: not empty (-111)"],
        [() => zk.set("/a", bytes("z"), 7), "version conflict (-103)"],
        [() => zk.get("/a//b"), "bad arguments (-8)"],
      ];
      for (const [operation, message] of failures) await assertRejects(operation, CoordinationError, message);
      await zk.delete("/a/e");
    });

    await t.step("close ends the session at once, tells nobody, and refuses further operations", async () => {
      const zk = await connect(hosts);
      await zk.create("/closing", "ephemeral");
      const events: WatchEvent[] = [];
      await zk.exists("/closing", (event) => events.push(event));
      await zk.close();
      assertEquals(events, []);
      await assertRejects(() => zk.exists("/a"), CoordinationError, "zookeeper is closing (-116)");
      await using other = await connect(hosts);
      assertEquals(await other.exists("/closing"), null);
    });

    await t.step("watchers hear of one event each", async () => {
      await using zk = await connect(hosts);
      await using other = await connect(hosts);
      const events: WatchEvent[] = [];
      const watcher = (event: WatchEvent): void => void events.push(event);
      await zk.exists("/w", watcher);
      await other.create("/w", "persistent");
      await until(() => events.length === 1);
      await zk.children("/w", watcher);
      await other.create("/w/x", "persistent");
      await until(() => events.length === 2);
      await zk.get("/w/x", watcher);
      await zk.get("/w/x", watcher);
      await other.set("/w/x", bytes("1"));
      await until(() => events.length === 3);
      await zk.exists("/w/x", watcher);
      await other.delete("/w/x");
      await until(() => events.length === 4);
      assertEquals(events.map(({ type, path }) => `${type} ${path}`), [
        "created /w",
        "children /w",
        "changed /w/x",
        "deleted /w/x",
      ]);
      await other.delete("/w");
    });

    await t.step("a chroot hides the rest of the tree, also from watches", async () => {
      await using plain = await connect(hosts);
      await plain.create("/root", "persistent");
      await using zk = await connect(`${hosts}/root`);
      const events: WatchEvent[] = [];
      await zk.create("/n", "persistent");
      await zk.children("/n", (event) => events.push(event));
      const recovered = nextEvent(zk, "recovered");
      await server.stop();
      await server.start();
      await recovered;
      await plain.create("/root/n/x", "persistent");
      await until(() => events.length === 1);
      assertEquals(events, [{ type: "children", path: "/n" }]);
      assertEquals(await zk.create("/n/s_", "ephemeral_sequential"), "/n/s_0000000001");
    });

    await t.step(
      "directories and configuration are those of Jubatus 1.1.1 when a configuration is written",
      async () => {
        await using zk = await connect(hosts);
        await prepareTree(zk, "classifier", "shogun");
        const text = bytes('{ "method": "AROW" }\n');
        await writeConfig(zk, "classifier", "shogun", text);
        assertEquals((await allPaths(zk)).filter((path) => path.startsWith("/jubatus")), [
          "/jubatus",
          "/jubatus/actors",
          "/jubatus/actors/classifier",
          "/jubatus/actors/classifier/shogun",
          "/jubatus/actors/classifier/shogun/config_lock",
          "/jubatus/config",
          "/jubatus/config/classifier",
          "/jubatus/config/classifier/shogun",
          "/jubatus/jubaproxies",
          "/jubatus/supervisors",
        ]);
        assertEquals(await readConfig(zk, "classifier", "shogun"), text);
        assertEquals((await zk.exists("/jubatus/config/classifier/shogun"))?.version, 1);
        // ZooKeeper counts the coming and going of the writer's lock.
        assertEquals((await zk.exists("/jubatus/actors/classifier/shogun/config_lock"))?.childVersion, 2);
      },
    );

    await t.step("an operation waits for a connection that comes back, and the session goes on", async () => {
      await using zk = await connect(hosts);
      await zk.create("/kept", "ephemeral");
      const suspended = nextEvent(zk, "suspended");
      await server.stop();
      await suspended;
      assertEquals(zk.connectedServer(), "");
      const read = zk.exists("/kept");
      await server.start();
      assertEquals((await read)?.ephemeralOwner, zk.sessionId);
      assertEquals(zk.state, "connected");
    });

    await t.step("operations fail when the connection stays away or the server is frozen", async () => {
      await using zk = await connect(hosts, { operationTimeoutMs: 300 });
      server.freeze();
      await assertRejects(() => zk.exists("/a"), CoordinationError, "operation timeout (-7)");
      server.thaw();
      const suspended = nextEvent(zk, "suspended");
      await server.stop();
      await suspended;
      await assertRejects(() => zk.create("/late", "persistent"), CoordinationError, "connection loss (-4)");
      const recovered = nextEvent(zk, "recovered");
      await server.start();
      await recovered;
      assertEquals(await zk.exists("/late"), null);
    });

    await t.step("a frozen server is left after two thirds of the session timeout", async () => {
      await using zk = await connect(hosts, { sessionTimeoutMs: 1500 });
      const suspended = nextEvent(zk, "suspended");
      const start = performance.now();
      server.freeze();
      await suspended;
      const elapsed = performance.now() - start;
      server.thaw();
      assertEquals(elapsed > 450 && elapsed < 1450, true, `${elapsed} ms`);
      await Promise.race([nextEvent(zk, "recovered"), nextEvent(zk, "expired")]);
    });

    await t.step("an idle session lives on by its pings", async () => {
      await using zk = await connect(hosts, { sessionTimeoutMs: 600 });
      await zk.create("/idle", "ephemeral");
      const events: string[] = [];
      zk.onSession((event) => events.push(event));
      await using other = await connect(hosts);
      const start = performance.now();
      await until(() => performance.now() - start > 2500);
      assertEquals(events, []);
      assertEquals((await other.exists("/idle"))?.ephemeralOwner, zk.sessionId);
    });

    await t.step("guardSession tells a loss when the server is gone for the session timeout", async () => {
      await using zk = await connect(hosts, { sessionTimeoutMs: 1000 });
      const lost = new Promise((resolve) => guardSession(zk, resolve));
      await server.stop();
      assertEquals(await lost, "timed_out");
      await server.start();
    });

    await t.step("a server's node comes free when its session ends, and a successor waits for that", async () => {
      await using zk = await connect(hosts);
      await prepareTree(zk, "classifier", "m");
      const self = { host: "127.0.0.1", port: 9 };
      const first = await connect(hosts);
      const membership = new Membership(first, "classifier", "m", self);
      await membership.registerNode();
      await membership.registerActive();
      using view = new ClusterView(zk, "classifier");
      assertEquals(await view.actives("m"), [self]);
      await assertRejects(
        () => new Membership(zk, "classifier", "m", self, { patienceMs: 0 }).registerNode(),
        CoordinationError,
        "Failed to register_actor",
      );
      const successor = new Membership(zk, "classifier", "m", self, { patienceMs: 20_000 }).registerNode();
      await first.close();
      await successor;
      await until(() => view.knownActives("m") === undefined);
      await assertRejects(() => view.actives("m"), CoordinationError, "no server found: m");
    });

    await t.step("deleting a server's node is heard by the server", async () => {
      await using zk = await connect(hosts);
      await using operator = await connect(hosts);
      await prepareTree(zk, "classifier", "d");
      const membership = new Membership(zk, "classifier", "d", { host: "127.0.0.1", port: 8 });
      await membership.registerNode();
      const deleted = new Promise<void>((resolve) => membership.watchNode(resolve, new AbortController().signal));
      await operator.delete("/jubatus/actors/classifier/d/nodes/127.0.0.1_8");
      await deleted;
    });

    await t.step("one of several sessions gets the lock, and ids are unique across sessions", async () => {
      const sessions = await Promise.all([0, 1, 2].map(() => connect(hosts)));
      await sessions[0]!.create("/lock", "persistent");
      const locks = sessions.map((session) => new ClusterLock(session, "/lock", "write"));
      const won = await Promise.all(locks.map((lock) => lock.tryLock()));
      assertEquals(won.filter((one) => one).length <= 1, true);
      for (const lock of locks) await lock.unlock();
      assertEquals(await locks[1]!.tryLock(), true);
      assertEquals(await locks[0]!.tryLock(), false);
      const generators = await Promise.all(sessions.map((session) => IdGenerator.open(session, "/ids")));
      const ids = await Promise.all(Array.from({ length: 30 }, (_, i) => generators[i % 3]!.next()));
      assertEquals(ids.sort((a, b) => a - b), Array.from({ length: 30 }, (_, i) => i + 1));
      await generators[0]!.passOver(700);
      assertEquals(await generators[1]!.next(), 701);
      await sessions[1]!.close();
      assertEquals(await locks[0]!.tryLock(), true);
      await Promise.all(sessions.map((session) => session.close()));
    });

    await t.step("credentials open what is closed to others", async () => {
      await using zk = await connect(hosts, { auth: [{ scheme: "digest", auth: "user:secret" }] });
      await zk.create("/owned", "persistent");
      await ensureNode(zk, "/owned/known");
      await using other = await connect(hosts);
      assertEquals(await other.children("/owned"), ["known"]);
      // A directory that exists is there for all, even for those who could not have made it.
      await ensureNode(other, "/owned/known");
      await assertRejects(() => ensureNode(other, "/owned/new"), CoordinationError, "not authenticated (-102)");
      await using wrong = await connect(hosts, { auth: [{ scheme: "digest", auth: "user:guess" }] });
      await assertRejects(() => wrong.delete("/owned/known"), CoordinationError, "not authenticated (-102)");
      await zk.delete("/owned/known");
      await assertRejects(
        () =>
          connect(hosts, { auth: [{ scheme: "nosuch", auth: "x" }], connectTimeoutMs: 5000 }).then((other) => {
            return other.exists("/owned").finally(() => other.close());
          }),
        CoordinationError,
      );
    });

    await t.step("connectZookeeper fails with the original's text when nobody answers", async () => {
      server.freeze();
      const start = performance.now();
      await assertRejects(
        () => connect(hosts, { connectTimeoutMs: 700 }),
        CoordinationError,
        `cannot connect zk in 1 sec: ${hosts}`,
      );
      assertEquals(performance.now() - start < 3000, true);
      server.thaw();
      await assertRejects(() => connect("nohost.invalid:2181", { connectTimeoutMs: 500 }), CoordinationError);
      await server.stop();
      await assertRejects(() => connect(hosts, { connectTimeoutMs: 500 }), CoordinationError, "cannot connect zk");
    });
  },
});

Deno.test({
  name: "ZooKeeper tells a stopped client that its session has expired when it runs again",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using other = await connect(ensemble.hosts);
    const script = `
      import { connectZookeeper } from ${
      JSON.stringify(new URL("../../lib/cluster/zookeeper.ts", import.meta.url).href)
    };
      const zk = await connectZookeeper({ hosts: Deno.args[0], sessionTimeoutMs: 600 });
      zk.onSession((event) => {
        if (event !== "expired") return;
        console.log("expired");
        zk.close();
      });
      await zk.create("/stopped", "ephemeral");
      console.log("ready");`;
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(file, script);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--no-lock", `--config=${config}`, "-A", file, ensemble.hosts],
      stdout: "piped",
    }).spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals((await output.read()).value, "ready\n");
    child.kill("SIGSTOP");
    await until(async () => await other.exists("/stopped") === null);
    child.kill("SIGCONT");
    assertEquals((await output.read()).value, "expired\n");
    await output.cancel();
    const { code } = await child.status;
    await Deno.remove(file);
    assertEquals(code, 0);
  },
});

Deno.test({
  name: "ZooKeeper ensemble: a session moves to another server when its server fails",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start(3);
    await using zk = await connect(ensemble.hosts, { sessionTimeoutMs: 9_000 });
    await using witness = await connect(ensemble.hosts, { sessionTimeoutMs: 9_000 });
    await zk.create("/n", "persistent");
    await zk.create("/n/e", "ephemeral");
    const events: WatchEvent[] = [];
    await zk.children("/n", (event) => events.push(event));
    const session = zk.sessionId;

    for (const fail of ["stop", "freeze"] as const) {
      const address = zk.connectedServer();
      const server = ensemble.servers.find((one) => one.address === address)!;
      const recovered = nextEvent(zk, "recovered");
      if (fail === "stop") await server.stop();
      else {
        server.freeze();
        // Heard of although it happens while the client knows nobody.
        await ensureNode(witness, "/n/x");
      }
      await recovered;
      assertEquals(zk.connectedServer() === address, false);
      assertEquals(zk.sessionId, session);
      assertEquals((await zk.exists("/n/e"))?.ephemeralOwner, session);
      if (fail === "stop") await server.start();
      else server.thaw();
    }

    await until(() => events.length === 1);
    assertEquals(events[0], { type: "children", path: "/n" });
  },
});
