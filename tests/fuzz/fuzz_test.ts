import { assertEquals } from "@std/assert";
import { importFlags } from "../../scripts/registry.ts";

/** In a process of its own, so that memory that other tests took does not count. */
Deno.test("Readers of foreign bytes neither crash nor hang nor grow when given 100,000 broken inputs", async () => {
  const seed = Deno.env.get("JUBATUS_FUZZ_SEED") ?? String(Date.now() % 1_000_000);
  console.log(`seed ${seed} (JUBATUS_FUZZ_SEED repeats it)`);
  const script = new URL("../../scripts/fuzz.ts", import.meta.url).pathname;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", ...await importFlags(), script, "--seed", seed, "--inputs", "100000"],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
});
