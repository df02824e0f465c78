import type { ServerProcess } from "../support/server_process.ts";
import { eventually } from "../support/until.ts";
import { ask, Ledger } from "./fault_setup.ts";

/** Trains a server, or the servers behind a proxy, without a pause until it is told to end. No call may fail. */
export class Load implements AsyncDisposable {
  /** What was acknowledged. */
  readonly ledger: Ledger;
  readonly #ended: Promise<void>;
  #failure: unknown;
  #isOver = false;
  /** The longest that one example, or its classification, took. */
  longestMs = 0;

  private constructor(server: ServerProcess, name: string) {
    this.ledger = new Ledger(`load${server.port}_`);
    this.#ended = ask(server, async (client) => {
      while (!this.#isOver) {
        const begun = performance.now();
        await this.ledger.trainOne(client);
        await client.classify(this.ledger.data().slice(-1));
        this.longestMs = Math.max(this.longestMs, performance.now() - begun);
      }
    }, name);
    this.#ended.catch((error) => this.#failure = error);
  }

  /** Returns when there is load; `name` is the cluster's if the server is a proxy. */
  static async begin(server: ServerProcess, name = ""): Promise<Load> {
    const load = new Load(server, name);
    await load.goesOn();
    return load;
  }

  /** Resolves when some more examples were acknowledged; throws when a call failed. */
  async goesOn(examples = 50): Promise<void> {
    const wanted = this.ledger.size + examples;
    await eventually("the load goes on", () => {
      if (this.#failure !== undefined) throw this.#failure;
      return this.ledger.size >= wanted;
    });
  }

  /** Ends the load; throws if any call failed. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end().catch(() => {});
  }
}
