import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { delay } from "../support/delay.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { mutate } from "./mutate.ts";
import type { FuzzTarget } from "./targets.ts";

/** An input that takes longer counts as a hang. */
const inputTimeoutMs = 10_000;
/** Memory may grow by so much in the second half of the inputs. */
const growthBytesMax = 32 * 1024 * 1024;

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
 * crash, hang or growth of memory, with what is needed to see it again. Memory is compared between the first half of the
 * inputs, after which buffers and compiled code are as large as they get, and the second.
 */
export async function fuzz(targets: readonly FuzzTarget[], options: FuzzOptions): Promise<void> {
  const first = Math.ceil(options.inputs / 2);
  await feed(targets, first, 0, options);
  const before = await heldBytes();
  await feed(targets, options.inputs - first, 1, { ...options, seed: ~options.seed });
  const growth = await heldBytes() - before;
  if (growth > growthBytesMax) throw new Error(`memory grew by ${(growth / 1e6).toFixed(0)} MB`);
}

/** Memory in use once all garbage is collected, some of which takes a moment. */
async function heldBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  for (let round = 0; round < 3; round++) {
    runInNewContext("gc")();
    await delay(100);
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Gives every target the cut seeds of even (0) or odd (1) length, and its share of `inputs` mutated inputs. */
async function feed(
  targets: readonly FuzzTarget[],
  inputs: number,
  parity: 0 | 1,
  { seed, report }: FuzzOptions,
): Promise<void> {
  for (const target of targets) {
    const start = performance.now();
    const random = new SeededRandom(seed);
    let tried = 0;
    const give = async (input: Uint8Array<ArrayBuffer>): Promise<void> => {
      await tryInput(target, input, random);
      tried++;
    };
    try {
      for (const input of cuts(target, parity)) await give(input);
      for (let i = Math.round(inputs * target.share / 100); i > 0; i--) {
        await give(mutate(random, target.seeds, target.grammar));
      }
    } finally {
      await target.close?.();
    }
    report?.(`${target.name}: ${tried} inputs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
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

/** The beginnings of every seed, every other one. */
function* cuts(target: FuzzTarget, parity: 0 | 1): Generator<Uint8Array<ArrayBuffer>> {
  for (const seed of target.seeds) {
    for (let length: number = parity; length <= seed.length; length += 2) {
      yield new Uint8Array(seed.subarray(0, length));
    }
  }
}
