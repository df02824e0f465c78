import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import type { Coordinator } from "../../lib/cluster/coordinator.ts";
import { type ProgramResult, runProgram, ServerProcess } from "./server_process.ts";
import { eventually, until } from "./until.ts";
import { WireCaller } from "./wire_call.ts";
import type { WireMap, WireValue } from "./wire_value.ts";

/** What a test says of a cluster; the rest has defaults. */
export interface TestClusterOptions {
  /** Type of server; `classifier` by default. */
  readonly type?: string;
  readonly config: unknown;
}

/** A cluster of real servers on the loopback address, with a temporary directory and a session of its own to look on. */
export class TestCluster implements AsyncDisposable {
  readonly hosts: string;
  readonly type: string;
  readonly name: string;
  /** The test's own session. */
  readonly zk: Coordinator;
  readonly directory: string;
  readonly #processes = new AsyncDisposableStack();

  private constructor(hosts: string, type: string, name: string, zk: Coordinator, directory: string) {
    this.hosts = hosts;
    this.type = type;
    this.name = name;
    this.zk = zk;
    this.directory = directory;
  }

  /** Writes the configuration of the cluster `name`; no server runs yet. */
  static async create(hosts: string, name: string, options: TestClusterOptions): Promise<TestCluster> {
    const zk = await connectZookeeper({ hosts, sessionTimeoutMs: 10_000 });
    const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "juba-cluster-test." }));
    const cluster = new TestCluster(hosts, options.type ?? "classifier", name, zk, directory);
    await Deno.writeTextFile(cluster.configFile, JSON.stringify(options.config));
    const { code, stdout } = await cluster.jubaconfig("write", "-f", cluster.configFile);
    if (code === 0) return cluster;
    await cluster[Symbol.asyncDispose]();
    throw new Error(`jubaconfig failed: ${stdout}`);
  }

  /** The configuration as a file. */
  get configFile(): string {
    return `${this.directory}/config.json`;
  }

  /** Znode of the cluster, or what is below it. */
  path(...names: string[]): string {
    return ["/jubatus/actors", this.type, this.name, ...names].join("/");
  }

  /** Children of such a znode; none when there is no such. */
  children(...names: string[]): Promise<string[]> {
    return this.zk.children(this.path(...names)).catch(() => []);
  }

  /** Starts a server, and waits until it is active. Rounds come only when asked for, unless arguments say otherwise. */
  async start(...args: string[]): Promise<ServerProcess> {
    const server = await this.launch(...args);
    await this.becomesActive(server);
    return server;
  }

  /** Starts a server, and does not wait. */
  async launch(...args: string[]): Promise<ServerProcess> {
    return this.keep(await ServerProcess.launch(`juba${this.type}`, { args: [...this.serverArgs, ...args] }));
  }

  /** Options of a server of this cluster, but for its address. */
  get serverArgs(): string[] {
    return ["-z", this.hosts, "-n", this.name, "-d", this.directory, "-s", "0", "-i", "0"];
  }

  /** Starts a proxy, and waits until it is known. */
  async startProxy(...args: string[]): Promise<ServerProcess> {
    const options = { args: ["-z", this.hosts, ...args] };
    const proxy = this.keep(await ServerProcess.launch(`juba${this.type}_proxy`, options));
    await logged(proxy, "RPC server startup");
    return proxy;
  }

  /** Ends a process with the cluster. */
  keep(server: ServerProcess): ServerProcess {
    return this.#processes.use(server);
  }

  /** Resolves when a server is registered as active and its first round is over. */
  async becomesActive(server: ServerProcess): Promise<void> {
    await logged(server, "active created");
    await until(async () => (await this.children("master_lock")).length === 0);
  }

  /** Runs jubaconfig on this cluster. */
  jubaconfig(command: string, ...args: string[]): Promise<ProgramResult> {
    return runProgram("jubaconfig", {
      args: ["-c", command, "-t", this.type, "-n", this.name, "-z", this.hosts, ...args],
    });
  }

  /** Ends all servers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes.disposeAsync();
    await this.zk.close();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Resolves when a server has logged `text`, the `times`-th time. */
export async function logged(server: ServerProcess, text: string, times = 1): Promise<void> {
  await eventually(`${server.name} at port ${server.port} logs "${text}" (${times})`, () => {
    if (server.output.split(text).length > times) return true;
    if (!server.running) throw new Error(`${server.name} ended without logging "${text}":\n${server.output}`);
    return false;
  });
}

/** The result of one call with the given parameters; an error of the server is thrown as text. */
export async function call(
  server: { readonly port: number },
  method: string,
  ...params: WireValue[]
): Promise<WireValue> {
  using caller = await WireCaller.open(server);
  const answer = await caller.call(method, ...params);
  if (answer === undefined) throw new Error(`${method}: connection closed`);
  if (answer[0] !== null) throw new Error(`${method}: ${answer[0]}`);
  return answer[1];
}

/** `get_status` of one server. */
export async function statusOf(server: { readonly port: number }): Promise<ReadonlyMap<string, string>> {
  const servers = await call(server, "get_status", "");
  const [entry] = (servers as WireMap).entries;
  return new Map((entry![1] as WireMap).entries.map(([key, value]) => [String(key), String(value)]));
}

/** Messages of a log at the default layout, without what precedes them; lines that continue a message are left out. */
export function messagesOf(log: string): string[] {
  const line = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ [A-Z]+ +\[[^\]]+\] (.*)$/gm;
  return [...log.matchAll(line)].map(([, message]) => message!);
}
