import { assert, assertEquals, assertMatch } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { log } from "../../lib/base/log.ts";
import { GOLDEN_CONFIG } from "../support/model_files.ts";
import type { WireValue } from "../support/wire_value.ts";
import { Session } from "./server_session.ts";

const converter = { num_rules: [{ key: "*", type: "num" }] };
const nn = { method: "lsh", parameter: { hash_num: 8 }, nearest_neighbor_num: 3, local_sensitivity: 1.0 };

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

Deno.test("EngineServer warns of text behind the configuration, which it ignores", () => {
  const lines: string[] = [];
  log.setSinks([{ write: (line) => void lines.push(line), format: ({ level, message }) => `${level} ${message}` }]);
  try {
    using _plain = new Session(`${GOLDEN_CONFIG}\n`);
    assertEquals(lines, []);
    using _trailing = new Session(`{"method":"PA","converter":{}}\n}`);
    assertEquals(lines, ["warn configuration ends before line 2, column 1; the text from there on is ignored"]);
  } finally {
    log.setSinks([]);
  }
});
