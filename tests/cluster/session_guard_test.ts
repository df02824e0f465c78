import { assertEquals } from "@std/assert";
import { guardSession, type SessionLoss } from "../../lib/cluster/session_guard.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { MemoryTree } from "../support/memory_coordinator.ts";

function guarded(timeoutMs: number) {
  const coordinator = new MemoryTree().connect(timeoutMs);
  const clock = new ManualClock();
  const losses: SessionLoss[] = [];
  guardSession(coordinator, (loss) => losses.push(loss), { clock });
  return { coordinator, clock, losses };
}

Deno.test("guardSession tells a loss when the connection stays away for the whole timeout", async () => {
  const { coordinator, clock, losses } = guarded(9500);
  coordinator.disconnect();
  await clock.advance(9999);
  assertEquals(losses, []);
  await clock.advance(1);
  assertEquals(losses, ["timed_out"]);
  coordinator.expire();
  assertEquals(losses, ["timed_out"]);
});

Deno.test("guardSession tells nothing when the connection comes back in time, however often", async () => {
  const { coordinator, clock, losses } = guarded(10_000);
  for (let i = 0; i < 3; i++) {
    coordinator.disconnect();
    await clock.advance(9000);
    coordinator.reconnect();
    await clock.advance(2000);
  }
  assertEquals(losses, []);
  assertEquals(clock.sleepers, 0);
});

Deno.test("guardSession tells a loss at once when the session expires", async () => {
  const { coordinator, clock, losses } = guarded(10_000);
  coordinator.disconnect();
  await clock.advance(1);
  coordinator.expire();
  await clock.advance(20_000);
  assertEquals(losses, ["expired"]);
});

Deno.test("guardSession tells nothing when it was aborted", async () => {
  const coordinator = new MemoryTree().connect();
  const clock = new ManualClock();
  const end = new AbortController();
  const losses: SessionLoss[] = [];
  guardSession(coordinator, (loss) => losses.push(loss), { clock, signal: end.signal });
  coordinator.disconnect();
  end.abort();
  await clock.advance(20_000);
  assertEquals(losses, []);
});
