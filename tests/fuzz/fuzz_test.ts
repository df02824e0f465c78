import { assertEquals } from "@std/assert";
import { importFlags } from "../../scripts/registry.ts";
import { testSeed } from "../support/seeded_random.ts";

/** In a process of its own, so that memory that other tests took does not count. */
Deno.test("Readers of foreign bytes neither crash nor hang nor grow when given 100,000 broken inputs", async () => {
  const script = new URL("../../scripts/fuzz.ts", import.meta.url).pathname;
  const options = ["--seed", `${testSeed()}`, "--inputs", "100000"];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", ...await importFlags(), script, ...options],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
});
