/** Proxies whose servers come and go, or hang. */
import { assert, assertEquals } from "@std/assert";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { TestCluster } from "../support/test_cluster.ts";
import { eventually } from "../support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";
import { areActive, ask, config, descriptorsOf, mix } from "./fault_setup.ts";
import { type ProxyError, ProxyLoad } from "./proxy_load.ts";

const ignore = zookeeperMissing !== undefined;
const args = ["-Z", "2", "-I", "2"];

/** What a caller may be told of a server that dies. */
const ALLOWED = [
  "connect error in proxy",
  "connection closed",
  "Connection reset by peer",
  "request timed out",
];

/** From when to when errors are to be expected, and why. */
interface Window {
  readonly cause: string;
  readonly from: number;
  readonly to: number;
}

Deno.test({
  name: "jubaclassifier_proxy gives everybody the right reply while servers come and go",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using cluster = await TestCluster.create(ensemble.hosts, "busy", { config });
    const servers = [await cluster.start(...args), await cluster.start(...args)];
    const proxy = await cluster.startProxy(...args);
    const loads = ["a", "b", "c"].map((name) => new ProxyLoad(proxy, cluster.name, name));
    const windows: Window[] = [];
    const acknowledged = () => new Map(loads.flatMap((load) => [...load.trained]));
    /** Examples that no server has taken with it, by label. */
    const safe = new Map<string, number>();
    /** Waits until the proxy has had time to work with the servers as they are now. */
    const settled = async () => {
      const before = loads.map((load) => load.answered);
      await eventually("the load goes on", () => loads.every((load, i) => load.answered > before[i]! + 200));
    };
    /** Errors are excused from now until the others know of the server's end. */
    const excused = async (cause: string, server: ServerProcess, end: () => Promise<unknown>) => {
      const from = performance.now();
      await end();
      servers.splice(servers.indexOf(server), 1);
      await areActive(cluster, servers);
      await eventually("the proxy has the news", async () => {
        const known = await ask(proxy, (client) => client.get_status(), cluster.name).catch(() => new Map());
        return known.size === servers.length;
      });
      const before = loads.map((load) => load.rounds);
      await eventually("calls under way have ended", () => loads.every((load, i) => load.rounds > before[i]!));
      windows.push({ cause, from, to: performance.now() });
      const trained = acknowledged();
      await settled();
      // One server is left, which hands on what it learns now to the one that joins next.
      assertEquals(servers.length, 1);
      for (const [label, count] of acknowledged()) {
        safe.set(label, (safe.get(label) ?? 0) + count - (trained.get(label) ?? 0));
      }
    };
    await settled();
    await excused("killed", servers[0]!, () => servers[0]!.stop("SIGKILL"));
    servers.push(await cluster.start(...args));
    await settled();
    await excused("told to end", servers[0]!, () => servers[0]!.stop("SIGTERM"));
    servers.push(await cluster.start(...args));
    await settled();
    // Stopped beyond its session: calls hang until their timeout.
    const stopped = servers[1]!;
    await excused("stopped", stopped, () => Promise.resolve(stopped.signal("SIGSTOP")));
    stopped.signal("SIGCONT");
    await stopped.result;
    await settled();
    for (const load of loads) await load.end();

    const errors = loads.flatMap((load) => load.errors);
    assertEquals(errors.filter(({ text }) => !ALLOWED.includes(text)), []);
    const causeOf = ({ at }: ProxyError) => windows.find(({ from, to }) => at >= from && at <= to)?.cause;
    assertEquals(errors.filter((error) => causeOf(error) === undefined), []);
    // Who is told to end answers all that the proxy sends before it has the news.
    assertEquals(errors.filter((error) => causeOf(error) === "told to end"), []);
    // What only reads goes to another server when there is no connection.
    const refused = errors.filter(({ method, text }) => method !== "train" && text === "connect error in proxy");
    assertEquals(refused, []);
    const answered = loads.reduce((sum, load) => sum + load.answered, 0);
    assert(errors.length < answered / 10, `${errors.length} errors in ${answered} calls`);
    for (const { cause } of windows) {
      console.log(`${answered} calls; ${cause}: ${summary(errors.filter((error) => causeOf(error) === cause))}`);
    }
    // What was learned when one server was left is there, and nothing that was not sent.
    await mix(servers[0]!);
    const labels = await ask(servers[0]!, (client) => client.get_labels());
    const trained = acknowledged();
    const doubtful = new Map(loads.flatMap((load) => [...load.doubtful]));
    for (const [label, count] of labels) {
      const most = (trained.get(label) ?? 0) + (doubtful.get(label) ?? 0);
      assert(count <= most, `${label} was learned ${count} times and sent ${most} times`);
    }
    assertEquals(safe.size, 3 * loads.length);
    for (const [label, count] of safe) {
      assert((labels.get(label) ?? 0) >= count, `${label} was learned ${labels.get(label)} times and not ${count}`);
    }
  },
});

Deno.test({
  name: "jubaclassifier_proxy gives up on a server that accepts and never answers, and leaks nothing",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using cluster = await TestCluster.create(ensemble.hosts, "hung", { config });
    const proxy = await cluster.startProxy("-Z", "10", "-I", "1");
    await using hung = new ScriptedPeer();
    // Directories that servers make.
    for (const name of ["", "actives"]) {
      await cluster.zk.create(cluster.path(...name === "" ? [] : [name]), "persistent").catch(() => {});
    }
    await cluster.zk.create(cluster.path("actives", `127.0.0.1_${hung.port}`), "ephemeral");
    const classify = () =>
      ask(proxy, (client) => client.classify([{ x: 1 }]), cluster.name).then(
        () => "answered",
        (error) => error.message,
      );
    await eventually("the proxy knows the server", async () => (await classify()).includes("request timed out"));
    const before = descriptorsOf(proxy);
    for (let i = 0; i < 3; i++) {
      const begun = performance.now();
      const outcomes = await Promise.all(Array.from({ length: 50 }, classify));
      assertEquals(new Set(outcomes), new Set(["request timed out"]));
      assert(performance.now() - begun < 3000);
    }
    await eventually(`no more descriptors than ${before}`, () => descriptorsOf(proxy) <= before);
  },
});

function summary(errors: readonly { readonly method: string; readonly text: string }[]): string {
  const counts = new Map<string, number>();
  for (const { method, text } of errors) counts.set(`${method}: ${text}`, (counts.get(`${method}: ${text}`) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${what}`).join(", ") || "none";
}
