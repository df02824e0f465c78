/**
 * `deno task fuzz`: feeds broken inputs to everything that reads bytes from outside, for as long as one likes.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fuzz } from "../tests/fuzz/fuzz.ts";
import { fuzzTargets } from "../tests/fuzz/targets.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: { inputs: text, seed: text, target: text, seconds: text, help: { type: "boolean", short: "h" } },
});
const targets = await fuzzTargets();
if (values.help) {
  console.log(`Feeds broken inputs to what reads bytes from outside.

  deno task fuzz [--inputs N] [--seconds N] [--seed N] [--target NAME]

  --inputs N     inputs per round; default 100000
  --seconds N    begins new rounds, with the next seed, for so long; default one round
  --seed N       repeats a run
  --target NAME  only this: ${targets.map((it) => `"${it.name}"`).join(", ")}
`);
  Deno.exit(0);
}
const chosen = values.target === undefined
  ? targets
  : targets.filter((it) => it.name === values.target).map((it) => ({ ...it, share: 100 }));
if (chosen.length === 0) {
  console.error(`no such target: ${values.target}; there are ${targets.map((it) => it.name).join(", ")}`);
  Deno.exit(2);
}
const until = performance.now() + Number(values.seconds ?? 0) * 1000;
let seed = Number(values.seed ?? Date.now() % 1_000_000);
do {
  console.log(`seed ${seed}`);
  await fuzz(chosen, { inputs: Number(values.inputs ?? 100_000), seed: seed++, report: console.log });
} while (performance.now() < until);
