import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { Reader } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import {
  ArgumentError,
  MethodNotFoundError,
  QueueFullError,
  RemoteError,
  RequestTimeoutError,
  ResultError,
} from "../../lib/rpc/call_errors.ts";
import { RpcError } from "../../lib/rpc/errors.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { clientOf, failure, integer, none, reply } from "./client_setup.ts";

Deno.test("RpcClient sends requests with ids from 1 and returns results when they are answered", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  for (const id of [1, 2, 3]) {
    const result = client.call("sum", Uint8Array.of(0x92, 20, 22), integer);
    const request = await peer.next();
    assertEquals([...request.bytes], [0x94, 0, id, 0xa3, 0x73, 0x75, 0x6d, 0x92, 20, 22]);
    await peer.send(0, ...reply(id, 42));
    assertEquals(await result, 42);
  }
  assertEquals(peer.connections, 1);
});

Deno.test("RpcClient encodes parameters itself when it is given a function", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const result = client.call("echo", (writer) => {
    writer.writeArrayHeader(1);
    writer.writeRaw(new Uint8Array(40));
  }, integer);
  const { bytes } = await peer.next();
  assertEquals([...bytes.subarray(8, 12)], [0x91, 0xda, 0, 40]);
  await peer.send(0, ...reply(1, 7));
  assertEquals(await result, 7);
});

Deno.test("RpcClient sends nothing of a call when its parameters cannot be encoded", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  await assertRejects(
    () =>
      client.call("broken", (writer) => {
        writer.writeArrayHeader(1);
        throw new TypeError("cannot be encoded");
      }, integer),
    TypeError,
    "cannot be encoded",
  );
  const next = client.call("next", none, integer);
  assertEquals((await peer.next()).method, "next");
  await peer.send(0, ...reply(2, 5));
  assertEquals(await next, 5);
});

Deno.test("RpcClient matches replies to calls when they come out of order", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const results = ["a", "b", "c", "d"].map((method) => client.call(method, none, integer));
  assertEquals((await peer.take(4)).map((request) => request.method), ["a", "b", "c", "d"]);
  assertEquals(client.outstanding, 4);
  await peer.send(0, ...[3, 1, 4, 2].flatMap((id) => reply(id, 10 * id)));
  assertEquals(await Promise.all(results), [10, 20, 30, 40]);
  assertEquals(client.outstanding, 0);
});

Deno.test("RpcClient understands replies when they arrive split at any byte", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer, { outstandingMax: 1000 });
  const bytes = [...reply(1, 100), ...failure(2, 0xa2, 0x6e, 0x6f), ...reply(3, 101)];
  for (let split = 1; split < bytes.length; split++) {
    const ids = [1, 2, 3].map((id) => 3 * (split - 1) + id);
    const results = ids.map(() => client.call("m", none, integer).catch((error) => error.message));
    const requests = await peer.take(3);
    assertEquals(requests.map((request) => request.id), ids);
    const shifted = [...reply(ids[0]!, 100), ...failure(ids[1]!, 0xa2, 0x6e, 0x6f), ...reply(ids[2]!, 101)];
    await peer.send(0, ...shifted.slice(0, split));
    await peer.send(0, ...shifted.slice(split));
    assertEquals(await Promise.all(results), [100, "no", 101]);
  }
});

Deno.test("RpcClient hands out exactly the result's bytes when the response has surplus members", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const raw = (result: Reader): number[] => [...result.bytes.slice(result.position, result.end)];
  const results = [client.call("m", none, raw), client.call("m", none, raw)];
  await peer.take(2);
  await peer.send(0, 0x94, 1, 1, 0xc0, 0x92, 1, 0xa1, 0x78, 0x96, 1, 2, 0xc0, 0x91, 9, 0xa1, 0x78, 0x90);
  assertEquals(await Promise.all(results), [[0x92, 1, 0xa1, 0x78], [0x91, 9]]);
});

Deno.test("RpcClient ignores a response when nobody waits for its id", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const result = client.call("m", none, integer);
  await peer.next();
  await peer.send(0, ...reply(77, 1), ...failure(78, 0xc3), ...reply(1, 2));
  assertEquals(await result, 2);
});

Deno.test("RpcClient rejects with the class of the error when the server answers with one", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const cases: [number[], typeof RemoteError, string][] = [
    [[1], MethodNotFoundError, 'the server has no method "m"'],
    [[2], ArgumentError, 'the server cannot take the arguments of "m"'],
    [[0xa3, 0xe3, 0x81, 0x82], RemoteError, "あ"],
    [[0xa2, 0x6e, 0x6f], RemoteError, "no"],
    [[7], RemoteError, "7"],
    [[0xfb], RemoteError, "-5"],
    [[0xc3], RemoteError, "true"],
    [[0xca, 0x3f, 0xc0, 0, 0], RemoteError, "1.5"],
    [[0x92, 1, 0xa1, 0x78], RemoteError, '[1, "x"]'],
    [[0x82, 0xa1, 0x61, 1, 2, 0xc0], RemoteError, '{"a"=>1, 2=>nil}'],
  ];
  for (const [i, [error, errorClass, message]] of cases.entries()) {
    const result = client.call("m", none, integer);
    await peer.next();
    await peer.send(0, ...failure(i + 1, ...error));
    const caught = await assertRejects(() => result, errorClass);
    assertEquals([caught.message, caught.constructor], [message, errorClass]);
    assertEquals([...caught.value], error);
    assertInstanceOf(caught, RpcError);
  }
});

Deno.test("RpcClient rejects and stays usable when a result is of another type", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const results = [client.call("m", none, integer), client.call("m", none, integer)];
  await peer.take(2);
  await peer.send(0, 0x94, 1, 1, 0xc0, 0xa1, 0x78, ...reply(2, 3));
  await assertRejects(() => results[0]!, ResultError, "no result");
  assertEquals(await results[1]!, 3);
});

Deno.test("RpcClient gives a call up when no answer comes in time, and ignores the late one", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const patient = client.call("patient", none, integer);
  const hasty = client.call("hasty", none, integer, { timeoutMs: 20 });
  await peer.take(2);
  const error = await assertRejects(() => hasty, RequestTimeoutError, "request timed out");
  assertEquals(error.timeoutMs, 20);
  await peer.send(0, ...reply(2, 1), ...reply(1, 2));
  assertEquals(await patient, 2);
});

Deno.test("RpcClient gives calls up in the order of their deadlines when these differ", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const order: string[] = [];
  const started = performance.now();
  await Promise.all(
    [60, 20, 40].map((timeoutMs) =>
      client.call("m", none, integer, { timeoutMs }).catch((error: RequestTimeoutError) => {
        assert(performance.now() - started >= timeoutMs);
        order.push(`${error.timeoutMs} ${error.message}`);
      })
    ),
  );
  assertEquals(order, ["20 request timed out", "40 request timed out", "60 request timed out"]);
});

Deno.test("RpcClient rejects with the signal's reason when a call is given up", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const stop = new AbortController();
  const given = client.call("a", none, integer, { signal: stop.signal });
  const kept = client.call("b", none, integer);
  await peer.take(2);
  stop.abort(new Error("changed my mind"));
  await assertRejects(() => given, Error, "changed my mind");
  await assertRejects(() => client.call("c", none, integer, { signal: stop.signal }), Error, "changed my mind");
  await peer.send(0, ...reply(1, 1), ...reply(2, 2));
  assertEquals(await kept, 2);
});

Deno.test("RpcClient never sends a call when it was given up before it was sent", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const stop = new AbortController();
  const results = ["a", "b", "c"].map((method) =>
    client.call(method, none, integer, method === "b" ? { signal: stop.signal } : {})
  );
  stop.abort(new Error("never mind"));
  await assertRejects(() => results[1]!, Error, "never mind");
  const requests = await peer.take(2);
  assertEquals(requests.map((request) => request.method), ["a", "c"]);
  await peer.send(0, ...requests.flatMap(({ id }) => reply(id, id)));
  assertEquals(await Promise.all([results[0], results[2]]), [1, 3]);
});

Deno.test("RpcClient refuses a call when too many calls or bytes wait for an answer", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer, { outstandingMax: 2, outstandingBytesMax: 60 });
  const results = [client.call("a", none, integer), client.call("b", none, integer)];
  await assertRejects(() => client.call("c", none, integer), QueueFullError, "2 calls");
  await peer.take(2);
  await peer.send(0, ...reply(1, 1), ...reply(2, 2));
  assertEquals(await Promise.all(results), [1, 2]);
  const large = client.call("large", Uint8Array.of(0xdc, 0, 100, ...new Uint8Array(100)), integer);
  await assertRejects(() => client.call("small", none, integer), QueueFullError, "bytes of calls");
  await peer.next();
  await peer.send(0, ...reply(3, 3));
  assertEquals(await large, 3);
});

Deno.test("RpcClient sends and receives large messages when they exceed the socket's buffers", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const size = 3_000_000;
  const length = (result: Reader): number => result.readRawSpan();
  const result = client.call("big", (writer) => {
    writer.writeArrayHeader(1);
    writer.writeRaw(new Uint8Array(size));
  }, length);
  const { bytes } = await peer.next();
  assertEquals(bytes.length > size, true);
  const head = [0x94, 1, 1, 0xc0, 0xdb, 0, size >> 16, (size >> 8) & 255, size & 255];
  await peer.send(0, ...head);
  for (let sent = 0; sent < size; sent += 100_000) await peer.send(0, ...new Uint8Array(100_000));
  assertEquals(await result, size);
});

Deno.test("RpcClient answers many calls right when they overlap without order", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const count = 2000;
  const uint16 = (value: number): number[] => [0xcd, value >> 8, value & 255];
  const results = Array.from({ length: count }, (_, i) => client.call("m", Uint8Array.of(0x91, ...uint16(i)), integer));
  const requests = await peer.take(count);
  requests.reverse();
  for (let i = 0; i < count; i += 100) {
    const some = requests.slice(i, i + 100);
    await peer.send(0, ...some.flatMap(({ id }) => [0x94, 1, ...uint16(id), 0xc0, ...uint16(id + 7)]));
  }
  assertEquals(await Promise.all(results), Array.from({ length: count }, (_, i) => i + 8));
});

Deno.test("RpcClient sends calls in their order when the first of them go ahead, however slowly they are read", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  await client.connect();
  const params = (writer: Writer): void => {
    writer.writeArrayHeader(1);
    writer.writeRaw(new Uint8Array(200_000));
  };
  const methods = Array.from({ length: 40 }, (_, i) => `m${i}`);
  const results = methods.map((method) => client.call(method, params, integer));
  const requests = await peer.take(40);
  assertEquals(requests.map(({ method }) => method), methods);
  await peer.send(0, ...requests.flatMap(({ id }) => reply(id, id)));
  assertEquals(await Promise.all(results), requests.map(({ id }) => id));
});
