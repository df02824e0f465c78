/**
 * Real ZooKeeper servers for tests: one or an ensemble, on free loopback ports, with data in a
 * temporary directory. Only processes started here are ever signalled.
 *
 * @module
 */
import { delay } from "./delay.ts";
import { freePort } from "./free_port.ts";

/** Where Debian's package puts the jar; its manifest names the jars it needs. */
const ZOOKEEPER_JAR = "/usr/share/java/zookeeper.jar";
/** Swallows the log of the server; optional. */
const SILENT_LOG_JAR = "/usr/share/java/slf4j-nop.jar";
/** A server that does not answer after this long will not. */
const START_TIMEOUT_MS = 40_000;
/** A server that is up answers at once. */
const ANSWER_TIMEOUT_MS = 500;
/** Pause between two attempts to get an answer from a starting server. */
const POLL_MS = 25;

/** Why tests with a real ZooKeeper cannot run here, or nothing when they can. */
export const zookeeperMissing: string | undefined = findMissing();

function findMissing(): string | undefined {
  try {
    Deno.statSync(ZOOKEEPER_JAR);
  } catch {
    return `no ${ZOOKEEPER_JAR} (Debian package libzookeeper-java)`;
  }
  try {
    new Deno.Command("java", { args: ["-version"], stdout: "null", stderr: "null" }).outputSync();
  } catch {
    return "no java on PATH";
  }
  return undefined;
}

if (zookeeperMissing !== undefined) console.log(`tests with a real ZooKeeper are skipped: ${zookeeperMissing}`);

/** Sends a four-letter word and reads the answer; a starting server may accept and never answer. */
async function fourLetterWord(port: number, word: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(resolve, ANSWER_TIMEOUT_MS, null));
  try {
    await connection.write(new TextEncoder().encode(word));
    const buffer = new Uint8Array(4096);
    let answer = "";
    while (true) {
      const reading = connection.read(buffer);
      reading.catch(() => {});
      const count = await Promise.race([reading, late]);
      if (count === null) return answer;
      answer += new TextDecoder().decode(buffer.subarray(0, count));
    }
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

/** Arguments of `java` that run a server with a configuration file. */
export function zookeeperServerArgs(configuration: string): string[] {
  return [
    "-Xmx96m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Dzookeeper.admin.enableServer=false",
    "-Dzookeeper.jmx.log4j.disable=true",
    "-Dzookeeper.forceSync=no",
    "-cp",
    `${ZOOKEEPER_JAR}:${SILENT_LOG_JAR}`,
    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    configuration,
  ];
}

/** Arguments of `java` that ask a server with a four-letter word. */
export function zookeeperWordArgs(host: string, port: number, word: string): string[] {
  const main = "org.apache.zookeeper.client.FourLetterWordMain";
  return ["-cp", `${ZOOKEEPER_JAR}:${SILENT_LOG_JAR}`, main, host, String(port), word];
}

/** What ZooKeeper's own client, `zkCli.sh -server ADDRESS COMMAND`, answers to a command. */
export async function zookeeperShell(address: string, ...command: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("java", {
    args: [
      "-cp",
      `${ZOOKEEPER_JAR}:${SILENT_LOG_JAR}`,
      "org.apache.zookeeper.ZooKeeperMain",
      "-server",
      address,
      ...command,
    ],
    stdin: "null",
  }).output();
  const lines = new TextDecoder().decode(new Uint8Array([...stdout, ...stderr])).trimEnd().split("\n");
  // What comes before it tells of the connection.
  return lines.at(-1)!;
}

/** One ZooKeeper process that may be stopped and started again on the same port and data. */
export class ZookeeperServer implements AsyncDisposable {
  /** The port for clients. */
  readonly port: number;
  readonly #configuration: string;
  #process: Deno.ChildProcess | undefined;

  constructor(port: number, configuration: string) {
    this.port = port;
    this.#configuration = configuration;
  }

  /** `127.0.0.1:PORT`, as clients want it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts the process; it answers only after {@link ready}. */
  spawn(): void {
    this.#process = new Deno.Command("java", {
      args: zookeeperServerArgs(this.#configuration),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Resolves when the server serves clients. */
  async ready(): Promise<void> {
    const process = this.#process;
    if (process === undefined) throw new Error("the ZooKeeper server was not started");
    let ended = false;
    const end = process.status.then(() => ended = true);
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!ended && Date.now() < deadline) {
      try {
        if ((await fourLetterWord(this.port, "srvr")).includes("Mode:")) return;
      } catch {
        // Not listening yet.
      }
      await Promise.race([end, delay(POLL_MS)]);
    }
    throw new Error(`ZooKeeper on port ${this.port} ${ended ? "ended at once" : "does not answer"}`);
  }

  /** `leader`, `follower` or `standalone`. */
  async mode(): Promise<string> {
    const answer = await fourLetterWord(this.port, "srvr");
    return /Mode: (\w+)/.exec(answer)?.[1] ?? "";
  }

  /** Starts and waits until clients are served. */
  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  /** Ends the process, by default at once, and waits for its end. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    try {
      if (signal !== "SIGKILL") process.kill("SIGCONT");
      process.kill(signal);
    } catch {
      // It has ended by itself.
    }
    await process.status;
  }

  /** Stops answering without closing connections, until {@link thaw}. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Undoes {@link freeze}. */
  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Several servers that elect a leader, or one that stands alone. */
export class ZookeeperEnsemble implements AsyncDisposable {
  /** The servers, in the order of their ids. */
  readonly servers: readonly ZookeeperServer[];
  readonly #directory: string;

  private constructor(servers: readonly ZookeeperServer[], directory: string) {
    this.servers = servers;
    this.#directory = directory;
  }

  /** Starts `count` servers and waits until all serve clients. Ports taken meanwhile by others are exchanged. */
  static async start(count = 1, tickMs = 200, sessionMsMax = 60_000): Promise<ZookeeperEnsemble> {
    for (let attempt = 1;; attempt++) {
      const ensemble = await ZookeeperEnsemble.#prepare(count, tickMs, sessionMsMax);
      try {
        for (const server of ensemble.servers) server.spawn();
        await Promise.all(ensemble.servers.map((server) => server.ready()));
        return ensemble;
      } catch (error) {
        await ensemble[Symbol.asyncDispose]();
        if (attempt === 3) throw error;
      }
    }
  }

  static async #prepare(count: number, tickMs: number, sessionMsMax: number): Promise<ZookeeperEnsemble> {
    const directory = await Deno.makeTempDir({ prefix: "zookeeper-test-" });
    const ids = Array.from({ length: count }, (_, i) => i + 1);
    const peers = count === 1 ? [] : ids.map((id) => `server.${id}=127.0.0.1:${freePort()}:${freePort()}`);
    const servers: ZookeeperServer[] = [];
    for (const id of ids) {
      const port = freePort();
      const data = `${directory}/${id}`;
      await Deno.mkdir(data);
      await Deno.writeTextFile(`${data}/myid`, `${id}\n`);
      const settings = [
        `tickTime=${tickMs}`,
        "initLimit=50",
        "syncLimit=10",
        `dataDir=${data}`,
        `clientPort=${port}`,
        "clientPortAddress=127.0.0.1",
        "minSessionTimeout=400",
        `maxSessionTimeout=${sessionMsMax}`,
        "4lw.commands.whitelist=srvr,ruok,cons",
        "skipACL=no",
        ...peers,
      ];
      await Deno.writeTextFile(`${data}/zoo.cfg`, settings.join("\n") + "\n");
      servers.push(new ZookeeperServer(port, `${data}/zoo.cfg`));
    }
    return new ZookeeperEnsemble(servers, directory);
  }

  /** The connect string: all servers, comma-separated. */
  get hosts(): string {
    return this.servers.map((server) => server.address).join(",");
  }

  /** The only or first server. */
  get server(): ZookeeperServer {
    const first = this.servers[0];
    if (first === undefined) throw new Error("an ensemble without servers");
    return first;
  }

  /** Ends all servers and removes their data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await Deno.remove(this.#directory, { recursive: true });
  }
}
