import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import type { Coordinator } from "../../lib/cluster/coordinator.ts";
import { listNames } from "../../lib/cluster/membership.ts";
import { ClusterPaths } from "../../lib/cluster/paths.ts";
import { RpcClient } from "../../lib/rpc/client.ts";
import { runProgram, ServerProcess } from "../../tests/support/server_process.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../../tests/support/zookeeper_server.ts";
import type { BenchSettings, Figure } from "./section.ts";

/** The cluster's name; part of every request to a proxy. */
export const CLUSTER = "bench";
const ACTIVE_POLL_MS = 5;
const ACTIVE_TIMEOUT_MS = 60_000;
const CALL_TIMEOUT_MS = 120_000;

/** Servers joined through a ZooKeeper of their own, with or without a proxy; they mix only when asked to. */
export class BenchCluster implements AsyncDisposable {
  readonly servers: ServerProcess[] = [];
  readonly #zookeeper: ZookeeperEnsemble;
  readonly #coordinator: Coordinator;
  readonly #directory: string;
  readonly #others: AsyncDisposable[] = [];

  private constructor(zookeeper: ZookeeperEnsemble, coordinator: Coordinator, directory: string) {
    this.#zookeeper = zookeeper;
    this.#coordinator = coordinator;
    this.#directory = directory;
  }

  /** Starts ZooKeeper and stores the configuration; there are no servers yet. */
  static async start(config: unknown): Promise<BenchCluster> {
    const zookeeper = await ZookeeperEnsemble.start();
    const coordinator = await connectZookeeper({ hosts: zookeeper.hosts, sessionTimeoutMs: 30_000 });
    const directory = await Deno.makeTempDir({ prefix: "jubatus-bench-cluster-" });
    const cluster = new BenchCluster(zookeeper, coordinator, directory);
    await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(config));
    const { code, stdout, stderr } = await runProgram("jubaconfig", {
      args: ["-c", "write", "-f", `${directory}/config.json`, "-t", "classifier", "-n", CLUSTER, "-z", zookeeper.hosts],
    });
    if (code !== 0) throw new Error(`jubaconfig failed (${code}):\n${stdout}${stderr}`);
    return cluster;
  }

  /** Starts one more server; resolves when proxies can see that its model is up to date. */
  async addServer(): Promise<ServerProcess> {
    const own = ["-z", this.#zookeeper.hosts, "-n", CLUSTER, "-d", this.#directory];
    const server = await ServerProcess.launch("jubaclassifier", {
      args: [...own, "-x", "linear_mixer", "-s", "0", "-i", "0", "-I", "30"],
      directory: this.#directory,
    });
    this.servers.push(server);
    const node = `127.0.0.1_${server.port}`;
    const deadline = performance.now() + ACTIVE_TIMEOUT_MS;
    while (!(await listNames(this.#coordinator, new ClusterPaths("classifier", CLUSTER).actives)).includes(node)) {
      if (!server.running || performance.now() > deadline) throw new Error(`no active server:\n${server.output}`);
      await new Promise((resolve) => setTimeout(resolve, ACTIVE_POLL_MS));
    }
    return server;
  }

  /** Starts a proxy. */
  async addProxy(): Promise<ServerProcess> {
    const proxy = await ServerProcess.start("jubaclassifier_proxy", {
      args: ["-z", this.#zookeeper.hosts],
      directory: this.#directory,
    });
    this.#others.push(proxy);
    return proxy;
  }

  /** A client of one server or proxy; closed with the cluster. */
  client({ port }: ServerProcess): RpcClient {
    const client = new RpcClient({
      host: "127.0.0.1",
      port,
      timeoutMs: CALL_TIMEOUT_MS,
      outstandingBytesMax: Infinity,
    });
    this.#others.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#others, ...this.servers].map((it) => it[Symbol.asyncDispose]()));
    await this.#coordinator.close();
    await this.#zookeeper[Symbol.asyncDispose]();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Measures what needs a ZooKeeper; nothing, and a word about it, where there is none. */
export async function withZookeeper(settings: BenchSettings, measure: () => Promise<Figure[]>): Promise<Figure[]> {
  if (zookeeperMissing === undefined) return await measure();
  settings.progress(`left out: ${zookeeperMissing}`);
  return [];
}
