/**
 * Time for everything that waits, so that tests need not.
 *
 * @module
 */

/** Tells and passes time. */
export interface Clock {
  /** Milliseconds that only grow; their origin means nothing. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Timers cannot run longer: those that are told to end at once. */
export const TIMER_MS_MAX = 0x7fffffff;

/** The computer's clock. Sleeps for {@link TIMER_MS_MAX} at most. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, Math.min(ms, TIMER_MS_MAX));
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

/**
 * Gives everything else that waits its turn, of a millisecond or more. Only a timer does: with `setImmediate`, or a
 * message to oneself, Deno 2.8 looks at sockets a few times a second, and hardly at others while one is always ready.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The turns of long work, during which everything else waits. */
export class Turn {
  /** How long each shall last. */
  readonly #ms: number;
  /** When the present one began, by `performance.now()`. */
  #begun = performance.now();

  /** Begins the first one; each shall last for `ms`. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** It has lasted long enough. */
  get isOver(): boolean {
    return performance.now() - this.#begun >= this.#ms;
  }

  /** Ends it; resolves when others have had theirs and the next one begins. */
  async next(): Promise<void> {
    await nextTurn();
    this.begin();
  }

  /** Begins one after a pause. */
  begin(): void {
    this.#begun = performance.now();
  }
}
