import { Turn } from "../base/clock.ts";
import type { Sliced } from "../model/mixable.ts";

/** Other work waits for so long while sliced work is at it; shorter slices make MIX slower: `deno task bench --only mix`. */
const SLICE_MS = 6;

/** Runs sliced work, letting timers and sockets have their turn between slices. */
export async function runSliced<Result>(work: Sliced<Result>): Promise<Result> {
  const turn = new Turn(SLICE_MS);
  while (true) {
    const step = work.next();
    if (step.done) return step.value;
    if (turn.isOver) await turn.next();
  }
}
