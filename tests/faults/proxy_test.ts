/** Proxies whose servers come and go, or hang. */
import { assert, assertEquals } from "@std/assert";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { TestCluster } from "../support/test_cluster.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";
import { areActive, ask, config, descriptorsOf, eventually, mix } from "./fault_setup.ts";
import { type ProxyError, ProxyLoad } from "./proxy_load.ts";

const ignore = zookeeperMissing !== undefined;
const CALL_MS = 2000;
const args = ["-Z", "2", "-I", `${CALL_MS / 1000}`];

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
      // The proxy has the news a moment later; a call it had sent before may take its timeout.
      const to = performance.now() + CALL_MS + 500;
      await eventually("calls under way have ended", () => performance.now() > to);
      windows.push({ cause, from, to });
      await settled();
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
    // Nobody has learned what was not sent, and what the survivor was told since it came is there.
    await mix(servers[0]!);
    const labels = await ask(servers[0]!, (client) => client.get_labels());
    const known = new Set(loads.flatMap((load) => [...load.trained.keys()]));
    for (const label of labels.keys()) assert(known.has(label), label);
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
