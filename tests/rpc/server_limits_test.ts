import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { log } from "../../lib/base/log.ts";
import { delay } from "../support/delay.ts";
import { FakeTime } from "../support/fake_time.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { until } from "../support/until.ts";
import { joined, notifyBytes, replyBytes, requestBytes, WireCaller } from "../support/wire_call.ts";
import { TestServer } from "./rpc_setup.ts";

const nothing = new Uint8Array(0);

function connect(server: TestServer): Promise<RawConnection> {
  return RawConnection.open({ hostname: "127.0.0.1", port: server.port });
}

Deno.test("RpcServer closes a connection when no request comes within the timeout", async () => {
  using time = new FakeTime();
  await using server = new TestServer({ idleTimeoutMs: 150 });
  using silent = await WireCaller.open(server);
  using busy = await WireCaller.open(server);
  await until(() => server.rpc.connectionCount === 2);
  for (const count of [2, 1, 1]) {
    time.advance(100);
    assertEquals(server.rpc.connectionCount, count);
    // The request keeps it open for longer than the timeout.
    assertEquals(await busy.call("echo", "", "x"), [null, "x"]);
  }
  assertEquals(await silent.isClosed(), true);
  time.advance(149);
  assertEquals(server.rpc.connectionCount, 1);
  time.advance(1);
  assertEquals(await busy.isClosed(), true);
});

Deno.test("RpcServer closes a connection in time when only notifications or parts of a message come", async () => {
  await using server = new TestServer({ idleTimeoutMs: 200 });
  const streams = [
    { head: nothing, piece: notifyBytes("touch", "") },
    { head: Uint8Array.fromHex("940001a372617791ddffffffff"), piece: Uint8Array.of(1) },
  ];
  for (const { head, piece } of streams) {
    const start = performance.now();
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await connection.write(head);
    const end = connection.read(new Uint8Array(1)).catch(() => null);
    let closed = false;
    void end.then(() => closed = true);
    while (!closed && performance.now() - start < 5000) {
      await connection.write(piece).catch(() => {});
      await delay(10);
    }
    assertEquals(await end, null);
    assert(performance.now() - start > 199);
  }
});

Deno.test("RpcServer closes no idle connection when the timeout is 0, and none that waits for an answer", async () => {
  await using server = new TestServer({ idleTimeoutMs: 0 });
  await using impatient = new TestServer({ idleTimeoutMs: 40 });
  using idle = await WireCaller.open(server);
  using waiting = await WireCaller.open(impatient);
  const answer = waiting.call("wait", "", "late");
  // Meanwhile other connections to the impatient server come and time out.
  for (let i = 0; i < 5; i++) {
    using other = await WireCaller.open(impatient);
    assertEquals(await other.isClosed(), true);
  }
  impatient.waiting[0]!.answer();
  assertEquals(await answer, [null, "late"]);
  assertEquals(await waiting.isClosed(), true);
  assertEquals(await idle.call("echo", "", "still here"), [null, "still here"]);
});

Deno.test("RpcServer closes the connection when a message is or says that it is too large", async () => {
  await using server = new TestServer({ messageBytesMax: 100_000, idleTimeoutMs: 0 });
  using fits = await WireCaller.open(server);
  assertEquals(await fits.call("echo", "", "x".repeat(99_000)), [null, "x".repeat(99_000)]);
  for (const hex of ["9400 01 db00018700", "dbffffffff", "9400 01 a3726177 91 c6ffffffff"]) {
    using connection = await connect(server);
    assertEquals(await connection.exchange(Uint8Array.fromHex(hex.replaceAll(" ", "")), 1), undefined, hex);
  }
  using endless = await connect(server);
  // An array of four billion elements is not refused for what it says, but for what comes.
  const elements = joined(Uint8Array.fromHex("940001a372617791ddffffffff"), new Uint8Array(200_000));
  assertEquals(await endless.exchange(elements, 1), undefined);
  assertEquals(await fits.call("echo", "", "y"), [null, "y"]);
});

Deno.test("RpcServer refuses connections when there are too many, and accepts again when one is gone", async () => {
  await using server = new TestServer({ connectionsMax: 3, idleTimeoutMs: 0 });
  const callers = await Promise.all([1, 2, 3].map(() => WireCaller.open(server)));
  for (const caller of callers) assertEquals(await caller.call("echo", "", "in"), [null, "in"]);
  for (let i = 0; i < 3; i++) {
    using refused = await WireCaller.open(server);
    assertEquals(await refused.isClosed(), true);
  }
  callers.pop()![Symbol.dispose]();
  await until(() => server.rpc.connectionCount === 2);
  callers.push(await WireCaller.open(server));
  for (const caller of callers) {
    assertEquals(await caller.call("echo", "", "in"), [null, "in"]);
    caller[Symbol.dispose]();
  }
});

Deno.test("RpcServer closes a connection when all together want more memory than allowed, and gives it back", async () => {
  // Room for two of three.
  await using server = new TestServer({ bufferBytesMax: 6_000_000, idleTimeoutMs: 0 });
  const half = joined(Uint8Array.fromHex("940001a46563686f92a0db00200000"), new Uint8Array(1_500_000));
  const rest = new Uint8Array(0x200000 - 1_500_000);
  for (let round = 0; round < 3; round++) {
    const connections = await Promise.all([1, 2, 3].map(() => connect(server)));
    for (const connection of connections) await connection.exchange(half, 0);
    await until(() => server.rpc.connectionCount === 2);
    const answers = await Promise.all(connections.map((connection) => connection.exchange(rest, 1)));
    assertEquals(answers.filter((answer) => answer?.messages.length === 1).length, 2);
    for (const connection of connections) connection[Symbol.dispose]();
    await until(() => server.rpc.connectionCount === 0);
  }
});

Deno.test("RpcServer sends large replies while it still answers the rest of what came together", async () => {
  await using server = new TestServer();
  using connection = await connect(server);
  const count = 60;
  const requests = Array.from({ length: count }, (_, i) => requestBytes(i, "bytes", "", 300_000n));
  const answer = await connection.exchange(joined(...requests), count);
  assertEquals(answer?.bytes.length, count * replyBytes(1, null, "x".repeat(300_000)).length);
  assertLess(server.replyBytesMax, 1_500_000);
});

Deno.test("RpcServer reads no further when a client does not read its replies, and serves the others", async () => {
  await using server = new TestServer({ idleTimeoutMs: 0 });
  const count = 1000;
  const replySize = 200_000;
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const requests = joined(...Array.from({ length: count }, () => requestBytes(1, "bytes", "", BigInt(replySize))));
  for (let sent = 0; sent < requests.length;) sent += await socket.write(requests.subarray(sent));
  using other = await WireCaller.open(server);
  // It has stopped when it handles nothing but the other client's requests for long.
  let stalled = 0;
  for (let before = -1; stalled < 50;) {
    assertEquals((await other.call("echo", "", "ping"))?.[1], "ping");
    stalled = server.handled - 1 === before ? stalled + 1 : 0;
    before = server.handled;
  }
  assertLess(server.handled - 1, count + 50);
  assertLess(server.replyBytesMax, 2_000_000);
  let received = 0;
  const wanted = count * replyBytes(1, null, "x".repeat(replySize)).length;
  const chunk = new Uint8Array(1 << 20);
  while (received < wanted) received += (await socket.read(chunk))!;
  assertEquals(received, wanted);
});

Deno.test("RpcServer drops a client that does not read its replies when it is idle for too long", async () => {
  await using server = new TestServer({ idleTimeoutMs: 150 });
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await socket.write(joined(...Array.from({ length: 200 }, () => requestBytes(1, "bytes", "", 1_000_000n))));
  await until(() => server.handled > 0);
  await until(() => server.rpc.connectionCount === 0);
});

Deno.test("RpcServer answers what came before when something malformed comes together with it", async () => {
  await using server = new TestServer();
  using connection = await connect(server);
  const answer = await connection.exchange(joined(requestBytes(1, "echo", "", "a"), Uint8Array.of(0xc1)), 1);
  assertEquals(answer?.bytes, replyBytes(1, null, "a"));
  assertEquals(await connection.exchange(nothing, 1), undefined);
});

Deno.test("RpcServer lets running requests finish when it is closed, and drops those behind them", async () => {
  const server = new TestServer();
  using connection = await connect(server);
  await connection.exchange(joined(requestBytes(1, "wait", "", "a"), requestBytes(2, "touch", "")), 0);
  await until(() => server.waiting.length === 1);
  let closed = false;
  const closing = server.rpc.close().then(() => closed = true);
  await assertRefused(server.port);
  assertEquals(closed, false);
  server.waiting[0]!.answer();
  assertEquals((await connection.exchange(nothing, 1))?.bytes, replyBytes(1, null, "a"));
  await closing;
  assertEquals(await connection.exchange(nothing, 1), undefined);
  assertEquals([server.touched, server.rpc.connectionCount], [0, 0]);
  await server.rpc.close();
});

Deno.test("RpcServer can be closed when clients are idle, in the middle of a message or do not read", async () => {
  const server = new TestServer({ idleTimeoutMs: 0 });
  using _idle = await connect(server);
  using partial = await connect(server);
  await partial.exchange(Uint8Array.of(0x94, 0), 0);
  using stuck = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await stuck.write(joined(...Array.from({ length: 100 }, () => requestBytes(1, "bytes", "", 1_000_000n))));
  await until(() => server.handled > 0 && server.rpc.connectionCount === 3);
  await server.rpc.close();
  assertEquals(server.rpc.connectionCount, 0);
});

Deno.test("RpcServer leaves no descriptor behind when hundreds of connections come and go", async () => {
  await using server = new TestServer();
  const before = openDescriptors();
  for (let round = 0; round < 4; round++) {
    const callers = await Promise.all(Array.from({ length: 100 }, () => WireCaller.open(server)));
    await Promise.all(callers.map(async (caller, i) => {
      if (i % 4 === 0) assertEquals(await caller.call("add", "", BigInt(i), 1n), [null, BigInt(i + 1)]);
      if (i % 4 === 1) await caller.connection.exchange(Uint8Array.of(0xc1), 1);
      if (i % 4 === 2) await caller.connection.exchange(requestBytes(1, "bytes", "", 1_000_000n), 0);
      caller[Symbol.dispose]();
    }));
  }
  await until(() => server.rpc.connectionCount === 0);
  await until(() => openDescriptors() <= before);
});

Deno.test("RpcServer throws AddrInUse when the port is taken", async () => {
  await using server = new TestServer();
  assertThrows(() => new TestServer({ port: server.port }), Deno.errors.AddrInUse);
});

Deno.test("RpcServer logs why it closes a connection, and nothing of a client that just goes", async () => {
  const lines: string[] = [];
  log.setSinks([{ write: (line) => void lines.push(line) }]);
  try {
    await using server = new TestServer();
    using silent = await connect(server);
    await silent.exchange(requestBytes(1, "bytes", "", 100_000n), 0);
    silent[Symbol.dispose]();
    using reset = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await reset.write(requestBytes(1, "bytes", "", 10_000_000n));
    await until(() => server.handled === 2);
    reset.close();
    using malformed = await connect(server);
    assertEquals(await malformed.exchange(Uint8Array.of(0xc1), 1), undefined);
    await until(() => server.rpc.connectionCount === 0);
  } finally {
    log.setSinks([]);
  }
  assertEquals(lines.length, 1);
  assert(
    /WARN .*closing connection from 127\.0\.0\.1:\d+: byte 0xc1 begins no msgpack value/.test(lines[0]!),
    lines[0],
  );
});

async function assertRefused(port: number): Promise<void> {
  await until(async () => {
    try {
      using _socket = await Deno.connect({ hostname: "127.0.0.1", port });
      return false;
    } catch (error) {
      return error instanceof Deno.errors.ConnectionRefused;
    }
  });
}

function openDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
