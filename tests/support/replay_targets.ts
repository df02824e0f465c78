/**
 * The servers a recording can be replayed against: one started for it, or one that runs already.
 *
 * @module
 */
import { freePort } from "./free_port.ts";
import type { RecordedCall, Recording, RecordingHead } from "./recording.ts";
import type { ReplayTarget } from "./replay.ts";
import { type ProgramOptions, ServerProcess } from "./server_process.ts";

/** A standalone server in a temporary directory. */
export class StandaloneTarget implements ReplayTarget {
  readonly #head: RecordingHead;
  readonly #options: ProgramOptions;
  readonly #port: number;
  #directory = "";
  #server: ServerProcess | undefined;

  private constructor(head: RecordingHead, options: ProgramOptions) {
    this.#head = head;
    this.#options = options;
    // The port is part of what some models save.
    this.#port = freePort(head.port);
  }

  static async start(head: RecordingHead, options: ProgramOptions = {}): Promise<StandaloneTarget> {
    const target = new StandaloneTarget(head, options);
    await target.restart();
    return target;
  }

  address(): { hostname: string; port: number } {
    return { hostname: "127.0.0.1", port: this.#port };
  }

  async restart(): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.#directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "juba-replay." }));
    const config = `${this.#directory}/config.json`;
    await Deno.mkdir(`${this.#directory}/data`);
    await Deno.writeTextFile(config, this.#head.config);
    this.#server = await ServerProcess.start(`juba${this.#head.type}`, {
      ...this.#options,
      args: ["-d", `${this.#directory}/data`, "-f", config],
      directory: this.#directory,
      port: this.#port,
    });
  }

  modelFile(_to: number, id: string): string {
    return `${this.#directory}/data/127.0.0.1_${this.#port}_${this.#head.type}_${id}.jubatus`;
  }

  neutralTexts(): [string, string][] {
    return [
      [`${this.#directory}/data`, "/DATADIR"],
      [this.#directory, "/DIR"],
      [`127.0.0.1_${this.#port}`, "127.0.0.1_PORT"],
      [`127.0.0.1:${this.#port}`, "127.0.0.1:PORT"],
    ];
  }

  act(call: RecordedCall): Promise<void> {
    throw new Error(`a standalone server cannot ${call.action}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop("SIGKILL");
    this.#server = undefined;
    if (this.#directory !== "") await Deno.remove(this.#directory, { recursive: true });
    this.#directory = "";
  }
}

/** A server that someone else runs; its files are out of reach. */
export class RunningTarget implements ReplayTarget {
  readonly #address: { readonly hostname: string; readonly port: number };

  constructor(hostname: string, port: number) {
    this.#address = { hostname, port };
  }

  /** Why this recording cannot be replayed against such a server; undefined when it can. */
  static objection(recording: Recording): string | undefined {
    if (recording.head.mode !== undefined) return "it takes several servers";
    const needsFiles = recording.calls.find((it) => it.fresh || it.put || it.save || it.load_from);
    return needsFiles === undefined ? undefined : `its line ${needsFiles.n} needs the server's data directory`;
  }

  address(): { readonly hostname: string; readonly port: number } {
    return this.#address;
  }

  neutralTexts(): [string, string][] {
    const { hostname, port } = this.#address;
    return [[`${hostname}_${port}`, "127.0.0.1_PORT"], [`${hostname}:${port}`, "127.0.0.1:PORT"]];
  }

  restart(): Promise<void> {
    throw new Error("this server is not ours to restart");
  }

  modelFile(): string {
    throw new Error("the files of this server are out of reach");
  }

  act(call: RecordedCall): Promise<void> {
    throw new Error(`this server is not ours to ${call.action}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
