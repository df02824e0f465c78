import type { Clock } from "../base/clock.ts";

/** Time is looked at this often. */
const POLL_MS = 500;

/** When to mix: after so many updates, or when one is so old. */
export class MixTrigger {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #intervalCount: number;
  /** Updates since the last reset. */
  count = 0;
  #resetAtMs: number;
  /** Ends a wait. */
  #wake: (() => void) | undefined;

  constructor(clock: Clock, intervalSec: number, intervalCount: number) {
    this.#clock = clock;
    this.#intervalMs = intervalSec * 1000;
    this.#intervalCount = intervalCount;
    this.#resetAtMs = clock.now();
  }

  /** Notes one update. */
  updated(): void {
    this.count++;
    if (this.#intervalCount > 0 && this.count >= this.#intervalCount) this.#wake?.();
  }

  /** Begins to count and to measure anew. */
  reset(): void {
    this.count = 0;
    this.#resetAtMs = this.#clock.now();
  }

  /** True when it is time to mix, updates or not. */
  get isDue(): boolean {
    return (this.#intervalCount > 0 && this.count >= this.#intervalCount) ||
      (this.#intervalMs > 0 && this.#clock.now() - this.#resetAtMs > this.#intervalMs);
  }

  /** Waits for enough updates, but not for long: time may make a round due, too. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#intervalCount > 0 && this.count >= this.#intervalCount) {
      // A round that did not come off must not be tried without a pause.
      await this.#clock.sleep(POLL_MS / 10, signal).catch(() => {});
      return;
    }
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#clock.sleep(POLL_MS, AbortSignal.any([signal, woken.signal])).catch(() => {});
    this.#wake = undefined;
  }
}
