/** What `EngineServer` saves and loads. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { decodeModelFile } from "../../lib/model/model_file.ts";
import { readModelFile } from "../../lib/server/model_store.ts";
import { GOLDEN_CONFIG, GOLDEN_MODEL_FILE, type ModelFileParts, systemData } from "../support/model_files.ts";
import { encodeValue, WireMap, type WireValue } from "../support/wire_value.ts";
import { owner, Session } from "./server_session.ts";

const converter = { num_rules: [{ key: "*", type: "num" }] };
const badCast: [WireValue, WireValue] = [2n, "std::bad_cast"];

Deno.test("EngineServer saves under owner, type and id, and tells path and time", async () => {
  using session = new Session();
  await session.train("A", "x", 1);
  const before = Math.floor(Date.now() / 1000);
  for (const id of ["m", "a b", "..", "~!\"#$%&'()*+,-.:;<=>?@[]^_`{|}", "x".repeat(100)]) {
    const path = session.pathOf(id);
    assertEquals(await session.call("save", id), [null, new WireMap([[owner, path]])]);
    const status = await session.status();
    assertEquals(status.get("last_saved_path"), path);
    assert(Number(status.get("last_saved")) >= before);
    // The time apart, it is the file of 1.1.1.
    const saved = Deno.readFileSync(path);
    assertEquals(saved.subarray(-0x54), GOLDEN_MODEL_FILE.subarray(-0x54));
    assertEquals(await session.call("load", id), [null, true]);
    assertEquals((await session.status()).get("last_loaded_path"), path);
  }
  assertEquals(session.directory.list().length, 5);
});

Deno.test("EngineServer refuses ids that are empty or hold other bytes than printable ASCII without a slash", async () => {
  using session = new Session();
  for (const method of ["save", "load"]) {
    assertEquals(await session.call(method, ""), ["empty id is not allowed", null]);
    for (const id of ["a/b", "/", "../x", "a\nb", "\x00", "\x1f", "\x7f", "\x80", "\xe3\x81\x82", "ok\xff"]) {
      assertEquals(await session.call(method, id), ["model ID contains invalid character", null]);
    }
    for (const id of [1n, null, ["m"]]) assertEquals(await session.call(method, id), badCast);
  }
  assertEquals(session.directory.list(), []);
});

Deno.test("EngineServer tells that it cannot write, and leaves nothing behind, when the directory is gone", async () => {
  using session = new Session();
  await session.call("save", "m");
  const gone = new Session(GOLDEN_CONFIG);
  gone[Symbol.dispose]();
  assertEquals(await gone.call("save", "m"), ["cannot open output file", null]);
  assertEquals(await session.call("save", "x".repeat(300)), ["cannot open output file", null]);
  Deno.mkdirSync(session.pathOf("directory"));
  assertEquals(await session.call("save", "directory"), ["cannot open output file", null]);
  assertEquals(session.directory.list().length, 2);
  const status = await session.status();
  assertEquals(status.get("last_saved_path"), session.pathOf("m"));
});

Deno.test("EngineServer loads the golden file and answers with its model", async () => {
  using session = new Session();
  session.put("copied under another id", GOLDEN_MODEL_FILE);
  assertEquals(await session.call("load", "copied under another id"), [null, true]);
  assertEquals(await session.call("get_labels"), [null, new WireMap([["A", 1n]])]);
  assertEquals(await session.call("classify", [[[], [["x", 2.0], ["y", 1.0]]]]), [null, [[["A", 1.0]]]]);
  // Saved again it is the same but for the time, which the golden file has not.
  await session.call("save", "g");
  const saved = Deno.readFileSync(session.pathOf("g"));
  const timestampLength = encodeValue(BigInt(Math.floor(Date.now() / 1000))).length;
  assertEquals(saved.length, 219 + timestampLength - 1);
  assertEquals(saved.subarray(-0x54), GOLDEN_MODEL_FILE.subarray(-0x54));
});

Deno.test("EngineServer refuses files that are not as they should be, in the words and the order of 1.1.1, and keeps its model", async () => {
  using session = new Session();
  await session.train("A", "x", 1);
  await session.train("B", "x", -1);
  const other = '{"method":"PA1","parameter":{"regularization_weight":1.0},"converter":{}}';
  const allWrong: ModelFileParts = {
    system: systemData({ config: "{" }),
    user: [2n, []],
    crc: 0xab,
    version: [2, 0, 0],
    format: 9n,
  };
  const { format: _f, ...version } = allWrong;
  const { version: _v, ...crc } = version;
  const { crc: _c, ...content } = crc;
  const cases: [string, Uint8Array | ModelFileParts, string | RegExp][] = [
    ["short", GOLDEN_MODEL_FILE.subarray(0, 47), "cannot read input file"],
    ["empty", new Uint8Array(0), "cannot read input file"],
    ["cut", GOLDEN_MODEL_FILE.subarray(0, 218), "cannot read input file"],
    ["magic", { ...allWrong, magic: "JUBATUS\0" }, "invalid file format"],
    ["format", allWrong, "invalid format version: 9, expected 1"],
    ["version", version, "cannot load model file created before v1.0.0: 2.0.0"],
    ["old", { version: [0, 9, 4] }, "cannot load model file created before v1.0.0: 0.9.4"],
    ["crc", crc, /^invalid crc32 checksum: [\da-f]+, expected ab$/],
    ["system", { ...content, system: [null] }, "system data is broken"],
    [
      "system version",
      { ...content, system: systemData({ version: 2n, type: "x" }) },
      /^invalid system data version: saved version: 2, /,
    ],
    [
      "type",
      { ...content, system: systemData({ type: "stat", config: "{" }) },
      "server type mismatched: stat, expected classifier",
    ],
    ["config end", content, "json_parser reached end of data"],
    [
      "config syntax",
      { ...content, system: systemData({ config: "{a" }) },
      /^<istream>:1:2 '"' is required but got 'a'/,
    ],
    [
      "config",
      { user: [2n, []], system: systemData({ config: other }) },
      `server config mismatched: ${other}, expected ${GOLDEN_CONFIG}`,
    ],
    ["container", { user: [2n] }, "invalid user container"],
    ["user version", { user: [2n, null] }, "user data version mismatched: 2, expected 1"],
    ["user", { user: 5n }, "user data is broken"],
    ["no engine", { user: [1n, null] }, "user data is broken"],
    ["one part", { user: [1n, [[]]] }, "user data is broken"],
    ["three parts", { user: [1n, [[[], []], [[0n], [], []], []]] }, "user data is broken"],
    ["unlearner too many", { user: [1n, [[[[], []], [], []], [[0n], [], []]]] }, "user data is broken"],
    ["bare counter table", { user: [1n, [[[], []], [[0n], [0n, new WireMap([])], []]]] }, "user data is broken"],
    ["nothing there", new Uint8Array(1), "cannot read input file"],
  ];
  const classified = await session.call("classify", [[[], [["x", 3.0]]]]);
  for (const [id, file, message] of cases) {
    session.put(id, file);
    const [error, result] = await session.call("load", id);
    if (typeof message === "string") assertEquals(error, message, id);
    else assertMatch(error as string, message);
    assertEquals(result, null);
    assertEquals(await session.call("get_labels"), [null, new WireMap([["A", 1n], ["B", 1n]])], id);
    assertEquals(await session.call("classify", [[[], [["x", 3.0]]]]), classified, id);
  }
  Deno.mkdirSync(session.pathOf("directory"));
  assertEquals((await session.call("load", "directory"))[0], "cannot read input file");
  assertEquals((await session.call("load", "missing"))[0], "cannot open input file");
  const status = await session.status();
  assertEquals([status.get("last_loaded"), status.get("last_loaded_path")], ["0", ""]);
  assertEquals(await session.train("C", "z", 1), [null, 1n]);
});

Deno.test("EngineServer compares configurations as JSON when it loads", async () => {
  using session = new Session('{"method":"PA","converter":{"num_rules":[{"key":"*","type":"num"}]},"parameter":{}}');
  const same = [
    '{"method":"PA","converter":{"num_rules":[{"key":"*","type":"num"}]},"parameter":{}}\n',
    ' {\n "parameter" : { },"converter":{"num_rules":[{"type":"num","key":"\\u002a"}]},"method":"P\\u0041"}',
  ];
  const different = [
    '{"method":"PA","converter":{"num_rules":[{"key":"*","type":"num"}]}}',
    '{"method":"PA","converter":{"num_rules":[{"key":"*","type":"num"}]},"parameter":null}',
    '{"method":"PA","converter":{"num_rules":[]},"parameter":{}}',
    '{"method":"pa","converter":{"num_rules":[{"key":"*","type":"num"}]},"parameter":{}}',
  ];
  for (const config of same) {
    session.put("m", { system: systemData({ config }) });
    assertEquals(await session.call("load", "m"), [null, true], config);
  }
  for (const config of different) {
    session.put("m", { system: systemData({ config }) });
    assertMatch(String((await session.call("load", "m"))[0]), /^server config mismatched: /);
  }
  using numbers = new Session({ method: "AROW", parameter: { regularization_weight: 1.0 }, converter });
  const text = (weight: string) =>
    `{"method":"AROW","parameter":{"regularization_weight":${weight}},"converter":{"num_rules":[{"key":"*","type":"num"}]}}`;
  const fresh: WireValue = [1n, [[[], []], [[0n], [0n, [new WireMap([])]], []]]];
  // JSON.stringify has made an integer of it.
  numbers.put("m", { system: systemData({ config: text("1") }), user: fresh });
  assertEquals(await numbers.call("load", "m"), [null, true]);
  numbers.put("m", { system: systemData({ config: text("1.0") }), user: fresh });
  assertMatch(String((await numbers.call("load", "m"))[0]), /^server config mismatched: /);
});

Deno.test("EngineServer loads what a file has and forgets all else", async () => {
  using session = new Session();
  await session.train("B", "other", 1);
  session.put("g", GOLDEN_MODEL_FILE);
  await session.call("load", "g");
  assertEquals(await session.call("classify", [[[], [["other", 1.0]]]]), [null, [[["A", 0.0]]]]);
  const status = await session.status();
  assertEquals([status.get("num_features"), status.get("num_classes"), status.get("diff_document_count")], [
    "1",
    "1",
    "0",
  ]);
  // Update count and configuration are the server's own.
  assertEquals(status.get("update_count"), "2");
});

Deno.test("EngineServer boots from a file without counting an update", async () => {
  using session = new Session();
  const path = session.directory.write("anywhere.bin", GOLDEN_MODEL_FILE);
  session.server.install(decodeModelFile(readModelFile(path)), path);
  const status = await session.status();
  assertEquals([status.get("last_loaded_path"), status.get("update_count")], [path, "0"]);
  assertEquals(await session.call("get_labels"), [null, new WireMap([["A", 1n]])]);
});

Deno.test("EngineServer saves each model whole when saves, loads and trainings overlap", async () => {
  using session = new Session();
  const work: Promise<unknown>[] = [];
  for (let i = 0; i < 40; i++) {
    work.push(session.train(`L${i % 7}`, `k${i}`, i + 1));
    work.push(session.call("save", i % 2 === 0 ? "same" : "other"));
    if (i % 10 === 9) work.push(session.call("load", "same"));
  }
  for (const [error] of await Promise.all(work) as [WireValue, WireValue][]) assertEquals(error, null);
  assertEquals(session.directory.list().map((name) => name.slice(-13)), ["other.jubatus", "_same.jubatus"]);
  for (const id of ["same", "other"]) assertEquals(await session.call("load", id), [null, true]);
});

Deno.test("EngineServer keeps labels of any bytes through save and load", async () => {
  using session = new Session();
  const labels = ["", "\x00", "\xff\xfe", "\xe3\x81\x82", "a b", "x".repeat(70_000)];
  for (const [i, label] of labels.entries()) await session.train(label, `k${i}`, 1);
  const before = await session.call("get_labels");
  assertEquals((before[1] as WireMap).entries.map(([label]) => label), labels.toSorted((a, b) => a < b ? -1 : 1));
  await session.call("save", "m");
  await session.call("clear");
  assertEquals(await session.call("get_labels"), [null, new WireMap([])]);
  await session.call("load", "m");
  assertEquals(await session.call("get_labels"), before);
});

Deno.test({
  name: "EngineServer lets MIX go on while the disk is slow to take a model",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using session = new Session();
    await session.train("A", "x", 1);
    // Opening a pipe for writing waits for a reader.
    const pipe = `${session.directory.path}/${owner}_classifier_.tmp`;
    assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    let isSaved = false;
    const saving = session.call("save", "m").finally(() => isSaved = true);
    await session.server.exclusively(() => Promise.resolve());
    assertEquals(isSaved, false);
    const received = await Deno.readFile(pipe);
    // A pipe cannot be synced.
    assertEquals(await saving, ["cannot write output file", null]);
    assertEquals(received.subarray(-0x54), GOLDEN_MODEL_FILE.subarray(-0x54));
  },
});
