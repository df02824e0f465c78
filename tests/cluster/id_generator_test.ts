import { assertEquals, assertRejects } from "@std/assert";
import { CoordinationError } from "../../lib/cluster/coordinator.ts";
import { IdGenerator } from "../../lib/cluster/id_generator.ts";
import { MemoryTree } from "../support/memory_coordinator.ts";

Deno.test("IdGenerator counts from 1 without repeats when several servers ask", async () => {
  const tree = new MemoryTree();
  const sessions = [tree.connect(), tree.connect()];
  const generators = await Promise.all(sessions.map((session) => IdGenerator.open(session, "/id_generator")));
  const ids = await Promise.all(Array.from({ length: 10 }, (_, i) => generators[i % 2]!.next()));
  assertEquals(ids.sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const { data } = await sessions[0]!.get("/id_generator");
  assertEquals([...data], [0x64, 0x75, 0x6d, 0x6d, 0x79, 0]);
});

Deno.test("IdGenerator.passOver leaves out ids in use, whoever asks next", async () => {
  const tree = new MemoryTree();
  const sessions = [tree.connect(), tree.connect()];
  const [first, second] = await Promise.all(sessions.map((session) => IdGenerator.open(session, "/id_generator")));
  await first!.passOver(1000);
  assertEquals(await second!.next(), 1001);
  await second!.passOver(1001);
  await second!.passOver(7);
  assertEquals(await first!.next(), 1002);
  // Servers load their models at the same time.
  await Promise.all([first!.passOver(1500), second!.passOver(1400)]);
  const next = await first!.next();
  assertEquals(next > 1500 && next <= 1500 + 512, true, `${next}`);
  await assertRejects(() => first!.passOver(2 ** 31), CoordinationError, "no ids behind 2147483648");
});

Deno.test("IdGenerator fails with Failed to create id when there is no connection", async () => {
  const coordinator = new MemoryTree().connect();
  const generator = await IdGenerator.open(coordinator, "/id_generator");
  coordinator.disconnect();
  await assertRejects(() => generator.next(), CoordinationError, "Failed to create id");
  await assertRejects(() => generator.passOver(1), CoordinationError, "Failed to create id");
});
