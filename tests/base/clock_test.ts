import { assertEquals } from "@std/assert";
import { Turn } from "../../lib/base/clock.ts";

Deno.test("Turn is over when it has lasted as long as it shall", () => {
  assertEquals([new Turn(0).isOver, new Turn(1e9).isOver], [true, false]);
});

Deno.test("Turn.next gives timers and sockets their turn", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using there = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using here = await listener.accept();
  await there.write(Uint8Array.of(7));
  let timers = 0;
  let bytes = 0;
  setTimeout(() => timers++, 0);
  const reading = here.read(new Uint8Array(1)).then((size) => bytes += size!);
  const turn = new Turn(0);
  for (let turns = 0; turns < 10_000 && (timers === 0 || bytes === 0); turns++) await turn.next();
  assertEquals([timers, bytes], [1, 1]);
  await reading;
});
