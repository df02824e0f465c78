import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ClassifierClient } from "../../lib/client/classifier_client.ts";
import { ArgumentError, MethodNotFoundError, RequestTimeoutError, ResultError } from "../../lib/rpc/call_errors.ts";
import { ConnectError } from "../../lib/rpc/call_errors.ts";
import { DatumPairs } from "../../lib/service/data.ts";
import { freePort } from "../support/free_port.ts";
import { bytesOfPlain, type Plain } from "../support/packed.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";

Deno.test("ClassifierClient sends the bytes an original client sends when it trains", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer, "shogun");
  const result = client.train([
    ["徳川", { name: "家康", age: 73, alive: false, seal: Uint8Array.of(0, 255) }],
    ["", new DatumPairs({ strings: [["k", "1"], ["k", Uint8Array.of(0xff)]] })],
  ]);
  const { method, bytes } = await peer.next();
  assertEquals(method, "train");
  assertEquals(
    bytes,
    bytesOfPlain([0, 1, "train", [
      "shogun",
      [
        [utf8("徳川"), [
          [["name", utf8("家康")]],
          [["age", { double: 73 }], ["alive", { double: 0 }]],
          [["seal", "\0\xff"]],
        ]],
        ["", [[["k", "1"], ["k", "\xff"]], [], []]],
      ],
    ]]),
  );
  await reply(peer, 1, 2);
  assertEquals(await result, 2);
});

Deno.test("ClassifierClient reads every kind of result when the server answers", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer);
  const cases: [() => Promise<unknown>, string, Plain[], Plain, unknown][] = [
    [
      () => client.classify([{}]),
      "classify",
      [[[[], [], []]]],
      [[[utf8("徳川"), { double: 0.5 }], ["\xff", { double: -1 }]], []],
      [[{ label: "徳川", score: 0.5 }, { label: "\udcff", score: -1 }], []],
    ],
    [
      () => client.get_labels(),
      "get_labels",
      [],
      new Map<Plain, Plain>([["a", 1], ["b", 2 ** 40]]),
      new Map([["a", 1], ["b", 2 ** 40]]),
    ],
    [() => client.get_config(), "get_config", [], "{}", "{}"],
    [() => client.save("m1"), "save", ["m1"], new Map<Plain, Plain>([["h_1", "/p"]]), new Map([["h_1", "/p"]])],
    [
      () => client.get_status(),
      "get_status",
      [],
      new Map<Plain, Plain>([["h_1", new Map<Plain, Plain>([["pid", "7"]])]]),
      new Map([["h_1", new Map([["pid", "7"]])]]),
    ],
    [() => client.get_proxy_status(), "get_proxy_status", [], new Map<Plain, Plain>(), new Map()],
  ];
  for (const [i, [call, method, args, result, expected]] of cases.entries()) {
    const promise = call();
    assertEquals((await peer.next()).bytes, bytesOfPlain([0, i + 1, method, ["", ...args]]));
    await reply(peer, i + 1, result);
    assertEquals(await promise, expected);
  }
});

Deno.test("ClassifierClient reads booleans when the server answers with one", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer);
  const calls: [() => Promise<boolean>, string][] = [
    [() => client.set_label("x"), "set_label"],
    [() => client.delete_label(Uint8Array.of(0xfe)), "delete_label"],
    [() => client.clear(), "clear"],
    [() => client.load("m1"), "load"],
    [() => client.do_mix(), "do_mix"],
  ];
  for (const [i, [call, method]] of calls.entries()) {
    const promise = call();
    assertEquals((await peer.next()).method, method);
    await peer.send(0, 0x94, 1, i + 1, 0xc0, 0xc2 + i % 2);
    assertEquals(await promise, i % 2 === 1);
  }
});

Deno.test("ClassifierClient rejects with a class of its own when the server has no method or takes no such arguments", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer);
  const results = [client.do_mix(), client.clear()];
  await peer.take(2);
  await peer.send(0, 0x94, 1, 1, 1, 0xa6, 0x64, 0x6f, 0x5f, 0x6d, 0x69, 0x78, 0x94, 1, 2, 2, 0xc0);
  await assertRejects(() => results[0]!, MethodNotFoundError, 'no method "do_mix"');
  await assertRejects(() => results[1]!, ArgumentError, 'arguments of "clear"');
});

Deno.test("ClassifierClient rejects when a result is of another type, even if it claims to be huge", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer);
  const results = [client.train([]), client.get_labels()];
  await peer.take(2);
  await peer.send(0, 0x94, 1, 1, 0xc0, 0xa1, 0x31, 0x94, 1, 2, 0xc0, 0x91, 0x01);
  for (const result of results) await assertRejects(() => result, ResultError);
});

Deno.test("ClassifierClient rejects and sends nothing when an argument cannot be sent", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer);
  const date = { born: new Date(0) } as unknown as Record<string, string>;
  await assertRejects(() => client.train([["a", date]]), TypeError, "datum member born");
  const train = client.train as unknown as (...args: unknown[]) => Promise<number>;
  await assertRejects(() => train(), TypeError, "train takes 1 arguments, not 0");
  const result = client.clear();
  assertEquals((await peer.next()).method, "clear");
  await peer.send(0, 0x94, 1, 2, 0xc0, 0xc3);
  assertEquals(await result, true);
});

Deno.test("ClassifierClient sends its present name when that was changed", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer, "one");
  client.name = "two";
  assertEquals(client.name, "two");
  const result = client.with({}).clear();
  assertEquals((await peer.next()).params, ["two"]);
  await peer.send(0, 0x94, 1, 1, 0xc0, 0xc3);
  await result;
});

Deno.test("ClassifierClient gives calls up when its options say so", async () => {
  await using peer = new ScriptedPeer();
  await using client = await connected(peer);
  await assertRejects(() => client.with({ timeoutMs: 10 }).clear(), RequestTimeoutError, "request timed out");
  const stop = new AbortController();
  const stoppable = client.with({ signal: stop.signal });
  const result = stoppable.clear();
  stop.abort(new Error("enough"));
  await assertRejects(() => result, Error, "enough");
});

Deno.test("ClassifierClient.connect rejects when nothing listens", async () => {
  const error = await assertRejects(
    () => ClassifierClient.connect({ port: freePort() }),
    ConnectError,
    "connect failed",
  );
  assertInstanceOf(error.cause, Deno.errors.ConnectionRefused);
});

function connected(peer: ScriptedPeer, name?: string): Promise<ClassifierClient> {
  return ClassifierClient.connect({ host: peer.host, port: peer.port, ...name === undefined ? {} : { name } });
}

async function reply(peer: ScriptedPeer, id: number, result: Plain): Promise<void> {
  await peer.send(0, 0x94, 1, id, 0xc0, ...bytesOfPlain(result));
}

function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
