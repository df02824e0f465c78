import { assertEquals, assertLess } from "@std/assert";
import type { Connection, Request, RequestHandler } from "../../lib/rpc/connection.ts";
import { RpcServer } from "../../lib/rpc/server.ts";
import { writeReplyHead } from "../../lib/rpc/reply.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { until } from "../support/until.ts";
import { encodeValue } from "../support/wire_value.ts";

/** Defers every reply until the test gives it. */
class Deferring implements RequestHandler {
  readonly requests: { readonly id: number; readonly connection: Connection }[] = [];

  handle(request: Request): void {
    const { id, connection } = request;
    connection!.defer();
    this.requests.push({ id, connection: connection! });
  }

  reply(index: number, value: number): void {
    const { id, connection } = this.requests[index]!;
    const replies = connection.reply();
    if (replies === undefined) return;
    writeReplyHead(replies, id);
    replies.writeInt(value);
  }
}

function requests(count: number): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: count }, (_, id) => [...encodeValue([0n, BigInt(id), "m", []])]).flat(),
  );
}

async function setUp(idleTimeoutMs = 0) {
  const handler = new Deferring();
  const server = new RpcServer(handler, { hostname: "127.0.0.1", port: 0, idleTimeoutMs });
  const client = await RawConnection.open({ hostname: "127.0.0.1", port: server.port });
  return { handler, server, client };
}

Deno.test("Connection sends deferred replies in the order they are given", async () => {
  const { handler, server, client } = await setUp();
  await using _server = server;
  using _client = client;
  const answers = client.exchange(requests(3), 3);
  await until(() => handler.requests.length === 3);
  handler.reply(2, 2);
  handler.reply(0, 0);
  handler.reply(1, 1);
  assertEquals((await answers)!.messages, [[1n, 2n, null, 2n], [1n, 0n, null, 0n], [1n, 1n, null, 1n]]);
});

Deno.test("Connection reads no further while too many replies are deferred", async () => {
  const { handler, server, client } = await setUp();
  await using _server = server;
  using _client = client;
  const count = 3000;
  const answers = client.exchange(requests(count), count);
  let most = 0;
  for (let i = 0; i < count; i++) {
    await until(() => handler.requests.length > i);
    most = Math.max(most, handler.requests.length - i);
    handler.reply(i, 1);
  }
  assertEquals((await answers)!.messages.length, count);
  assertEquals(most, 1024);
});

Deno.test("Connection sends what was deferred when the server closes, and then closes", async () => {
  const { handler, server, client } = await setUp();
  using _client = client;
  const answer = client.exchange(requests(1), 1);
  await until(() => handler.requests.length === 1);
  const closed = server.close();
  handler.reply(0, 5);
  assertEquals((await answer)!.messages, [[1n, 0n, null, 5n]]);
  await closed;
  assertEquals(await client.exchange(new Uint8Array(0), 1), undefined);
});

Deno.test("Connection sends what was deferred when the client sends no more", async () => {
  const { handler, server, client } = await setUp();
  await using _server = server;
  using _client = client;
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await socket.write(requests(1));
  await socket.closeWrite();
  await until(() => handler.requests.length === 1);
  handler.reply(0, 5);
  const answer = new Uint8Array(100);
  assertEquals([...answer.subarray(0, await socket.read(answer) ?? 0)], [0x94, 1, 0, 0xc0, 5]);
  assertEquals(await socket.read(answer), null);
});

Deno.test("Connection gives up a client that does not read its replies", async () => {
  const { handler, server, client } = await setUp();
  await using _server = server;
  await client.exchange(requests(100), 0);
  await until(() => handler.requests.length === 100);
  const large = new Uint8Array(1024 * 1024);
  for (const { connection } of handler.requests) connection.reply()?.append(large);
  await until(() => server.connectionCount === 0);
  client[Symbol.dispose]();
});

Deno.test("Connection forgets deferred replies when the client is gone", async () => {
  const { handler, server, client } = await setUp();
  await using _server = server;
  await client.exchange(requests(2), 0);
  await until(() => handler.requests.length === 2);
  client[Symbol.dispose]();
  handler.reply(0, 0);
  handler.requests[1]!.connection.dropReply();
  await until(() => server.connectionCount === 0);
});

/** Reads so many bytes, or until the connection ends; returns how many are missing then. */
async function receive(socket: Deno.TcpConn, byteLength: number): Promise<number> {
  const chunk = new Uint8Array(1 << 18);
  while (byteLength > 0) {
    const size = await socket.read(chunk.subarray(0, byteLength));
    if (size === null) break;
    byteLength -= size;
  }
  return byteLength;
}

Deno.test("Connection keeps a client that reads, however much it has got already", async () => {
  const { handler, server, client } = await setUp();
  await using _server = server;
  using _client = client;
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const count = 5;
  await socket.write(requests(count));
  await until(() => handler.requests.length === count);
  const large = new Uint8Array(30 * 1024 * 1024);
  // Each is given when half of the one before has come: some of it has not been sent by then.
  for (const { connection } of handler.requests) {
    connection.reply()?.append(large);
    assertEquals(await receive(socket, large.length / 2), 0);
  }
  assertEquals(await receive(socket, count * large.length / 2), 0);
});

/** Works for a millisecond per request. */
class Working implements RequestHandler {
  /** Lengths of the methods' names, in the order of the requests. */
  readonly seen: number[] = [];
  onFirst: () => void = () => {};

  handle(request: Request, replies: Writer): void {
    if (this.seen.push(request.methodEnd - request.methodStart) === 1) this.onFirst();
    const end = performance.now() + 1;
    while (performance.now() < end);
    writeReplyHead(replies, request.id);
    replies.writeNil();
  }
}

Deno.test("Connection lets others have their turn when one client sends much at once", async () => {
  const handler = new Working();
  await using server = new RpcServer(handler, { hostname: "127.0.0.1", port: 0 });
  const address = { hostname: "127.0.0.1", port: server.port };
  using busy = await RawConnection.open(address);
  using other = await RawConnection.open(address);
  const count = 300;
  let answer: Promise<unknown> | undefined;
  handler.onFirst = (): void => void (answer = other.exchange(encodeValue([0n, 0n, "another", []]), 1));
  const answers = await busy.exchange(requests(count), count);
  assertEquals(answers?.messages.length, count);
  await answer;
  assertLess(handler.seen.findIndex((length) => length > 3), count);
});

Deno.test("Connection counts as idle from its last reply on, however long that took to make and to read", async () => {
  const large = new Uint8Array(32 * 1024 * 1024);
  const handler: RequestHandler = {
    handle(request, replies) {
      const end = performance.now() + 350;
      while (performance.now() < end);
      writeReplyHead(replies, request.id);
      replies.writeRaw(large);
    },
  };
  await using server = new RpcServer(handler, { hostname: "127.0.0.1", port: 0, idleTimeoutMs: 300 });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await client.write(requests(1));
  assertEquals(await receive(client, 1 + 1 + 1 + 1 + 5 + large.length), 0);
});

Deno.test("Connection is not idle when the timeout is longer than a timer can run", async () => {
  const { handler, server, client } = await setUp(0x80000000);
  await using _server = server;
  using _client = client;
  for (let i = 0; i < 3; i++) {
    const answer = client.exchange(requests(1), 1);
    await until(() => handler.requests.length === i + 1);
    handler.reply(i, i);
    assertEquals((await answer)!.messages, [[1n, 0n, null, BigInt(i)]]);
  }
});
