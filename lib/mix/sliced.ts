import type { Sliced } from "../model/mixable.ts";

/** Other work may go on for so long while sliced work waits for its turn. */
const SLICE_MS = 5;

/** Runs sliced work, letting timers and sockets have their turn between slices. */
export async function runSliced<Result>(work: Sliced<Result>): Promise<Result> {
  let begun = performance.now();
  while (true) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - begun < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    begun = performance.now();
  }
}
