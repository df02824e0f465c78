import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { RawConnection } from "../support/raw_connection.ts";
import { SeededRandom, testSeed } from "../support/seeded_random.ts";
import { ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { joined, notifyBytes, requestBytes, WireCaller } from "../support/wire_call.ts";
import { WireMap, type WireValue } from "../support/wire_value.ts";

const config = {
  method: "AROW",
  parameter: { regularization_weight: 1.0 },
  converter: {
    num_rules: [{ key: "*", type: "num" }],
    string_rules: [{ key: "*", type: "str", sample_weight: "bin", global_weight: "bin" }],
  },
};

/** A real server and a client that means well; the server must be as good as new after whatever a test does to it. */
class Victim implements AsyncDisposable {
  readonly directory = new TemporaryDirectory();
  server!: ServerProcess;

  static async start(...args: readonly string[]): Promise<Victim> {
    const victim = new Victim();
    const path = victim.directory.write("config.json", JSON.stringify(config));
    const all = ["-f", path, "-d", victim.directory.path, ...args];
    victim.server = await ServerProcess.start("jubaclassifier", { args: all });
    return victim;
  }

  caller(): Promise<WireCaller> {
    return WireCaller.open(this.server);
  }

  connect(): Promise<RawConnection> {
    return RawConnection.open(this.server);
  }

  /** Answers, learns, saves, loads and ends as a server does that nothing has happened to. */
  async assertWell(): Promise<void> {
    assert(this.server.running);
    using caller = await this.caller();
    assertEquals(await caller.call("clear", ""), [null, true]);
    assertEquals(await caller.call("train", "", [example("A", "x", 1), example("B", "x", -1)]), [null, 2n]);
    assertEquals((await caller.call("save", "", "well"))?.[0], null);
    assertEquals(await caller.call("clear", ""), [null, true]);
    assertEquals(await caller.call("load", "", "well"), [null, true]);
    assertEquals(await caller.call("get_labels", ""), [null, new WireMap([["A", 1n], ["B", 1n]])]);
    const { code, stderr } = await this.server.stop();
    assertEquals([code, stderr], [0, ""]);
    assertEquals(/\bat .*\.ts:\d+:\d+/.test(this.server.output), false, "a stack trace in the log");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop("SIGKILL");
    this.directory[Symbol.dispose]();
  }
}

function example(label: string, key: string, value: number): WireValue {
  return [label, [[], [[key, value]], []]];
}

Deno.test("a server stands a storm of errors", async () => {
  await using victim = await Victim.start();
  using connection = await victim.connect();
  const wrong = [
    requestBytes(1, "nosuch", ""),
    requestBytes(2, "train", "", "no list"),
    requestBytes(3, "train", "", [[1n, []]]),
    requestBytes(4, "train", "", [["A", [[["bad$key", "x"]]]]]),
    requestBytes(5, "train", "", [example("A", "x", NaN)]),
    requestBytes(6, "load", "", "no such model"),
    requestBytes(7, "save", "", "a/b"),
    requestBytes(8, "classify", "", [[[["k", 1n]]]]),
    requestBytes(9, "set_label"),
  ];
  for (let round = 0; round < 100; round++) {
    const answer = await connection.exchange(joined(...wrong, ...wrong, notifyBytes("load", "", "nothing")), 18);
    const errors = answer!.messages.map((message) => (message as WireValue[])[2]);
    assertEquals(errors.slice(0, 3), [1n, 2n, 2n]);
    assertEquals(errors.filter((error) => error === null), []);
  }
  await victim.assertWell();
});

Deno.test("a server stands connections that send garbage, break off in the middle or go without reading", async () => {
  await using victim = await Victim.start("-t", "1");
  const random = new SeededRandom(testSeed());
  const request = requestBytes(1, "train", "", [example("A", "x", 1), ["B", [[["k", "v".repeat(200)]], [], []]]]);
  for (let round = 0; round < 300; round++) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: victim.server.port });
    let bytes = request.slice(0, 1 + random.below(request.length));
    if (random.below(2) === 0) bytes[random.below(bytes.length)] = random.below(256);
    if (random.below(4) === 0) bytes = Uint8Array.from({ length: 50 }, () => random.below(256));
    try {
      await connection.write(joined(requestBytes(1, "get_status", ""), bytes));
      if (random.below(2) === 0) await connection.read(new Uint8Array(1));
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
  await victim.assertWell();
});

Deno.test("a server stands labels, keys and values of megabytes", async () => {
  await using victim = await Victim.start();
  using caller = await victim.caller();
  const giant = "\xffL".repeat(2_000_000);
  assertEquals(await caller.call("train", "", [example(giant, "x", 1), example("B", "x", -1)]), [null, 2n]);
  assertEquals(await caller.call("get_labels", ""), [null, new WireMap([["B", 1n], [giant, 1n]])]);
  const scored = await caller.call("classify", "", [[[], [["x", 1.0]]]]);
  assertEquals((((scored![1] as WireValue[])[0] as WireValue[])[0] as WireValue[])[0], giant);
  // Scores of so many data would be half a gigabyte.
  const [tooMuch] = (await caller.call("classify", "", Array.from({ length: 128 }, () => [])))!;
  assertMatch(String(tooMuch), /^the reply would be larger than \d+ bytes/);
  const long: WireValue = ["B", [[["k", "v".repeat(3_000_000)]], [["n".repeat(3_000_000), 1.0]]]];
  assertEquals(await caller.call("train", "", [long]), [null, 1n]);
  assertEquals((await caller.call("save", "", "giant"))?.[0], null);
  assertEquals(await caller.call("load", "", "giant"), [null, true]);
  assertEquals(await caller.call("delete_label", "", giant), [null, true]);
  await victim.assertWell();
});

Deno.test("a server stands a hundred thousand labels", async () => {
  await using victim = await Victim.start("-t", "0");
  const count = 100_000;
  using connection = await victim.connect();
  const requests: Uint8Array[] = [];
  for (let i = 0; i < count; i++) requests.push(requestBytes(i, "set_label", "", `label ${i}`));
  for (let at = 0; at < count; at += 10_000) {
    const answer = await connection.exchange(joined(...requests.slice(at, at + 10_000)), 10_000);
    assertEquals(answer?.messages.length, 10_000);
  }
  using caller = await victim.caller();
  // Each has to be looked at for an example, and is told of a query.
  assertEquals(await caller.call("train", "", [example("label 7", "x", 1), example("label 8", "x", -1)]), [null, 2n]);
  const start = performance.now();
  const [error, result] = (await caller.call("classify", "", [[[], [["x", 1.0]]]]))!;
  assertEquals([error, ((result as WireValue[])[0] as WireValue[]).length], [null, count]);
  assertLess(performance.now() - start, 10_000);
  assertEquals((await caller.call("save", "", "many"))?.[0], null);
  assertEquals(await caller.call("load", "", "many"), [null, true]);
  await victim.assertWell();
});

Deno.test("a server saves whole models while others train, and serves them meanwhile", async () => {
  await using victim = await Victim.start();
  using trainer = await victim.caller();
  using saver = await victim.caller();
  using rival = await victim.caller();
  const examples = (round: number) =>
    Array.from({ length: 200 }, (_, i) => example(`L${i % 5}`, `key ${round}/${i}`, i + 1));
  let saving = true;
  const training = (async () => {
    let rounds = 0;
    for (; saving || rounds < 20; rounds++) {
      assertEquals(await trainer.call("train", "", examples(rounds)), [null, 200n]);
    }
    return rounds;
  })();
  const saves = async (caller: WireCaller, id: string) => {
    for (let i = 0; i < 15; i++) assertEquals((await caller.call("save", "", id))?.[0], null);
  };
  using third = await victim.caller();
  await Promise.all([saves(saver, "same"), saves(rival, "same"), saves(third, "other")]);
  saving = false;
  const rounds = await training;
  for (const id of ["same", "other"]) {
    assertEquals(await saver.call("load", "", id), [null, true]);
    const [, labels] = (await saver.call("get_labels", ""))!;
    const counts = (labels as WireMap).entries.map(([, count]) => Number(count));
    // Each call is learned as a whole, and a save comes between two calls.
    assertEquals(counts, new Array(counts.length).fill(counts[0]));
    assert(counts[0]! % 40 === 0 && counts[0]! <= 40 * rounds);
  }
  assertEquals(victim.directory.list().filter((name) => name.endsWith(".tmp")), []);
  await victim.assertWell();
});

Deno.test("a server refuses a file with any bit damaged and keeps its model", async () => {
  await using victim = await Victim.start();
  const random = new SeededRandom(testSeed());
  using caller = await victim.caller();
  await caller.call("train", "", [example("A", "x", 1), example("B", "y", -1)]);
  const [, paths] = (await caller.call("save", "", "m"))!;
  const path = (paths as WireMap).entries[0]![1] as string;
  const good = Deno.readFileSync(path);
  const before = await caller.call("classify", "", [[[], [["x", 1.0], ["y", 1.0]]]]);
  for (let round = 0; round < 200; round++) {
    const bad = good.slice();
    const bit = random.below(bad.length * 8);
    bad[bit >> 3]! ^= 1 << (bit & 7);
    Deno.writeFileSync(path, bad);
    const [error] = (await caller.call("load", "", "m"))!;
    assertEquals(typeof error, "string", `bit ${bit}`);
    assertEquals(await caller.call("classify", "", [[[], [["x", 1.0], ["y", 1.0]]]]), before);
  }
  await victim.assertWell();
});

Deno.test("a server stands hundreds of clients that do nothing, and goes on answering", async () => {
  await using victim = await Victim.start("-t", "0");
  const idle = await Promise.all(Array.from({ length: 400 }, () => victim.connect()));
  for (const connection of idle) await connection.exchange(Uint8Array.of(0x94, 0, 1, 0xdb, 0, 1), 0);
  using caller = await victim.caller();
  assertEquals(await caller.call("get_labels", ""), [null, new WireMap([])]);
  for (const connection of idle) connection[Symbol.dispose]();
  await victim.assertWell();
});
