import { assertEquals, assertRejects } from "@std/assert";
import type { Reader } from "../../lib/msgpack/reader.ts";
import { ConnectionClosedError, QueueFullError } from "../../lib/rpc/call_errors.ts";
import { ConnectionPool } from "../../lib/rpc/pool.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";

const none = Uint8Array.of(0x90);
const integer = (result: Reader): number => result.readInteger();

Deno.test("ConnectionPool shares one connection per server when there are many calls", async () => {
  await using a = new ScriptedPeer();
  await using b = new ScriptedPeer();
  await using pool = new ConnectionPool();
  const results = [a, b, a, b, a].map((peer) => pool.call(peer, "m", none, integer));
  assertEquals((await a.take(3)).map((request) => request.id), [1, 2, 3]);
  assertEquals((await b.take(2)).map((request) => request.id), [1, 2]);
  assertEquals([pool.size, a.connections, b.connections], [2, 1, 1]);
  for (const id of [3, 2, 1]) await a.send(0, 0x94, 1, id, 0xc0, id);
  for (const id of [1, 2]) await b.send(0, 0x94, 1, id, 0xc0, 10 + id);
  assertEquals(await Promise.all(results), [1, 11, 2, 12, 3]);
});

Deno.test("ConnectionPool closes a connection when it was not used for a while", async () => {
  const clock = new ManualClock();
  await using peer = new ScriptedPeer();
  await using pool = new ConnectionPool({ expireMs: 60_000, clock });
  await answered(pool, peer, 0, 1);
  await clock.advance(59_000);
  await answered(pool, peer, 0, 2);
  await clock.advance(59_000);
  assertEquals(pool.size, 1);
  await clock.advance(1000);
  assertEquals(pool.size, 0);
  await answered(pool, peer, 1, 1);
});

Deno.test("ConnectionPool keeps a connection when a call on it takes longer than the expiry", async () => {
  const clock = new ManualClock();
  await using peer = new ScriptedPeer();
  await using pool = new ConnectionPool({ expireMs: 0, clock });
  const result = pool.call(peer, "slow", none, integer);
  await peer.next();
  await clock.advance(5000);
  await peer.send(0, 0x94, 1, 1, 0xc0, 4);
  assertEquals(await result, 4);
  await clock.advance(1000);
  assertEquals(pool.size, 0);
});

Deno.test("ConnectionPool makes room by closing what was idle longest, or refuses, when it is full", async () => {
  const clock = new ManualClock();
  await using a = new ScriptedPeer();
  await using b = new ScriptedPeer();
  await using c = new ScriptedPeer();
  await using pool = new ConnectionPool({ sizeMax: 2, clock });
  await answered(pool, a, 0, 1);
  await clock.advance(1);
  await answered(pool, b, 0, 1);
  await clock.advance(1);
  await answered(pool, c, 0, 1);
  assertEquals(pool.size, 2);
  const results = [b, c].map((peer) => pool.call(peer, "busy", none, integer));
  const busy = [await b.next(), await c.next()];
  assertEquals(busy.map((request) => request.connection), [0, 0]);
  await assertRejects(() => pool.call(a, "m", none, integer), QueueFullError, "too many session");
  for (const peer of [b, c]) await peer.send(0, 0x94, 1, 2, 0xc0, 5);
  assertEquals(await Promise.all(results), [5, 5]);
  await answered(pool, a, 1, 1);
});

Deno.test("ConnectionPool connects anew when a connection was dropped", async () => {
  await using peer = new ScriptedPeer();
  await using pool = new ConnectionPool();
  const lost = pool.call(peer, "m", none, integer);
  const rejected = assertRejects(() => lost, ConnectionClosedError);
  await peer.next();
  await pool.drop(peer);
  await rejected;
  await answered(pool, peer, 1, 1);
});

Deno.test("ConnectionPool fails its calls and refuses further ones when it is closed", async () => {
  await using peer = new ScriptedPeer();
  const pool = new ConnectionPool();
  const rejected = assertRejects(() => pool.call(peer, "m", none, integer), ConnectionClosedError);
  await peer.next();
  await pool.close();
  await rejected;
  await assertRejects(() => pool.call(peer, "m", none, integer), ConnectionClosedError);
});

/** Makes one call and checks the connection and the message id it goes over. */
async function answered(pool: ConnectionPool, peer: ScriptedPeer, connection: number, id: number): Promise<void> {
  const result = pool.call(peer, "m", none, integer);
  const request = await peer.next();
  assertEquals([request.connection, request.id], [connection, id]);
  await peer.send(connection, 0x94, 1, id, 0xc0, 1);
  assertEquals(await result, 1);
}
