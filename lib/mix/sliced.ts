import { nextTurn } from "../base/clock.ts";
import type { Sliced } from "../model/mixable.ts";

/**
 * Other work waits for so long while sliced work is at it; then it has a turn of a millisecond or more. Only a timer
 * gives sockets their turn: with `setImmediate`, or a message to oneself, Deno 2.8 looks at them a few times a second.
 */
const SLICE_MS = 8;

/** Runs sliced work, letting timers and sockets have their turn between slices. */
export async function runSliced<Result>(work: Sliced<Result>): Promise<Result> {
  let begun = performance.now();
  while (true) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - begun < SLICE_MS) continue;
    await nextTurn();
    begun = performance.now();
  }
}
