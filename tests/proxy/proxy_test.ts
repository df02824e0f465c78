import { assert, assertEquals } from "@std/assert";
import { ClusterView } from "../../lib/cluster/cluster_view.ts";
import { log } from "../../lib/base/log.ts";
import { Membership, prepareTree } from "../../lib/cluster/membership.ts";
import { statService } from "../../lib/service/stat_service.ts";
import { FakeTime } from "../support/fake_time.ts";
import { freePort } from "../support/free_port.ts";
import { MemoryTree } from "../support/memory_coordinator.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { until } from "../support/until.ts";
import { encodeValue, showValue, WireMap, type WireValue } from "../support/wire_value.ts";
import { FixedMembers, ProxySetup } from "./proxy_setup.ts";

const datum: WireValue = [[["k", "v"]], [["x", 1n]]];

Deno.test("Proxy forwards the bytes of parameters and results as they are when one server is called", async () => {
  await using setup = await ProxySetup.start(1);
  const { client, peers } = setup;
  // str8, an integer as a double, two lists and a surplus parameter: a server takes all of it.
  const params = [0x93, 0xd9, 1, 0x6e, 0x91, 0x92, 0xa1, 0x41, 0x92, 0x90, 0x91, 0x92, 0xa1, 0x78, 1, 0xc3];
  const request = Uint8Array.of(0x94, 0, 0xce, 0xff, 0xff, 0xff, 0xff, 0xa5, ...bytesOf("train"), ...params);
  const answer = client.exchange(request, 1);
  const { bytes, id } = await peers[0]!.next();
  assertEquals([...bytes.subarray(bytes.length - params.length)], params);
  await peers[0]!.send(0, 0x94, 1, id, 0xc0, 0xce, 0, 0, 0, 1);
  assertEquals([...(await answer)!.bytes], [0x94, 1, 0xce, 0xff, 0xff, 0xff, 0xff, 0xc0, 0xce, 0, 0, 0, 1]);
});

Deno.test("Proxy chooses among the active servers when the method is random", async () => {
  let next = 0;
  await using setup = await ProxySetup.start(3, { random: () => next });
  for (const [number, peer] of [[0, 0], [0.34, 1], [0.999, 2]] as const) {
    next = number;
    const call = setup.call("get_labels", "shogun");
    assertEquals(await setup.answer(peer, new WireMap([["A", 1n]])), ["get_labels", ["shogun"]]);
    assertEquals(showValue((await call)!), `[null,{"A":1}]`);
  }
});

Deno.test("Proxy asks for members when none are known, and keeps the parameters meanwhile", async () => {
  await using setup = await ProxySetup.start(1);
  (setup.members as FixedMembers).isKnown = false;
  const call = setup.call("train", "shogun", [["A", datum]]);
  assertEquals(await setup.answer(0, 1n), ["train", ["shogun", [["A", datum]]]]);
  assertEquals(await call, [null, 1n]);
});

Deno.test("Proxy answers in the order of the servers' answers when requests are pipelined", async () => {
  await using setup = await ProxySetup.start(1);
  const requests = [1n, 2n, 3n].flatMap((id) => [...encodeValue([0n, id, "train", ["", []]])]);
  const answers = setup.client.exchange(Uint8Array.from(requests), 3);
  const received = await setup.peers[0]!.take(3);
  for (const [place, value] of [[2, 30n], [0, 10n], [1, 20n]] as const) {
    await setup.peers[0]!.send(0, ...encodeValue([1n, BigInt(received[place]!.id), null, value]));
  }
  assertEquals((await answers)!.messages, [[1n, 3n, null, 30n], [1n, 1n, null, 10n], [1n, 2n, null, 20n]]);
});

Deno.test("Proxy answers at once what needs no server while others wait", async () => {
  await using setup = await ProxySetup.start(1);
  const first = setup.client.exchange(encodeValue([0n, 1n, "train", ["", []]]), 0);
  await first;
  assertEquals(await setup.call("no_such", ""), [1n, "no_such"]);
  assertEquals(await setup.call("train"), [2n, "std::bad_cast"]);
});

Deno.test("Proxy refuses parameters of the wrong type itself", async () => {
  await using setup = await ProxySetup.start(0);
  const wrong: [string, ...WireValue[]][] = [
    ["train", "n"],
    ["train", "n", 5n],
    ["train", "n", [["A", 1n]]],
    ["classify", "n", "x"],
    ["set_label", "n", 1n],
    ["get_labels"],
    ["get_labels", 5n],
    ["save", "n"],
    ["get_status"],
  ];
  for (const [method, ...params] of wrong) {
    assertEquals(await setup.call(method, ...params), [2n, "std::bad_cast"], `${method} ${params}`);
  }
});

Deno.test("Proxy does not have the methods between servers", async () => {
  await using setup = await ProxySetup.start(0);
  for (const method of ["do_mix", "get_diff", "put_diff", "get_model", "push", "pull"]) {
    assertEquals(await setup.call(method, 0n), [1n, method]);
  }
});

Deno.test("Proxy reduces booleans with and, and deleted labels with or", async () => {
  await using setup = await ProxySetup.start(2);
  for (const [method, params, expected] of [["clear", [], false], ["delete_label", ["A"], true]] as const) {
    const call = setup.call(method, "n", ...params);
    await setup.answer(0, true);
    await setup.answer(1, false);
    assertEquals(await call, [null, expected]);
  }
});

Deno.test("Proxy merges maps in the order of their keys, and the later answer wins", async () => {
  await using setup = await ProxySetup.start(2, { random: last });
  const call = setup.call("save", "n", "id");
  await setup.answer(1, new WireMap([["b", "late"], ["c", "3"]]));
  await arrived(setup, 1);
  await setup.answer(0, new WireMap([["b", "later"], ["a", "1"]]));
  assertEquals(showValue((await call)!), `[null,{"a":"1","b":"later","c":"3"}]`);
});

Deno.test("Proxy calls the owners of the first argument when the method has a ring", async () => {
  const members = new FixedMembers([]);
  await using setup = await ProxySetup.start(1, { members, service: statService });
  members.endpoints = setup.peers;
  const call = setup.call("push", "cluster", "key", 2n);
  await setup.answer(0, true);
  assertEquals(await call, [null, true]);
  assertEquals(members.asked, [{ cluster: "cluster", key: "key", count: 1 }]);
});

Deno.test("Proxy says which cluster has no server, and which key has no owner", async () => {
  const members = new FixedMembers([], "no server found");
  await using setup = await ProxySetup.start(0, { members, service: statService });
  assertEquals(await setup.call("clear", "nobody"), ["no server found: nobody", null]);
  assertEquals(await setup.call("sum", "nobody", "key"), ["no server found: key", null]);
});

Deno.test("Proxy gives the caller the errors of servers in the words of 1.1.1", async () => {
  await using setup = await ProxySetup.start(1);
  const cases: [error: WireValue, result: WireValue, expected: string][] = [
    ["label \xff", null, `rpc_server error: "label \xff"`],
    [1n, "train", "jubatus::server::common::mprpc::rpc_method_not_found"],
    [2n, "std::bad_cast", "jubatus::server::common::mprpc::rpc_type_error"],
    [7n, null, "rpc_server error: 7"],
    [-5n, null, "Input/output error"],
    [-104n, null, "Connection reset by peer"],
    [true, null, "rpc_server error: true"],
    [1.5, null, "rpc_server error: 1.5"],
    [[1n, "x"], null, `rpc_server error: [1, "x"]`],
    [new WireMap([["a", 1n]]), null, `rpc_server error: {"a"=>1}`],
    [null, null, "no result"],
    [null, "text", "no result"],
  ];
  for (const [error, result, expected] of cases) {
    const call = setup.call("train", "n", []);
    await setup.answer(0, result, error);
    assertEquals(await call, [expected, null]);
  }
});

Deno.test("Proxy logs which servers failed in the layout of 1.1.1", async () => {
  const messages: string[] = [];
  log.setSinks([{ write: (line) => void messages.push(line), format: ({ message }) => message }]);
  try {
    await using setup = await ProxySetup.start(3);
    const call = setup.call("clear", "n");
    await setup.answer(0, null, "cannot open input file");
    await setup.answer(1, "clear", 1n);
    await setup.peers[2]!.next();
    setup.peers[2]!.hangUp(0);
    await call;
    const [first, second, third] = setup.peers.map((peer) => ` host: 127.0.0.1, port: ${peer.port}\n`);
    const kind = "   jubatus::server::common::mprpc::";
    const method = "\n       (#0) Method: clear";
    const message = "\n       (#0) Message: ";
    assertEquals(messages, [
      "error occurred in 3 out of 3 requests",
      "rpc_error with 3 servers\n" +
      `${first}${kind}rpc_call_error${method}${message}rpc_server error: "cannot open input file"\n` +
      `${second}${kind}rpc_method_not_found${method}\n` +
      `${third}${kind}rpc_io_error${method}${message}connection closed\n`,
    ]);
  } finally {
    log.setSinks([]);
  }
});

Deno.test("Proxy says so when a result of several servers is of the wrong type", async () => {
  await using setup = await ProxySetup.start(2);
  const call = setup.call("get_status", "n");
  await setup.answer(0, new WireMap([["a", new WireMap([["pid", 1n]])]]));
  await setup.answer(1, new WireMap([]));
  assertEquals(await call, ["no result", null]);
});

Deno.test("Proxy says so when no connection can be made", async () => {
  const members = new FixedMembers([{ host: "127.0.0.1", port: freePort() }]);
  await using setup = await ProxySetup.start(0, { members });
  assertEquals(await setup.call("get_labels", "n"), ["connect error in proxy", null]);
  assertEquals(await setup.call("clear", "n"), ["connect error in proxy", null]);
});

Deno.test("Proxy tries another server when one cannot be reached and the method only reads", async () => {
  await using setup = await ProxySetup.start(1);
  const { host, port } = setup.peers[0]!;
  (setup.members as FixedMembers).endpoints = [{ host, port: freePort() }, { host, port }];
  const call = setup.call("classify", "n", [datum]);
  assertEquals(await setup.answer(0, [[]]), ["classify", ["n", [datum]]]);
  assertEquals(await call, [null, [[]]]);
  assertEquals(await setup.call("train", "n", []), ["connect error in proxy", null]);
});

Deno.test("Proxy fails a broadcast when one server cannot be reached, whatever the others answer", async () => {
  await using setup = await ProxySetup.start(2);
  const { host } = setup.peers[0]!;
  (setup.members as FixedMembers).endpoints = [...setup.peers, { host, port: freePort() }];
  const call = setup.call("clear", "n");
  await setup.answer(0, null, "no");
  await setup.answer(1, true);
  assertEquals(await call, ["connect error in proxy", null]);
});

Deno.test("Proxy gives the first error that came when several servers fail", async () => {
  await using setup = await ProxySetup.start(2, { random: last });
  const call = setup.call("clear", "n");
  await setup.answer(1, null, "first");
  await arrived(setup, 1);
  await setup.answer(0, null, "second");
  assertEquals(await call, [`rpc_server error: "first"`, null]);
});

Deno.test("Proxy tells the caller at once when a server dies in the middle of a call", async () => {
  await using setup = await ProxySetup.start(1);
  const call = setup.call("train", "n", []);
  const { connection } = await setup.peers[0]!.next();
  setup.peers[0]!.hangUp(connection);
  assertEquals(await call, ["connection closed", null]);
  const next = setup.call("train", "n", []);
  await setup.answer(0, 0n);
  assertEquals(await next, [null, 0n]);
});

Deno.test("Proxy gives a call up when the server is silent, and connects anew", async () => {
  await using setup = await ProxySetup.start(1, { interconnectTimeoutMs: 50 });
  assertEquals(await setup.call("train", "n", []), ["request timed out", null]);
  assertEquals(await setup.call("clear", "n"), ["request timed out", null]);
  await setup.peers[0]!.take(2);
  assertEquals(setup.peers[0]!.connections, 2);
});

Deno.test("Proxy gives all calls up when the server is silent, and then connects anew once", async () => {
  await using setup = await ProxySetup.start(1, { interconnectTimeoutMs: 50 });
  const count = 40;
  const bytes: number[] = [];
  for (let id = 1; id <= count; id++) bytes.push(...encodeValue([0n, BigInt(id), "train", ["", []]]));
  const answers = await setup.client.exchange(Uint8Array.from(bytes), count);
  const ids = Array.from({ length: count }, (_, i) => BigInt(i + 1));
  assertEquals(answers!.messages, ids.map((id) => [1n, id, "request timed out", null]));
  await setup.peers[0]!.take(count);
  const call = setup.call("train", "", []);
  await setup.answer(0, 0n);
  assertEquals(await call, [null, 0n]);
  assertEquals(setup.peers[0]!.connections, 2);
});

Deno.test("Proxy answers each caller its own when several pipeline through one connection to a server", async () => {
  await using setup = await ProxySetup.start(1);
  const [callers, count] = [3, 50];
  const peer = setup.peers[0]!;
  const clients = await Promise.all(
    Array.from({ length: callers }, () => RawConnection.open({ hostname: "127.0.0.1", port: setup.server.port })),
  );
  const answers = clients.map((client, caller) => {
    const requests = Array.from({ length: count }, (_, i) => {
      const datum: WireValue = [[], [["x", BigInt(1000 * caller + i)]], []];
      return [...encodeValue([0n, BigInt(i), "train", ["", [["A", datum]]]])];
    });
    return client.exchange(Uint8Array.from(requests.flat()), count);
  });
  for (const { id, params } of await peer.take(callers * count)) {
    const [, [[, [, [[, value]]]]]] = params as [WireValue, [[WireValue, [WireValue, [[WireValue, WireValue]]]]]];
    await peer.send(0, ...encodeValue([1n, BigInt(id), null, value]));
  }
  assertEquals(peer.connections, 1);
  for (const [caller, answer] of answers.entries()) {
    const expected = Array.from({ length: count }, (_, i) => [1n, BigInt(i), null, BigInt(1000 * caller + i)]);
    assertEquals((await answer)!.messages, expected);
  }
  for (const client of clients) client[Symbol.dispose]();
});

Deno.test("Proxy refuses a call when it may have no further connection", async () => {
  await using setup = await ProxySetup.start(2, { poolSize: 1 });
  const call = setup.call("clear", "n");
  await setup.answer(0, true);
  assertEquals(await call, ["too many session", null]);
});

Deno.test("Proxy sends notifications on and answers nothing", async () => {
  await using setup = await ProxySetup.start(1);
  await setup.client.exchange(encodeValue([2n, "clear", ["n"]]), 0);
  assertEquals(await setup.answer(0, true), ["clear", ["n"]]);
  const call = setup.call("train", "n", []);
  await setup.answer(0, 0n);
  assertEquals(await call, [null, 0n]);
});

Deno.test("Proxy counts requests with right parameters, and the servers they went to", async () => {
  const status = (): [string, string][] => [["PROGNAME", "jubaclassifier_proxy"]];
  await using setup = await ProxySetup.start(2, { status });
  const call = setup.call("clear", "n");
  await setup.answer(0, true);
  await setup.answer(1, true);
  await call;
  await setup.call("no_such");
  await setup.call("train", "n", 1n);
  const expected = `{"PROGNAME":"jubaclassifier_proxy","forward_count":"2","request_count":"2"}`;
  assertEquals(showValue((await setup.call("get_proxy_status", "any", 1n))!), `[null,{"192.0.2.2_9199":${expected}}]`);
});

Deno.test("Proxy keeps a connection open while its requests are being answered", async () => {
  using time = new FakeTime();
  await using setup = await ProxySetup.start(1, { idleTimeoutMs: 100 });
  const call = setup.call("train", "n", []);
  const request = await setup.peers[0]!.next();
  time.advance(250);
  await setup.peers[0]!.send(0, ...encodeValue([1n, BigInt(request.id), null, 3n]));
  assertEquals(await call, [null, 3n]);
  time.advance(100);
  assertEquals(await setup.client.exchange(new Uint8Array(0), 1), undefined, "then it is idle, and closed");
});

Deno.test("Proxy follows who joins and leaves, and goes on while the coordinator is away", async () => {
  const tree = new MemoryTree();
  await using ours = tree.connect();
  using members = new ClusterView(ours, "classifier");
  await using setup = await ProxySetup.start(2, { members });
  await using first = tree.connect();
  await prepareTree(first, "classifier", "n");
  assertEquals(await setup.call("clear", "n"), ["no server found: n", null]);
  assertEquals(await setup.call("clear", "\xff\xfe"), ["no server found: \xff\xfe", null]);
  await join(first, setup.peers[0]!);
  let call = setup.call("clear", "n");
  await setup.answer(0, true);
  assertEquals(await call, [null, true]);

  await using second = tree.connect();
  await join(second, setup.peers[1]!);
  await first.close();
  await until(() => members.knownActives("n")?.[0]?.port === setup.peers[1]!.port);
  ours.disconnect();
  call = setup.call("clear", "n");
  await setup.answer(1, true);
  assertEquals(await call, [null, true]);
  assertEquals(await setup.call("clear", "other"), ["no server found: other", null]);
});

Deno.test("Proxy lets a caller pipeline more requests than may wait when it reads the answers", async () => {
  await using setup = await ProxySetup.start(1);
  const count = 3000;
  const peer = setup.peers[0]!;
  const bytes: number[] = [];
  for (let id = 1; id <= count; id++) bytes.push(...encodeValue([0n, BigInt(id), "train", ["", []]]));
  const answers = setup.client.exchange(Uint8Array.from(bytes), count);
  for (let i = 0; i < count; i++) {
    const { id, connection } = await peer.next();
    await peer.send(connection, ...encodeValue([1n, BigInt(id), null, 7n]));
  }
  const messages = (await answers)!.messages as WireValue[][];
  assertEquals(new Set(messages.map(([, id]) => id)).size, count);
  assert(messages.every(([, , error, result]) => error === null && result === 7n));
});

async function join(coordinator: ReturnType<MemoryTree["connect"]>, peer: { port: number }): Promise<void> {
  const membership = new Membership(coordinator, "classifier", "n", { host: "127.0.0.1", port: peer.port });
  await membership.registerNode();
  await membership.registerActive();
}

/** Chooses the last server. */
const last = (): number => 0.999;

/** Resolves when the proxy has read what `peer`, the last one, has sent so far: a call to it has come back. */
async function arrived(setup: ProxySetup, peer: number): Promise<void> {
  using other = await RawConnection.open({ hostname: "127.0.0.1", port: setup.server.port });
  const call = other.exchange(encodeValue([0n, 1n, "train", ["n", []]]), 1);
  await setup.answer(peer, 0n);
  await call;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
