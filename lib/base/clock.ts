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

/** Gives everything else that waits its turn. Only a timer does: see `runSliced`. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
