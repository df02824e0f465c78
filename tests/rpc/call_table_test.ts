import { assert, assertEquals } from "@std/assert";
import { CallTable } from "../../lib/rpc/call_table.ts";
import { SeededRandom, testSeed } from "../support/seeded_random.ts";

interface TestCall {
  readonly id: number;
  readonly deadline: number;
}

const nobody = (): void => {};

/** Takes in a call with the next id. */
function add(table: CallTable<TestCall>, deadline = Infinity): TestCall {
  const call = { id: table.takeId(), deadline };
  table.add(call);
  return call;
}

Deno.test("CallTable gives ids that count up, from 0 again behind the last of 32 bits", () => {
  const table = new CallTable<TestCall>(nobody, 0xfffffffe);
  const calls = [1, 2, 3, 4].map(() => add(table));
  assertEquals(calls.map(({ id }) => id), [0xfffffffe, 0xffffffff, 0, 1]);
  assertEquals(calls.map(({ id }) => table.get(id)), calls);
  assertEquals(table.all(), calls, "oldest first");
});

Deno.test("CallTable knows no call by an id that another one has, whatever the id", () => {
  const table = new CallTable<TestCall>(nobody);
  const { id } = add(table);
  for (const other of [0, 2, id + 64, id + 0x100000000, -id, -1, 0.5, 2 ** 53, NaN]) {
    assertEquals(table.get(other), undefined, `${other}`);
  }
});

Deno.test("CallTable gives no id twice when old calls stay while many come and go", () => {
  const table = new CallTable<TestCall>(nobody);
  const old = [add(table), add(table)];
  for (let i = 0; i < 1000; i++) {
    const call = add(table);
    assert(!old.includes(call) && table.get(call.id) === call);
    table.delete(call);
  }
  assertEquals(table.all(), old);
  assertEquals(table.size, 2);
});

Deno.test("CallTable finds its calls when it has grown, in any order of coming and going", () => {
  const random = new SeededRandom(testSeed());
  const table = new CallTable<TestCall>(nobody, 0xfffffff0);
  const calls: TestCall[] = [];
  for (let i = 0; i < 5000; i++) {
    if (random.below(5) < 3 || calls.length === 0) calls.push(add(table));
    else table.delete(calls.splice(random.below(calls.length), 1)[0]!);
  }
  assertEquals(table.size, calls.length);
  assertEquals(table.all(), calls);
  for (const call of calls) assertEquals(table.get(call.id), call);
});

Deno.test("CallTable says which calls are late, and goes on with the others", async () => {
  const late: TestCall[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const table = new CallTable<TestCall>((call) => {
    table.delete(call);
    if (late.push(call) === 3) resolve();
  });
  const now = performance.now();
  const calls = [30, 10, 20, 5, Infinity].map((timeoutMs) => add(table, now + timeoutMs));
  table.delete(calls[3]!);
  // Timers do not keep the program waiting, so something else must.
  const alive = setInterval(nobody, 1000);
  await promise;
  clearInterval(alive);
  assertEquals(late, [calls[1]!, calls[2]!, calls[0]!]);
  assert(performance.now() >= now + 30);
  assertEquals(table.all(), [calls[4]!]);
});
