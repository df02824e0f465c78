/**
 * Programs that a benchmark starts and looks at: the executables of `JUBATUS_BIN`, or else the sources.
 *
 * @module
 */
import { RpcClient } from "../../lib/rpc/client.ts";
import { importFlags } from "../registry.ts";
import { root } from "../roles.ts";
import { sourceArgs } from "../source_programs.ts";

/** Ticks of the times in /proc, per second; fixed on Linux. */
const TICKS = 100;
const readyTimeoutMs = 30_000;

/** A command line that has not been started. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
}

/** How a `juba*` program is started. */
export async function programCommand(name: string, args: readonly string[]): Promise<CommandLine> {
  const bin = Deno.env.get("JUBATUS_BIN");
  if (bin) return { program: `${bin}/${name}`, args };
  return { program: Deno.execPath(), args: [...await sourceArgs(name), ...args] };
}

/** How a script of the benchmark is started. */
export async function scriptCommand(name: string, args: readonly string[]): Promise<CommandLine> {
  const flags = ["run", "-q", `--config=${root}deno.json`, ...await importFlags(), "-A"];
  return { program: Deno.execPath(), args: [...flags, `${root}scripts/bench/${name}`, ...args] };
}

/** A server in a process of its own, on a free port of the loopback address. */
export class BenchServer implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(port: number, child: Deno.ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** Starts `jubaclassifier` with a configuration; returns when it answers. */
  static async classifier(config: unknown): Promise<BenchServer> {
    const file = await Deno.makeTempFile({ suffix: ".json" });
    try {
      await Deno.writeTextFile(file, JSON.stringify(config));
      return await BenchServer.start((port) =>
        programCommand("jubaclassifier", ["-p", `${port}`, "-b", "127.0.0.1", "-f", file])
      );
    } finally {
      await Deno.remove(file);
    }
  }

  /** Starts the floor. */
  static floor(): Promise<BenchServer> {
    return BenchServer.start((port) => scriptCommand("floor_server.ts", [`${port}`]));
  }

  /** Starts a server whose command line depends on its port; returns when it answers. */
  static async start(command: (port: number) => Promise<CommandLine>): Promise<BenchServer> {
    const port = freePort();
    const { program, args } = await command(port);
    const child = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null", stderr: "null" }).spawn();
    const server = new BenchServer(port, child);
    await server.#answers();
    return server;
  }

  /** A client of it. */
  client(): RpcClient {
    return new RpcClient({ host: "127.0.0.1", port: this.port, timeoutMs: 120_000 });
  }

  /** Resident memory in bytes. Linux only. */
  async residentBytes(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.#child.pid}/status`);
    return Number(/VmRSS:\s*(\d+) kB/.exec(status)![1]) * 1024;
  }

  /** Processor time used so far, in seconds. Linux only. */
  async cpuSeconds(): Promise<number> {
    const stat = await Deno.readTextFile(`/proc/${this.#child.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#child.status;
    clearTimeout(timer);
  }

  async #answers(): Promise<void> {
    const deadline = performance.now() + readyTimeoutMs;
    let hasEnded = false;
    void this.#child.status.then(() => hasEnded = true);
    while (true) {
      try {
        // An error is an answer too: the floor knows no method, and the method may be missing.
        using socket = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
        await socket.write(Uint8Array.of(0x94, 0, 0, 0xa1, 0x3f, 0x90));
        if (await socket.read(new Uint8Array(64)) !== null) return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      }
      if (hasEnded || performance.now() > deadline) throw new Error("a server of the benchmark does not answer");
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
