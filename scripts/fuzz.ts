/**
 * `deno task fuzz`: feeds broken inputs to everything that reads bytes from outside, for as long as one likes.
 *
 * @module
 */
import { fuzz } from "../tests/fuzz/fuzz.ts";
import { fuzzTargets } from "../tests/fuzz/targets.ts";
import { parseOptions, readCommandLine, wholeNumber } from "./command_line.ts";

const targets = await fuzzTargets();
const names = targets.map((it) => it.name).join(", ");
const usage = `Feeds broken inputs to what reads bytes from outside.

  deno task fuzz [--inputs N] [--seconds N] [--seed N] [--target NAME]

  --inputs N     inputs per round; default 100000
  --seconds N    begins new rounds, with the next seed, for so long; default one round
  --seed N       repeats a run
  --target NAME  only this: ${names}
`;

const { chosen, inputs, seconds, firstSeed } = readCommandLine(usage, readOptions);
const until = performance.now() + seconds * 1000;
let seed = firstSeed;
do {
  console.log(`seed ${seed}`);
  await fuzz(chosen, { inputs, seed: seed++, report: console.log });
} while (performance.now() < until);

function readOptions(args: string[]) {
  const { options } = parseOptions(args, { texts: ["inputs", "seed", "target", "seconds"] });
  return {
    chosen: options.target === undefined ? targets : [targetNamed(options.target)],
    inputs: wholeNumber("inputs", options.inputs ?? "100000", 1),
    seconds: wholeNumber("seconds", options.seconds ?? "0", 0),
    firstSeed: wholeNumber("seed", options.seed ?? String(Date.now() % 1_000_000), 0),
  };
}

/** The target, which gets all inputs. */
function targetNamed(name: string) {
  const target = targets.find((it) => it.name === name);
  if (target === undefined) throw new Error(`--target ${name}: there are ${names}`);
  return { ...target, share: 100 };
}
