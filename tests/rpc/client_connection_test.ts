import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ConnectError, ConnectionClosedError } from "../../lib/rpc/call_errors.ts";
import { RpcClient } from "../../lib/rpc/client.ts";
import { freePort } from "../support/free_port.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { clientOf, integer, none, reply } from "./client_setup.ts";

Deno.test("RpcClient fails all calls and connects anew when the peer sends what is no response", async () => {
  const malformed: number[][] = [
    [0xc1], // no msgpack
    [0x05], // no array
    [0x93, 1, 1, 0xc0], // too short
    [0x94, 0, 1, 0xc0, 0xc0], // a request
    [0x94, 0xa1, 0x78, 1, 0xc0, 0xc0], // type is no integer
    [0x94, 1, 0xa1, 0x78, 0xc0, 0xc0], // id is no integer
    Array(33).fill(0x91), // nested too deep
    [0xdb, 0xff, 0xff, 0xff, 0xff], // too long
  ];
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer, { messageBytesMax: 1000 });
  for (const [i, bytes] of malformed.entries()) {
    const results = [client.call("m", none, integer), client.call("m", none, integer)];
    const [{ connection }] = await peer.take(2) as [{ connection: number }, unknown];
    assertEquals(connection, i);
    await peer.send(connection, ...bytes);
    await Promise.all(
      results.map((result) => assertRejects(() => result, ConnectionClosedError, "connection closed")),
    );
  }
});

Deno.test("RpcClient fails calls and connects anew when the connection is closed", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const results = [client.call("a", none, integer), client.call("b", none, integer)];
  await peer.take(2);
  peer.hangUp(0);
  await Promise.all(
    results.map((result) => assertRejects(() => result, ConnectionClosedError, "connection closed")),
  );
  const again = client.call("c", none, integer);
  const request = await peer.next();
  assertEquals([request.connection, request.method], [1, "c"]);
  await peer.send(1, ...reply(request.id, 9));
  assertEquals(await again, 9);
});

Deno.test("RpcClient sends a request over a new connection when the old one was closed while idle", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer, { doubtAfterMs: 0 });
  const first = client.call("a", none, integer);
  await peer.next();
  await peer.send(0, ...reply(1, 1));
  await first;
  peer.hangUp(0);
  const results = [client.call("b", none, integer), client.call("c", none, integer)];
  const requests = await peer.take(2);
  assertEquals(requests.map(({ connection, method }) => [connection, method]), [[1, "b"], [1, "c"]]);
  await peer.send(1, ...requests.flatMap(({ id }) => reply(id, id)));
  assertEquals(await Promise.all(results), [2, 3]);
});

Deno.test("RpcClient repeats only repeatable calls, and only once, when a connection died idle", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer, { doubtAfterMs: Infinity });
  const first = client.call("a", none, integer);
  await peer.next();
  await peer.send(0, ...reply(1, 1));
  await first;
  const repeated = client.call("query", Uint8Array.of(0x91, 5), integer, { isRepeatable: true });
  const update = client.call("update", none, integer);
  const [original] = await peer.take(2);
  peer.hangUp(0);
  await assertRejects(() => update, ConnectionClosedError);
  const second = await peer.next();
  assertEquals(second.connection, 1);
  assertEquals(second.bytes, original!.bytes);
  peer.hangUp(1);
  await assertRejects(() => repeated, ConnectionClosedError);
});

Deno.test("RpcClient does not repeat a call when the server has said something since", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer, { doubtAfterMs: Infinity });
  await client.connect();
  const results = [1, 2].map(() => client.call("query", none, integer, { isRepeatable: true }));
  await peer.take(2);
  await peer.send(0, ...reply(1, 1));
  assertEquals(await results[0], 1);
  peer.hangUp(0);
  await assertRejects(() => results[1]!, ConnectionClosedError);
});

Deno.test("RpcClient rejects with the reason when nothing listens", async () => {
  const port = freePort();
  await using client = new RpcClient({ host: "127.0.0.1", port });
  const error = await assertRejects(() => client.connect(), ConnectError, "connect failed");
  assertEquals([error.host, error.port], ["127.0.0.1", port]);
  assertInstanceOf(error.cause, Deno.errors.ConnectionRefused);
  const results = [client.call("a", none, integer), client.call("b", none, integer)];
  for (const result of results) await assertRejects(() => result, ConnectError, "connect failed");
  assertEquals(client.outstanding, 0);
});

Deno.test({
  name: "RpcClient gives an attempt to connect up when nobody answers it",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // A listener that accepts nothing lets further attempts wait once its backlog is full.
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
    const { port } = listener.addr;
    const waiting: Deno.TcpConn[] = [];
    try {
      while (true) waiting.push(await Deno.connect({ port, signal: AbortSignal.timeout(200) }));
    } catch (error) {
      assertEquals((error as Error).name, "TimeoutError");
    }
    await using client = new RpcClient({ host: "127.0.0.1", port, connectTimeoutMs: 20 });
    const error = await assertRejects(() => client.call("m", none, integer), ConnectError, "connect failed");
    assertEquals((error.cause as Error).message, "no connection after 20 ms");
    for (const socket of waiting) socket.close();
  },
});

Deno.test("RpcClient fails its calls and refuses further ones when it is closed", async () => {
  await using peer = new ScriptedPeer();
  const client = clientOf(peer);
  const result = client.call("a", none, integer);
  const rejected = assertRejects(() => result, ConnectionClosedError, "connection closed");
  await peer.next();
  const unsent = assertRejects(() => client.call("b", none, integer), ConnectionClosedError);
  await client.close();
  await client.close();
  await Promise.all([rejected, unsent]);
  await assertRejects(() => client.call("c", none, integer), ConnectionClosedError);
  await assertRejects(() => client.connect(), ConnectionClosedError);
});

Deno.test("RpcClient can be closed when it is still connecting", async () => {
  await using peer = new ScriptedPeer();
  const client = clientOf(peer);
  const rejected = assertRejects(() => client.call("a", none, integer), ConnectionClosedError);
  await client.close();
  await rejected;
});
