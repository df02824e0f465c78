import { assert, assertEquals } from "@std/assert";
import { turnTime } from "../../lib/rpc/turn_time.ts";

Deno.test("turnTime stands still until the program waits", async () => {
  const before = performance.now();
  const first = turnTime();
  assert(first >= before);
  while (performance.now() === first);
  assertEquals(turnTime(), first);
  await undefined;
  assert(turnTime() > first);
});
