import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import type { Reader } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import {
  ArgumentError,
  ConnectError,
  ConnectionClosedError,
  MethodNotFoundError,
  QueueFullError,
  RemoteError,
  RequestTimeoutError,
  ResultError,
} from "../../lib/rpc/call_errors.ts";
import { type Caller, RpcClient, type RpcClientOptions } from "../../lib/rpc/client.ts";
import { RpcError } from "../../lib/rpc/errors.ts";
import { freePort } from "../support/free_port.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { until } from "../support/until.ts";

/** `[]`, the parameters of most calls here. */
const none = Uint8Array.of(0x90);
const integer = (result: Reader): number => result.readInteger();
/** `[1, id, nil, value]` of small numbers. */
const reply = (id: number, value: number): number[] => [0x94, 1, id, 0xc0, value];
/** `[1, id, error, nil]`. */
const failure = (id: number, ...error: number[]): number[] => [0x94, 1, id, ...error, 0xc0];

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

/** Notes what becomes of calls. */
class Notes implements Caller {
  readonly notes: string[] = [];
  readonly #wake: () => void;
  readonly whenEnded: Promise<void>;
  readonly #count: number;

  /** Expects so many calls. */
  constructor(count: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenEnded = promise;
    this.#wake = resolve;
    this.#count = count;
  }

  succeeded(result: Reader): void {
    this.#add(`${result.readInteger()}`);
  }

  failed(error: unknown): void {
    this.#add(`${error instanceof RpcError ? error.message : error}`);
  }

  #add(note: string): void {
    if (this.notes.push(note) === this.#count) this.#wake();
  }
}

Deno.test("RpcClient tells a caller without a promise the result or the error of each call, once", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const caller = new Notes(5);
  client.send("a", none, caller);
  client.send("b", none, caller);
  client.send("c", none, caller);
  client.send("d", none, caller, { timeoutMs: 20 });
  await peer.take(4);
  assertEquals(caller.notes, []);
  await peer.send(0, ...reply(2, 20), ...failure(1, 0xa2, 0x6e, 0x6f), 0x94, 1, 3, 0xc0, 0xc3, ...reply(2, 21));
  client.send("e", none, caller);
  await peer.next();
  await until(() => caller.notes.length === 4);
  peer.hangUp(0);
  await caller.whenEnded;
  assertEquals(caller.notes, ["20", "no", "no result", "request timed out", "connection closed"]);
  assertEquals(client.outstanding, 0);
});

Deno.test("RpcClient tells callers without promises about its end, and throws when they call on", async () => {
  await using peer = new ScriptedPeer();
  const client = clientOf(peer, { outstandingMax: 1 });
  const caller = new Notes(1);
  client.send("a", none, caller);
  assertThrows(() => client.send("b", none, caller), QueueFullError, "1 calls");
  await client.close();
  assertEquals(caller.notes, ["connection closed"]);
  assertThrows(() => client.send("c", none, caller), ConnectionClosedError);
});

Deno.test("RpcClient lets a caller make another call when one has failed", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const caller = new Notes(1);
  const retrying: Caller = {
    succeeded: () => {},
    failed: () => client.send("again", none, caller),
  };
  client.send("first", none, retrying);
  const { connection } = await peer.next();
  peer.hangUp(connection);
  const { id, method } = await peer.next();
  assertEquals(method, "again");
  await peer.send(1, ...reply(id, 9));
  await caller.whenEnded;
  assertEquals(caller.notes, ["9"]);
});

function clientOf(peer: ScriptedPeer, options: Partial<RpcClientOptions> = {}): RpcClient {
  return new RpcClient({ host: peer.host, port: peer.port, ...options });
}
