import { SeededRandom } from "../support/seeded_random.ts";
import { mutate } from "./mutate.ts";
import type { FuzzTarget } from "./targets.ts";

/** An input that takes longer counts as a hang. */
const inputTimeoutMs = 10_000;
/** Memory may grow by so much while the inputs are tried, garbage included. */
const growthBytesMax = 256 * 1024 * 1024;

/** What a fuzzer run is to do. */
export interface FuzzOptions {
  /** How many mutated inputs in all; the seeds cut short come on top. */
  readonly inputs: number;
  readonly seed: number;
  /** Is told of progress, a few times in a run. */
  readonly report?: (text: string) => void;
}

/**
 * Gives every target its share of broken inputs: its seeds cut at every byte, then mutated ones. Throws at the first
 * crash, hang or growth of memory, with what is needed to see it again.
 */
export async function fuzz(targets: readonly FuzzTarget[], options: FuzzOptions): Promise<void> {
  const before = Deno.memoryUsage().rss;
  for (const target of targets) {
    const start = performance.now();
    const count = Math.round(options.inputs * target.share / 100);
    const random = new SeededRandom(options.seed);
    let tried = 0;
    try {
      for (const input of inputs(target, count, random)) {
        await tryInput(target, input, random);
        tried++;
      }
    } finally {
      await target.close?.();
    }
    options.report?.(`${target.name}: ${tried} inputs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  const growth = Deno.memoryUsage().rss - before;
  if (growth > growthBytesMax) throw new Error(`memory grew by ${(growth / 1e6).toFixed(0)} MB`);
}

async function tryInput(target: FuzzTarget, input: Uint8Array<ArrayBuffer>, random: SeededRandom): Promise<void> {
  const start = performance.now();
  try {
    const pending = target.run(input, random);
    if (pending !== undefined) await pending;
  } catch (error) {
    throw new Error(`${target.name} failed on ${describe(input)}: ${error}`, { cause: error });
  }
  const taken = performance.now() - start;
  if (taken > inputTimeoutMs) throw new Error(`${target.name} took ${taken.toFixed(0)} ms for ${describe(input)}`);
}

function describe(input: Uint8Array): string {
  return `${input.length} bytes ${input.subarray(0, 4000).toHex()}`;
}

/** Every beginning of every seed, then mutations. */
function* inputs(target: FuzzTarget, mutations: number, random: SeededRandom): Generator<Uint8Array<ArrayBuffer>> {
  for (const seed of target.seeds) {
    for (let length = 0; length <= seed.length; length++) yield new Uint8Array(seed.subarray(0, length));
  }
  for (let i = 0; i < mutations; i++) yield mutate(random, target.seeds, target.grammar);
}
