import { fuzz } from "./fuzz.ts";
import { fuzzTargets } from "./targets.ts";

Deno.test("Readers of foreign bytes neither crash nor hang nor grow when given 100,000 broken inputs", async () => {
  const seed = Number(Deno.env.get("JUBATUS_FUZZ_SEED") ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (JUBATUS_FUZZ_SEED repeats it)`);
  await fuzz(await fuzzTargets(), { inputs: 100_000, seed, report: console.log });
});
