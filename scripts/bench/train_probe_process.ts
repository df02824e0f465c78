import type { ServerProcess } from "../../tests/support/server_process.ts";
import { scriptCommand } from "./programs.ts";
import type { ProbeResult } from "./train_probe.ts";

/** A process that trains servers all the time and watches how long they take; see `train_probe.ts`. */
export class TrainProbe {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
  }

  /** Starts the process; it does nothing yet. */
  static async start(features: number, servers: readonly ServerProcess[]): Promise<TrainProbe> {
    const ports = servers.map(({ port }) => `${port}`);
    const { program, args } = await scriptCommand("train_probe.ts", [`${features}`, ...ports]);
    return new TrainProbe(new Deno.Command(program, { args: [...args], stdin: "piped", stdout: "piped" }).spawn());
  }

  /** The worst of each server while `work` was done, and a little before and after it. */
  async during(work: () => Promise<unknown>): Promise<ProbeResult[]> {
    await this.#input.write(Uint8Array.of(10));
    await pause(300);
    await work();
    await pause(300);
    await this.#input.write(Uint8Array.of(10));
    await this.#input.close();
    const { success, stdout } = await this.#child.output();
    if (!success) throw new Error("the training process has failed");
    return JSON.parse(new TextDecoder().decode(stdout));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
