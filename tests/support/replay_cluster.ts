/**
 * Servers joined through a ZooKeeper, and a proxy in front of them where the recording has one.
 *
 * @module
 */
import { delay } from "./delay.ts";
import { freePort } from "./free_port.ts";
import type { RecordedCall, RecordingHead } from "./recording.ts";
import type { ReplayTarget } from "./replay.ts";
import { type ProgramOptions, runProgram, ServerProcess } from "./server_process.ts";
import { until } from "./until.ts";

interface Member {
  readonly port: number;
  readonly directory: string;
  server?: ServerProcess;
}

/** The servers of a MIX or proxy recording. */
export class ClusterTarget implements ReplayTarget {
  readonly #head: RecordingHead;
  readonly #zookeeper: string;
  readonly #options: ProgramOptions;
  readonly #directory: string;
  readonly #members: readonly Member[];
  #proxy: ServerProcess | undefined;

  private constructor(head: RecordingHead, zookeeper: string, options: ProgramOptions, directory: string) {
    this.#head = head;
    this.#zookeeper = zookeeper;
    this.#options = options;
    this.#directory = directory;
    this.#members = (head.ports ?? []).map((port, index) => ({
      port: freePort(port),
      directory: `${directory}/${index}`,
    }));
  }

  /** Stores the configuration, then starts the proxy and the servers one after the other. */
  static async start(head: RecordingHead, zookeeper: string, options: ProgramOptions = {}): Promise<ClusterTarget> {
    const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "juba-cluster." }));
    const target = new ClusterTarget(head, zookeeper, options, directory);
    try {
      await target.#startAll();
    } catch (error) {
      await target[Symbol.asyncDispose]();
      throw error;
    }
    return target;
  }

  async #startAll(): Promise<void> {
    const config = `${this.#directory}/config.json`;
    await Deno.writeTextFile(config, this.#head.config);
    const { code, stdout, stderr } = await this.#jubaconfig("-c", "write", "-f", config);
    if (code !== 0) throw new Error(`jubaconfig failed (${code}):\n${stdout}${stderr}`);
    if (this.#head.proxy) {
      this.#proxy = await ServerProcess.start(`juba${this.#head.type}_proxy`, {
        ...this.#options,
        args: ["-z", this.#zookeeper],
        directory: this.#directory,
        port: freePort(this.#head.proxy_port),
      });
    }
    for (const index of this.#members.keys()) {
      if (!this.#head.start_later?.includes(index)) await this.#startMember(index);
    }
  }

  address(to: number | "proxy"): ServerProcess {
    const server = to === "proxy" ? this.#proxy : this.#members[to]?.server;
    if (server === undefined) throw new Error(`server ${to} does not run`);
    return server;
  }

  restart(): Promise<void> {
    throw new Error("a cluster is not restarted");
  }

  modelFile(to: number, id: string): string {
    const { directory, port } = this.#members[to]!;
    return `${directory}/127.0.0.1_${port}_${this.#head.type}_${id}.jubatus`;
  }

  neutralTexts(): [string, string][] {
    const texts = this.#members.flatMap(({ directory, port }, index): [string, string][] => [
      [directory, "/DATADIR"],
      [`127.0.0.1_${port}`, `127.0.0.1_PORT${index}`],
      [`127.0.0.1:${port}`, `127.0.0.1:PORT${index}`],
    ]);
    // The recordings' own ZooKeeper.
    texts.push([this.#zookeeper, "127.0.0.1:2181"]);
    return this.#proxy === undefined ? texts : [...texts, [`127.0.0.1_${this.#proxy.port}`, "127.0.0.1_PROXYPORT"]];
  }

  async act(call: RecordedCall): Promise<void> {
    switch (call.action) {
      case "wait":
        return await delay((call.seconds ?? 0) * 1000);
      case "start":
        return await this.#startMember(call.server!);
      default:
        await this.#members[call.server!]!.server?.stop(call.action === "stop" ? "SIGTERM" : "SIGKILL");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#proxy?.stop(), ...this.#members.map((member) => member.server?.stop())]);
    await this.#jubaconfig("-c", "delete");
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #startMember(index: number): Promise<void> {
    const member = this.#members[index]!;
    await Deno.mkdir(member.directory, { recursive: true });
    const mixing = ["-x", "linear_mixer", "-s", "0", "-i", "0", "-I", "3"];
    member.server = await ServerProcess.start(`juba${this.#head.type}`, {
      ...this.#options,
      args: ["-d", member.directory, "-z", this.#zookeeper, "-n", this.#head.name!, ...mixing],
      directory: member.directory,
      port: member.port,
    });
    await joined(member.server);
  }

  #jubaconfig(...args: string[]) {
    return runProgram("jubaconfig", {
      ...this.#options,
      args: [...args, "-t", this.#head.type, "-n", this.#head.name!, "-z", this.#zookeeper],
      directory: this.#directory,
    });
  }
}

/** Resolves when a server's model counts as up to date and the MIX round of its joining, which it leads, is over. */
async function joined(server: ServerProcess): Promise<void> {
  await until(() => {
    if (!server.running) throw new Error(`the server on port ${server.port} has ended:\n${server.output}`);
    return server.output.includes("active created") && server.output.includes("secs, ");
  });
}
