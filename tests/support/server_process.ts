import { delay } from "./delay.ts";
import { sourceArgs } from "../../scripts/source_programs.ts";
import { freePort } from "./free_port.ts";

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;

/** How a juba* program is run. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  /** Where it runs; the current directory by default. */
  readonly directory?: string;
  readonly env?: Record<string, string>;
  /** A directory of executables; `JUBATUS_BIN` by default, and the sources in cli/ where that is not set. */
  readonly bin?: string;
  /** A command that runs the one behind it, for another environment. */
  readonly prefix?: readonly string[];
}

/** What a program left behind. */
export interface ProgramResult {
  /** Exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a juba* program to its end. */
export async function runProgram(name: string, options: ProgramOptions = {}): Promise<ProgramResult> {
  const command = await programCommand(name, options);
  const { code, stdout, stderr } = await command.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** How a server or proxy is started. */
export interface ServerOptions extends ProgramOptions {
  /** Where it listens; a free port by default. */
  readonly port?: number;
  /** The arguments say all of that themselves. */
  readonly spelledOut?: boolean;
}

/** A juba* server or proxy in a process of its own, listening on the loopback address. */
export class ServerProcess implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly hostname = "127.0.0.1";
  readonly #child: Deno.ChildProcess;
  /** Resolves when the process has ended and all it printed was read. */
  readonly result: Promise<ProgramResult>;
  #running = true;
  readonly #stdout: string[] = [];
  readonly #stderr: string[] = [];

  private constructor(name: string, port: number, child: Deno.ChildProcess) {
    this.name = name;
    this.port = port;
    this.#child = child;
    this.result = this.#watch();
  }

  /** Starts `<name> -p <port> -b 127.0.0.1 <args>` and returns when it accepts connections. */
  static async start(name: string, options: ServerOptions = {}): Promise<ServerProcess> {
    const server = await ServerProcess.launch(name, options);
    if (await server.listening()) return server;
    const { code, stdout, stderr } = await server.result;
    throw new Error(`${name} did not start (exit code ${code}):\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  }

  /** Starts it as {@link start} does, but does not wait. */
  static async launch(name: string, options: ServerOptions = {}): Promise<ServerProcess> {
    const port = options.port ?? freePort();
    const own = options.spelledOut ? [] : ["-p", `${port}`, "-b", "127.0.0.1"];
    const args = [...own, ...options.args ?? []];
    const command = await programCommand(name, { ...options, args });
    return new ServerProcess(name, port, command.spawn());
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** False once the process has ended. */
  get running(): boolean {
    return this.#running;
  }

  /** What it has printed so far, stdout before stderr. */
  get output(): string {
    return this.#stdout.join("") + this.#stderr.join("");
  }

  /** Waits until it accepts connections; false when it ended instead. Kills it after a minute in vain. */
  async listening(): Promise<boolean> {
    const deadline = performance.now() + readyTimeoutMs;
    while (this.#running) {
      try {
        const probe = await Deno.connect({ hostname: this.hostname, port: this.port });
        probe.close();
        return this.#running;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      }
      if (performance.now() > deadline) this.signal("SIGKILL");
      await Promise.race([delay(10), this.result]);
    }
    return false;
  }

  /** Sends a signal, if the process is there to get it. */
  signal(signal: Deno.Signal): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** Sends SIGTERM, or SIGKILL where that had no effect for ten seconds, and waits for the end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<ProgramResult> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal("SIGKILL"), stopTimeoutMs);
    try {
      return await this.result;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #watch(): Promise<ProgramResult> {
    const [status] = await Promise.all([
      this.#child.status.then((it) => {
        this.#running = false;
        return it;
      }),
      collect(this.#child.stdout, this.#stdout),
      collect(this.#child.stderr, this.#stderr),
    ]);
    return { code: status.code, stdout: this.#stdout.join(""), stderr: this.#stderr.join("") };
  }
}

async function programCommand(name: string, options: ProgramOptions): Promise<Deno.Command> {
  const bin = options.bin ?? Deno.env.get("JUBATUS_BIN");
  const own = bin ? [`${bin}/${name}`] : [Deno.execPath(), ...await sourceArgs(name)];
  const [program, ...args] = [...options.prefix ?? [], ...own, ...options.args ?? []];
  return new Deno.Command(program!, {
    args,
    ...options.directory === undefined ? {} : { cwd: options.directory },
    env: { TZ: "UTC", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)) {
    into.push(text);
  }
}
