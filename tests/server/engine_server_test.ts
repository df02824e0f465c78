import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { classifierType } from "../../lib/engine/classifier/classifier_engine.ts";
import { EngineServer } from "../../lib/server/engine_server.ts";
import type { ServerSettings } from "../../lib/server/server_options.ts";
import { dispatched } from "../support/dispatched.ts";
import {
  GOLDEN_CONFIG,
  GOLDEN_MODEL_FILE,
  modelFileOf,
  type ModelFileParts,
  systemData,
} from "../support/model_files.ts";
import { serverSettings } from "../support/server_settings.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { encodeValue, WireMap, type WireValue } from "../support/wire_value.ts";

const owner = "192.0.2.7_9199";
const badCast: [WireValue, WireValue] = [2n, "std::bad_cast"];
const converter = { num_rules: [{ key: "*", type: "num" }] };
const nn = { method: "lsh", parameter: { hash_num: 8 }, nearest_neighbor_num: 3, local_sensitivity: 1.0 };

/** A standalone classifier server without sockets, in a directory of its own. */
class Session implements Disposable {
  readonly directory = new TemporaryDirectory();
  readonly server: EngineServer;

  constructor(config: unknown = GOLDEN_CONFIG, changes: Partial<ServerSettings> = {}) {
    const text = byteStringOfText(typeof config === "string" ? config : JSON.stringify(config));
    const context = { isMixed: false, seed: 1, now: () => 0, owner };
    this.server = new EngineServer(classifierType, serverSettings(this.directory.path, changes), text, context);
  }

  call(method: string, ...params: readonly WireValue[]): Promise<[WireValue, WireValue]> {
    return dispatched(this.server.dispatcher, method, "name", ...params);
  }

  train(label: string, key: string, value: number): Promise<[WireValue, WireValue]> {
    return this.call("train", [[label, [[], [[key, value]], []]]]);
  }

  async status(): Promise<Map<string, string>> {
    const [error, result] = await this.call("get_status");
    assertEquals(error, null);
    const [[who, status], ...others] = (result as WireMap).entries as [[WireValue, WireMap]];
    assertEquals([who, others.length], [owner, 0]);
    for (const [key, value] of status.entries) assertEquals([typeof key, typeof value], ["string", "string"]);
    return new Map(status.entries as [string, string][]);
  }

  async updateCount(): Promise<string | undefined> {
    return (await this.status()).get("update_count");
  }

  pathOf(id: string): string {
    return `${this.directory.path}/${owner}_classifier_${id}.jubatus`;
  }

  /** Puts a file where `load` of an id finds it. */
  put(id: string, file: Uint8Array | ModelFileParts): void {
    Deno.writeFileSync(this.pathOf(id), file instanceof Uint8Array ? file : modelFileOf(file));
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]();
  }
}

/** Keys that every standalone server has. */
const baseKeys = [
  "PROGNAME",
  "RSS",
  "SHR",
  "VERSION",
  "VIRT",
  "clock_time",
  "configpath",
  "datadir",
  "is_standalone",
  "last_loaded",
  "last_loaded_path",
  "last_saved",
  "last_saved_path",
  "log_config",
  "logdir",
  "pid",
  "start_time",
  "threadnum",
  "timeout",
  "type",
  "update_count",
  "uptime",
  "user",
];
const weightManagerKeys = [
  "weight_manager_version",
  ...["master_", "diff_"].flatMap((side) =>
    ["document_count", "num_document_frequencies", "num_group_frequencies", "num_group_total_lengths", "num_weights"]
      .map((key) => side + key)
  ),
];
const linearKeys = ["num_classes", "num_features", "storage"];

Deno.test("EngineServer tells exactly the documented status keys for each kind of method", async () => {
  const unlearner = (method: string) => ({ unlearner: method, unlearner_parameter: { max_size: 3 } });
  const weight = { regularization_weight: 1.0 };
  const cases: [unknown, string[]][] = [
    [{ method: "perceptron", converter }, linearKeys],
    [{ method: "PA", converter }, linearKeys],
    [{ method: "PA1", parameter: weight, converter }, linearKeys],
    [{ method: "PA2", parameter: weight, converter }, linearKeys],
    [{ method: "CW", parameter: weight, converter }, linearKeys],
    [{ method: "AROW", parameter: weight, converter }, linearKeys],
    [{ method: "NHERD", parameter: weight, converter }, linearKeys],
    [{ method: "PA", parameter: unlearner("lru"), converter }, [
      ...linearKeys,
      "num_unlearner_sticky_ids",
      "num_unlearner_unlearned_ids",
    ]],
    [{ method: "AROW", parameter: { ...weight, ...unlearner("random") }, converter }, [
      ...linearKeys,
      "num_unlearner_ids",
    ]],
    [{ method: "cosine", parameter: { nearest_neighbor_num: 3, local_sensitivity: 1.0 }, converter }, []],
    [{ method: "euclidean", parameter: { nearest_neighbor_num: 3, local_sensitivity: 1.0 }, converter }, []],
    [{ method: "NN", parameter: nn, converter }, []],
    [{ method: "NN", parameter: { ...nn, ...unlearner("lru") }, converter }, []],
  ];
  for (const [config, methodKeys] of cases) {
    using session = new Session(config);
    const keys = [...(await session.status()).keys()];
    assertEquals(keys, [...baseKeys, ...weightManagerKeys, ...methodKeys].sort(), JSON.stringify(config));
  }
});

Deno.test("EngineServer tells settings and state in its status", async () => {
  using session = new Session(GOLDEN_CONFIG, {
    logConfig: "/etc/log.xml",
    logdir: "/var/log/j\u00fcba",
    threads: 5,
    timeoutSec: 3,
  });
  const before = Math.floor(Date.now() / 1000);
  session.server.started();
  await session.train("A", "x", 1);
  await session.train("B", "y", 1);
  await session.call("set_label", "C");
  const status = await session.status();
  const { path } = session.directory;
  const expected = {
    PROGNAME: "jubaclassifier",
    VERSION: "1.1.1",
    type: "classifier",
    datadir: path,
    configpath: "/etc/jubatus/config.json",
    log_config: "/etc/log.xml",
    logdir: byteStringOfText("/var/log/j\u00fcba"),
    is_standalone: "1",
    threadnum: "5",
    timeout: "3",
    pid: String(Deno.pid),
    update_count: "3",
    last_saved: "0",
    last_saved_path: "",
    last_loaded: "0",
    last_loaded_path: "",
    storage: "local_storage",
    num_features: "2",
    num_classes: "3",
    weight_manager_version: "0",
    master_document_count: "0",
  };
  for (const [key, value] of Object.entries(expected)) assertEquals(status.get(key), value, key);
  const [clock, start, uptime] = ["clock_time", "start_time", "uptime"].map((key) => Number(status.get(key)));
  assert(start! >= before && start! <= clock! && uptime === clock! - start!);
  for (const key of ["VIRT", "RSS", "SHR"]) assertMatch(status.get(key)!, /^\d+$/);
});

Deno.test("EngineServer counts each updating call once, also when it fails, and no other call", async () => {
  using session = new Session();
  const updating: [string, ...WireValue[]][] = [
    ["train", []],
    ["train", [["A", [[], [["x", 1.0]]]], ["B", [[], [["x", -1.0]]]]]],
    ["train", [["A", [[["a$b", "not allowed"]]]]]],
    ["set_label", "A"],
    ["delete_label", "nobody"],
    ["load", "missing"],
    ["load", ""],
    ["clear"],
  ];
  for (const [i, [method, ...params]] of updating.entries()) {
    await session.call(method, ...params);
    assertEquals(await session.updateCount(), String(i + 1), method);
  }
  const others: [string, ...WireValue[]][] = [
    ["classify", []],
    ["get_labels"],
    ["get_config"],
    ["save", "m"],
    ["save", ""],
    ["train", "no list"],
    ["set_label"],
    ["nosuch"],
  ];
  for (const [method, ...params] of others) await session.call(method, ...params);
  assertEquals(await session.updateCount(), String(updating.length));
});

Deno.test("EngineServer has none of the methods of a cluster when it stands alone", async () => {
  using session = new Session();
  for (
    const method of [
      "do_mix",
      "get_diff",
      "put_diff",
      "get_model",
      "pull",
      "push",
      "get_pull_argument",
      "get_proxy_status",
    ]
  ) {
    assertEquals(await session.call(method), [1n, method]);
  }
});

Deno.test("EngineServer answers get_config with the text byte for byte", async () => {
  const text =
    ` { "converter" : {"num_rules":[{"key":"*","type":"num"}], "string_types":{"\u3042": {"method":"ngram","char_num":"2"}} },\t"method":"PA"}\r\n\n`;
  using session = new Session(text);
  assertEquals(await session.call("get_config"), [null, byteStringOfText(text)]);
});

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
  assertEquals(await session.call("save", "directory"), ["cannot write output file", null]);
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
  session.server.loadFile(path);
  const status = await session.status();
  assertEquals([status.get("last_loaded_path"), status.get("update_count")], [path, "0"]);
  assertEquals(await session.call("get_labels"), [null, new WireMap([["A", 1n]])]);
  assertThrows(() => session.server.loadFile("/nowhere"), Error, "cannot open input file");
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
