import { assertEquals } from "@std/assert";
import { byteStringOf } from "../../lib/base/byte_string.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { until } from "../support/until.ts";
import { joined, notifyBytes, replyBytes, requestBytes, WireCaller } from "../support/wire_call.ts";
import { encodeValue, WireMap, type WireValue } from "../support/wire_value.ts";
import { TestServer } from "./rpc_setup.ts";

const badCast = "ad7374643a3a6261645f63617374";

/** Bytes of the replies to some bytes; undefined when the server closes the connection. */
async function exchange(server: TestServer, request: Uint8Array, count: number): Promise<Uint8Array | undefined> {
  using connection = await RawConnection.open({ hostname: "127.0.0.1", port: server.port });
  return (await connection.exchange(request, count))?.bytes;
}

async function exchangeHex(server: TestServer, request: string): Promise<string | undefined> {
  return (await exchange(server, Uint8Array.fromHex(request.replaceAll(" ", "")), 1))?.toHex();
}

function call(id: number, method: string, ...params: readonly WireValue[]): Uint8Array {
  return requestBytes(id, method, ...params);
}

Deno.test("RpcServer answers error 1 and the name when a method is unknown", async () => {
  await using server = new TestServer();
  assertEquals(await exchangeHex(server, "940001a66e6f7375636890"), "94010101a66e6f73756368");
  const long = "n".repeat(70_000);
  assertEquals(await exchange(server, call(5, long), 1), replyBytes(5, 1n, long));
  assertEquals(await exchange(server, call(6, "\xff\x00"), 1), replyBytes(6, 1n, "\xff\x00"));
  assertEquals(await exchange(server, call(7, ""), 1), replyBytes(7, 1n, ""));
});

Deno.test("RpcServer answers error 2 when an argument is of another type or missing", async () => {
  await using server = new TestServer();
  const wrong: [string, ...WireValue[]][] = [
    ["add", "", 1n, 2.0],
    ["add", "", 1n, "2"],
    ["add", "", 1n, null],
    ["add", "", 1n, true],
    ["add", "", 1n, [2n]],
    ["add", "", 1n, 2147483648n],
    ["add", "", 1n, -2147483649n],
    ["add", "", 1n, 18446744073709551615n],
    ["add", "", 1n],
    ["add", ""],
    ["add"],
    ["add", 1n, 2n, 3n],
    ["add", null, 1n, 2n],
    ["count", "", -1n],
    ["count", "", 4294967296n],
    ["not", "", 1n],
    ["not", "", null],
    ["echo", "", 1n],
    ["echo", "", ["a"]],
    ["echo", "", null],
    ["same", "", "1"],
    ["same", "", true],
    ["sum", "", 1.0],
    ["sum", "", new WireMap([])],
    ["sum", "", [1.0, "x"]],
  ];
  for (const [method, ...params] of wrong) {
    assertEquals((await exchange(server, call(2, method, ...params), 1))?.toHex(), `94010202${badCast}`, method);
  }
});

Deno.test("RpcServer ignores surplus arguments and message members, and asks nothing of methods without any", async () => {
  await using server = new TestServer();
  assertEquals(await exchange(server, call(1, "add", "", 1n, 2n, "more", [null]), 1), replyBytes(1, null, 3n));
  const longer = encodeValue([0n, 1n, "add", ["", 1n, 2n], "more", [[]]]);
  assertEquals(await exchange(server, longer, 1), replyBytes(1, null, 3n));
  for (const params of [[], null, 5n, "x", new WireMap([])]) {
    assertEquals(await exchange(server, encodeValue([0n, 1n, "raw", params]), 1), replyBytes(1, null, 7n));
  }
  for (const params of [null, 5n, "x", new WireMap([])]) {
    const answer = await exchange(server, encodeValue([0n, 1n, "add", params]), 1);
    assertEquals(answer?.toHex(), `94010102${badCast}`);
  }
});

Deno.test("RpcServer takes the defaults for members that a short message lacks", async () => {
  await using server = new TestServer();
  assertEquals(await exchangeHex(server, "93 00 01 a3 616464"), `94010102${badCast}`);
  assertEquals(await exchangeHex(server, "93 00 01 a3 726177"), "940101c007");
});

Deno.test("RpcServer executes notifications and answers none, not even with errors", async () => {
  await using server = new TestServer();
  const answer = await exchange(
    server,
    joined(
      notifyBytes("touch", ""),
      notifyBytes("nosuch", ""),
      notifyBytes("fail", "", "why"),
      notifyBytes("add", "", "x"),
      notifyBytes("bytes", "", 100_000n),
      encodeValue([2n, "touch"]),
      encodeValue([2n, "touch", [""], "more"]),
      call(9, "add", "", 1n, 1n),
    ),
    1,
  );
  assertEquals(answer, replyBytes(9, null, 2n));
  assertEquals([server.touched, server.updates], [2, 2]);
});

Deno.test("RpcServer answers no notification when the method takes time", async () => {
  await using server = new TestServer();
  using connection = await RawConnection.open({ hostname: "127.0.0.1", port: server.port });
  await connection.exchange(
    joined(notifyBytes("wait", "", "a"), notifyBytes("wait", "", "b"), call(3, "echo", "", "c")),
    0,
  );
  await until(() => server.waiting.length === 1);
  server.waiting[0]!.answer();
  await until(() => server.waiting.length === 2);
  server.waiting[1]!.fail(new Error("nobody hears this"));
  assertEquals((await connection.exchange(new Uint8Array(0), 1))?.bytes, replyBytes(3, null, "c"));
});

Deno.test("RpcServer understands every kind of string and answers with the old kinds only", async () => {
  await using server = new TestServer();
  for (const head of ["a2", "d902", "da0002", "db00000002", "c402", "c50002", "c600000002"]) {
    const method = head === "a2" ? "a46563686f" : `${head.slice(0, -1)}46563686f`;
    assertEquals(await exchangeHex(server, `940001 ${method} 92a0 ${head}6869`), "940101c0a26869");
  }
  for (
    const [length, head] of [[31, "bf"], [32, "da0020"], [255, "da00ff"], [65535, "daffff"], [
      65536,
      "db00010000",
    ]] as const
  ) {
    const text = "s".repeat(length);
    const answer = await exchange(server, call(1, "echo", "", text), 1);
    assertEquals(answer?.toHex(), `940101c0${head}${"73".repeat(length)}`);
  }
});

Deno.test("RpcServer writes integers as short as possible, doubles in nine bytes and maps in byte order", async () => {
  await using server = new TestServer();
  const integers: [bigint, string][] = [
    [0n, "00"],
    [127n, "7f"],
    [128n, "cc80"],
    [256n, "cd0100"],
    [65536n, "ce00010000"],
    [-1n, "ff"],
    [-32n, "e0"],
    [-33n, "d0df"],
    [-129n, "d1ff7f"],
    [-32769n, "d2ffff7fff"],
  ];
  for (const [value, hex] of integers) {
    assertEquals((await exchange(server, call(1, "add", "", value, 0n), 1))?.toHex(), `940101c0${hex}`);
  }
  assertEquals((await exchange(server, call(1, "same", "", 1.0), 1))?.toHex(), "940101c0cb3ff0000000000000");
  assertEquals(
    (await exchange(server, call(1, "map", ""), 1))?.toHex(),
    "940101c083a161a131a162a132a1ffa133",
  );
});

Deno.test("RpcServer accepts integers and single precision for doubles", async () => {
  await using server = new TestServer();
  for (
    const argument of ["01", "ca3f800000", "cb3ff0000000000000", "d30000000000000001", "cf0000000000000001", "cc01"]
  ) {
    assertEquals(await exchangeHex(server, `940001a473616d65 92a0 ${argument}`), "940101c0cb3ff0000000000000");
  }
});

Deno.test("RpcServer echoes ids of 32 bits in their shortest form", async () => {
  await using server = new TestServer();
  const ids: [string, string][] = [
    ["00", "00"],
    ["ceffffffff", "ceffffffff"],
    ["cf00000000ffffffff", "ceffffffff"],
    ["d30000000000000080", "cc80"],
    ["cd0001", "01"],
  ];
  for (const [sent, echoed] of ids) {
    assertEquals(await exchangeHex(server, `9400${sent}a3726177 90`), `9401${echoed}c007`);
  }
});

Deno.test("RpcServer answers requests in order when they come together, also behind one that takes time", async () => {
  await using server = new TestServer();
  using connection = await RawConnection.open({ hostname: "127.0.0.1", port: server.port });
  const many = Array.from({ length: 3000 }, (_, i) => call(i, "add", "", BigInt(i), 1n));
  const expected = Array.from({ length: 3000 }, (_, i) => replyBytes(i, null, BigInt(i + 1)));
  assertEquals((await connection.exchange(joined(...many), 3000))?.bytes, joined(...expected));

  await connection.exchange(joined(call(1, "wait", "", "slow"), call(2, "echo", "", "fast")), 0);
  await until(() => server.waiting.length === 1);
  using other = await WireCaller.open(server);
  assertEquals(await other.call("echo", "", "meanwhile"), [null, "meanwhile"]);
  server.waiting[0]!.answer();
  assertEquals(
    (await connection.exchange(new Uint8Array(0), 2))?.bytes,
    joined(replyBytes(1, null, "slow"), replyBytes(2, null, "fast")),
  );
});

Deno.test("RpcServer tells the message of an error, as bytes, also of one that comes late", async () => {
  await using server = new TestServer();
  assertEquals(
    await exchange(server, call(1, "fail", "", "no \xff\x00 way"), 1),
    replyBytes(1, "no \xff\x00 way", null),
  );
  assertEquals(await exchange(server, call(1, "fail", "", ""), 1), replyBytes(1, "", null));
  using caller = await WireCaller.open(server);
  const late = caller.call("wait", "", "x");
  await until(() => server.waiting.length === 1);
  server.waiting[0]!.fail(new Error("too late: \u3042"));
  assertEquals(await late, [byteStringOf(new TextEncoder().encode("too late: \u3042")), null]);
});

Deno.test("RpcServer answers alike however the stream is cut", async () => {
  await using server = new TestServer();
  const stream = joined(
    call(1, "echo", "", "x".repeat(300)),
    notifyBytes("touch", ""),
    call(2, "sum", "", [1.0, 2n, -3.5]),
    Uint8Array.fromHex("940003da00046563686f92a0c403414243"),
    call(4, "nosuch", new WireMap([["k", [1.5, null, true]]])),
    call(5, "add", "", "bad"),
    call(6, "echo", "", "end"),
  );
  const whole = await exchange(server, stream, 6);
  assertEquals(whole?.subarray(-8), replyBytes(6, null, "end").subarray(-8));
  using bytewise = await RawConnection.open({ hostname: "127.0.0.1", port: server.port });
  for (const byte of stream) await bytewise.exchange(Uint8Array.of(byte), 0);
  assertEquals((await bytewise.exchange(new Uint8Array(0), 6))?.bytes, whole);
  for (let cut = 1; cut < stream.length; cut += 7) {
    using connection = await RawConnection.open({ hostname: "127.0.0.1", port: server.port });
    await connection.exchange(stream.subarray(0, cut), 0);
    assertEquals((await connection.exchange(stream.subarray(cut), 6))?.bytes, whole, `cut at ${cut}`);
  }
});

Deno.test("RpcServer executes nothing of a message that is cut short", async () => {
  await using server = new TestServer();
  const message = call(1, "touch", "");
  for (let end = 0; end < message.length; end++) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await connection.write(message.subarray(0, end));
    await connection.closeWrite();
    assertEquals(await connection.read(new Uint8Array(10)), null);
  }
  assertEquals(server.handled, 0);
});

Deno.test("RpcServer answers what it got when the client shuts down its half of the connection", async () => {
  await using server = new TestServer();
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(call(1, "bytes", "", 3_000_000n));
  await connection.closeWrite();
  let size = 0;
  const chunk = new Uint8Array(1 << 20);
  for (let read = await connection.read(chunk); read !== null; read = await connection.read(chunk)) size += read;
  assertEquals(size, replyBytes(1, null, "x".repeat(3_000_000)).length);
});

Deno.test("RpcServer accepts 32 nested containers and closes the connection at the 33rd, or as it is told", async () => {
  await using server = new TestServer();
  // The message and its parameters are two of them.
  const nested = (containers: number, innermost: string) =>
    `940001a3726177 91 ${"91".repeat(containers - 3)}${innermost}`;
  for (const innermost of ["90", "80", "9101", "810102", "dc0000"]) {
    assertEquals(await exchangeHex(server, nested(32, innermost)), "940101c007", innermost);
    assertEquals(await exchangeHex(server, nested(33, innermost)), undefined, innermost);
  }
  await using deeper = new TestServer({ nestingMax: 40 });
  assertEquals(await exchangeHex(deeper, nested(40, "90")), "940101c007");
  assertEquals(await exchangeHex(deeper, nested(41, "90")), undefined);
  assertEquals(await exchangeHex(server, `${"91".repeat(100_000)}`), undefined);
  assertEquals(await exchangeHex(server, `${"dd00000001".repeat(100_000)}`), undefined);
});

Deno.test("RpcServer closes the connection at once and answers nothing when it gets what is no request", async () => {
  await using server = new TestServer({ idleTimeoutMs: 0 });
  const malformed = [
    "01", // no array
    "a3726177",
    "c0",
    "80",
    "90", // no method
    "91 00",
    "92 00 01",
    "94 00 01 c0 90", // method is not a string
    "94 00 01 05 90",
    "94 00 01 91a0 90",
    "93 02 05 90",
    "94 03 01 a3726177 90", // unknown types
    "94 ff 01 a3726177 90",
    "94 a0 01 a3726177 90",
    "94 cb0000000000000000 01 a3726177 90",
    "94 01 01 c0 07", // a response
    "94 00 ff a3726177 90", // ids
    "94 00 cf0000000100000000 a3726177 90",
    "94 00 cfffffffffffffffff a3726177 90",
    "94 00 d38000000000000000 a3726177 90",
    "94 00 c0 a3726177 90",
    "94 00 a131 a3726177 90",
    "94 00 cb3ff0000000000000 a3726177 90",
    "c1",
    ...["c70000", "c8000000", "c90000000000", "d40000", "d5000000", "d600", "d700", "d800"].map((it) =>
      `940001a3726177 91 ${it}`
    ),
    "940001a3726177 91 c1",
    "474554202f20485454502f312e310d0a0d0a", // GET / HTTP/1.1
    "16030100c8010000c403", // TLS
  ];
  for (const hex of malformed) assertEquals(await exchangeHex(server, hex), undefined, hex);
  await until(() => server.rpc.connectionCount === 0);
});

Deno.test("RpcServer closes the connection when something malformed follows a request", async () => {
  await using server = new TestServer({ idleTimeoutMs: 0 });
  using caller = await WireCaller.open(server);
  assertEquals(await caller.call("echo", "", "a"), [null, "a"]);
  await caller.connection.exchange(Uint8Array.of(0xc1), 0);
  assertEquals(await caller.isClosed(), true);
  using other = await WireCaller.open(server);
  assertEquals(await other.call("echo", "", "b"), [null, "b"]);
});
