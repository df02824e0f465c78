import type { Clock } from "../base/clock.ts";

/** Time is looked at this often. */
const POLL_MS = 500;

/**
 * When to mix: after so many updates, or when one is so old. An update counts until a round has it; a round that
 * failed is due again after as many more, or after the interval.
 */
export class MixTrigger {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #intervalCount: number;
  /** Updates that no round has. */
  #count = 0;
  /** How many of them are in the difference that was sent last. */
  #sent = 0;
  /** How many of them no round has been tried for. */
  #untried = 0;
  #restartedAtMs: number;
  /** Ends a wait. */
  #wake: (() => void) | undefined;

  constructor(clock: Clock, intervalSec: number, intervalCount: number) {
    this.#clock = clock;
    this.#intervalMs = intervalSec * 1000;
    this.#intervalCount = intervalCount;
    this.#restartedAtMs = clock.now();
  }

  /** Updates that no round has. */
  get count(): number {
    return this.#count;
  }

  /** Notes one update. */
  updated(): void {
    this.#count++;
    this.#untried++;
    if (this.#hasEnough) this.#wake?.();
  }

  /** A round is tried, or over: begins to measure anew. What it does not get still counts. */
  restart(): void {
    this.#untried = 0;
    this.#restartedAtMs = this.#clock.now();
  }

  /** The difference is about to be written: all updates so far are in it, later ones may be. */
  sending(): void {
    this.#sent = this.#count;
  }

  /** What was sent has become part of no round. */
  forgetSent(): void {
    this.#sent = 0;
  }

  /** What was sent has become part of a round. */
  mixed(): void {
    this.#count -= this.#sent;
    this.#sent = 0;
    this.#untried = this.#count;
  }

  /** Forgets all updates so far. */
  reset(): void {
    this.restart();
    this.sending();
    this.mixed();
  }

  /** True when it is time to mix, updates or not. */
  get isDue(): boolean {
    return this.#hasEnough ||
      (this.#intervalMs > 0 && this.#clock.now() - this.#restartedAtMs > this.#intervalMs);
  }

  /** Waits for enough updates, but not for long: time may make a round due, too. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#hasEnough) {
      // The lock was not free, or enough has come meanwhile: it must not be tried without a pause.
      await this.#clock.sleep(POLL_MS / 10, signal).catch(() => {});
      return;
    }
    const woken = new AbortController();
    const wake = this.#wake = (): void => woken.abort();
    // One listener, taken off again: this happens twice a second as long as the server runs.
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    await this.#clock.sleep(POLL_MS, woken.signal).catch(() => {});
    signal.removeEventListener("abort", wake);
    this.#wake = undefined;
  }

  get #hasEnough(): boolean {
    return this.#intervalCount > 0 && this.#untried >= this.#intervalCount;
  }
}
