/**
 * Signals: TERM and INT stop the program gracefully, HUP is the owner's, PIPE is ignored by the runtime.
 *
 * @module
 */
import { log } from "../base/log.ts";

/** The part of the operating system that signals come from; replaced in tests. */
export interface SignalSource {
  /** Calls `handler` for each `signal`, instead of the default action. */
  readonly add: (signal: Deno.Signal, handler: () => void) => void;
  /** Undoes `add`. */
  readonly remove: (signal: Deno.Signal, handler: () => void) => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

const denoSignals: SignalSource = {
  add: (signal, handler) => isKnown(signal) && Deno.addSignalListener(signal, handler),
  remove: (signal, handler) => isKnown(signal) && Deno.removeSignalListener(signal, handler),
  exit: (code) => Deno.exit(code),
};

/** Windows, which the tools run on, has INT only. */
function isKnown(signal: Deno.Signal): boolean {
  return Deno.build.os !== "windows" || signal === "SIGINT";
}

/**
 * Watches for signals from its construction until it is disposed.
 *
 * Before {@link Signals.serverIsUp}, TERM and INT end the process with code 1, as nothing is served that could be
 * finished. Afterwards the first one aborts {@link Signals.stop}, and a second one ends the process at once, for the
 * case that stopping hangs.
 */
export class Signals implements Disposable {
  readonly #source: SignalSource;
  readonly #stop = new AbortController();
  readonly #handlers: (readonly [Deno.Signal, () => void])[] = [];
  #up = false;

  /** Starts to watch TERM and INT. */
  constructor(source: SignalSource = denoSignals) {
    this.#source = source;
    this.#handle("SIGTERM", () => this.#stopBy("SIGTERM"));
    this.#handle("SIGINT", () => this.#stopBy("SIGINT"));
  }

  /** Aborted by the first TERM or INT. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** From now on stopping is graceful. */
  serverIsUp(): void {
    this.#up = true;
  }

  /** Stops the program as a signal does; for one that lost its cluster, of which 1.1.1 sends itself a signal. */
  requestStop(name: "SIGTERM" | "SIGINT" = "SIGTERM"): void {
    if (this.#stop.signal.aborted) return;
    log.info(`caught ${name}`);
    this.#stop.abort();
  }

  /** Watches HUP, which ends the process otherwise. */
  onHangup(handler: () => void): void {
    this.#handle("SIGHUP", () => {
      log.info("caught SIGHUP");
      handler();
    });
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers.splice(0)) this.#source.remove(signal, handler);
  }

  #handle(signal: Deno.Signal, handler: () => void): void {
    this.#source.add(signal, handler);
    this.#handlers.push([signal, handler]);
  }

  #stopBy(name: string): void {
    log.info(`caught ${name}`);
    if (!this.#up || this.#stop.signal.aborted) this.#source.exit(1);
    this.#stop.abort();
  }
}
