/**
 * Waiting for what happens in its own time: always with a deadline, and with a name to be told when it passes.
 *
 * @module
 */
import { clearTimeout, delay, setTimeout } from "./delay.ts";

/** Longer than anything takes in a test, sessions and timeouts included. */
const PATIENCE_MS = 40_000;
const POLL_MS = 20;

/** Repeats `condition` until it holds; for what other processes do. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!await within(what, Promise.resolve(condition()), patienceMs)) {
    if (Date.now() > deadline) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}

/** As {@link eventually}, for conditions that say themselves what is waited for. */
export function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  return eventually(String(condition), condition);
}

/** The outcome of what must not take long. */
export async function within<T>(what: string, outcome: Promise<T>, patienceMs: number = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${patienceMs} ms: ${what}`)), patienceMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
