import { readEngineConfig } from "../../lib/engine/engine_config.ts";
import { bytesOf, byteStringOf, byteStringOfText } from "../../lib/base/byte_string.ts";
import { ConfigError } from "../../lib/base/config_error.ts";
import { type LogRecord, patternFormat } from "../../lib/base/log_format.ts";
import { MsgpackError, TypeMismatchError } from "../../lib/msgpack/errors.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { ProtocolError } from "../../lib/rpc/errors.ts";
import { BufferBudget, FrameBuffer } from "../../lib/rpc/frame_buffer.ts";
import { StartError } from "../../lib/server/fatal.ts";
import { parseLogConfig } from "../../lib/server/log_config.ts";
import {
  readServerArguments,
  type ServerArguments,
  serverCommandLine,
  writeServerArguments,
} from "../../lib/supervisor/server_arguments.ts";
import { written } from "../support/packed.ts";
import { readRecording } from "../support/recording.ts";
import { readStartups } from "../support/replay_startups.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { readableMember } from "../support/wire_value.ts";
import { clientTarget } from "./client_target.ts";
import { engineTargets } from "./engine_targets.ts";
import type { Grammar } from "./mutate.ts";
import { proxyTarget } from "./proxy_target.ts";
import { rpcServerTarget } from "./rpc_target.ts";

/** Code that reads bytes from outside. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs to start from. */
  readonly seeds: readonly Uint8Array[];
  readonly grammar: Grammar;
  /** How many inputs of a hundred it gets. */
  readonly share: number;
  /** Reads the input. Throws only where the code under test did what it must not do. */
  run(input: Uint8Array<ArrayBuffer>, random: SeededRandom): void | Promise<void>;
  /** Gives back what running took. */
  close?(): Promise<void>;
}

const fixtures = new URL("../fixtures/recordings/", import.meta.url).pathname;
/** Enough of every kind, small enough to be cut at every byte. */
const seedBytesMax = 400;

/** All targets, with recorded requests and configurations as seeds. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  const { requests, configs } = await readSeeds();
  const messages = { seeds: requests, grammar: msgpackGrammar };
  return [
    { name: "msgpack skip", share: 18, ...messages, run: (input) => expecting([MsgpackError], () => skipAll(input)) },
    {
      name: "msgpack read",
      share: 18,
      ...messages,
      run: (input) => expecting([MsgpackError, TypeMismatchError], () => readAll(new Reader(input))),
    },
    { name: "rpc frames", share: 18, ...messages, run: framesAgree },
    rpcServerTarget("linear server", linearConfig, messages),
    rpcServerTarget("neighbour server", neighbourConfig, messages),
    proxyTarget("proxy", linearConfig, messages),
    {
      name: "configuration",
      share: 14,
      seeds: configs,
      grammar: jsonGrammar,
      run: (input) => expecting([ConfigError], () => void readEngineConfig(byteStringOf(input))),
    },
    ...engineTargets(msgpackGrammar),
    clientTarget(msgpackGrammar),
    {
      name: "jubavisor arguments",
      share: 3,
      seeds: [
        written((writer) => writeServerArguments(writer, serverArguments, { type: "", zookeeper: "", target: "" })),
      ],
      grammar: msgpackGrammar,
      run: (input) =>
        expecting([MsgpackError, TypeMismatchError], () => {
          const place = { zookeeper: "", zookeeperAuth: "", name: "n", port: 9199 };
          serverCommandLine(readServerArguments(new Reader(input)), place);
        }),
    },
    {
      name: "log configuration",
      share: 3,
      seeds: [bytesOf(logConfig)],
      grammar: xmlGrammar,
      run: (input) => expecting([StartError, RangeError], () => readLogConfig(new TextDecoder().decode(input))),
    },
  ];
}

const converter = {
  string_types: { bigram: { method: "ngram", char_num: "2" } },
  string_rules: [
    { key: "*", type: "bigram", sample_weight: "log_tf", global_weight: "idf" },
    { key: "*", type: "space", sample_weight: "tf", global_weight: "bm25" },
    { key: "*", type: "str", sample_weight: "bin", global_weight: "bin" },
  ],
  num_rules: [{ key: "*", type: "num" }, { key: "*", type: "log" }, { key: "*", type: "str" }],
};
const linearConfig = { method: "AROW", parameter: { regularization_weight: 1.0 }, converter };
const neighbourConfig = {
  method: "NN",
  parameter: {
    method: "euclid_lsh",
    parameter: { hash_num: 16 },
    nearest_neighbor_num: 4,
    local_sensitivity: 0.1,
    unlearner: "lru",
    unlearner_parameter: { max_size: 64 },
  },
  converter,
};

const msgpackGrammar: Grammar = {
  tokens: [
    "dbffffffff",
    "ddffffffff",
    "dfffffffff",
    "c6ffffffff",
    "dcffff",
    "deffff",
    "daffff",
    "c1",
    "c7",
    "d4",
    "c0",
    "cb7ff8000000000000",
    "cfffffffffffffffff",
    "d38000000000000000",
    "94",
    "a0",
  ].map((hex) => Uint8Array.fromHex(hex)),
  openers: ["91", "81", "93", "dc0001", "8190"].map((hex) => Uint8Array.fromHex(hex)),
};

const jsonGrammar: Grammar = {
  tokens: [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "null",
    "true",
    "1e999",
    "-0",
    "99999999999999999999",
    "0.1e-400",
    "\\u0000",
    "\\ud800",
    '"method":"AROW"',
    '"path":"x.so"',
    '"regexp"',
    "(a+)+$",
    "(?<=",
    "*",
    "\x80\xff",
  ].map((text) => bytesOf(text)),
  openers: ["[", '{"a":', "[[", '{"converter":'].map((text) => bytesOf(text)),
};

const serverArguments: ServerArguments = {
  bindInterface: "eth0",
  timeoutSec: 10,
  zookeeperTimeoutSec: 10,
  interconnectTimeoutSec: 10,
  threads: 2,
  datadir: "/var/lib",
  logdir: "",
  logConfig: "log.xml",
  intervalSec: 16,
  intervalCount: 512,
  mixer: "linear_mixer",
};

const logConfig = `<?xml version="1.0" encoding="UTF-8"?>
<log4j:configuration xmlns:log4j="http://jakarta.apache.org/log4j/"><!-- all of it -->
<appender name="out" class="org.apache.log4j.RollingFileAppender"><param name="File" value="\${JUBATUS_PID}.log"/>
<param name="MaxFileSize" value="20KB"/><param name='MaxBackupIndex' value='3'/><param name="Threshold" value="WARN"/>
<layout class="org.apache.log4j.PatternLayout"><param name="ConversionPattern" value="%d{HH:mm} %-5p [%.9F:%L] %m%n"/>
</layout></appender><appender name="err" class="org.apache.log4j.ConsoleAppender"/>
<logger name="jubatus" additivity="true"><level value="debug"/><appender-ref ref="out"/></logger>
<root><priority value="off"/><appender-ref ref="err"/></root></log4j:configuration>`;

const xmlGrammar: Grammar = {
  tokens: ["<", ">", "/>", '"', "'", "&lt;", "&", "${", "}", "<!--", "-->", "%", "{", "<appender ", "<root>", "\0"]
    .map((text) => bytesOf(text)),
  openers: ["<a ", '"', "<!--", "${", "<root>", "%5"].map((text) => bytesOf(text)),
};

/** Reads a log configuration, and writes a record with what it says. */
function readLogConfig(text: string): void {
  const record: LogRecord = { timeMs: 0, level: "warn", threadId: 7, file: "a.ts", line: 8, message: "text" };
  for (const { pattern } of parseLogConfig(text, { JUBATUS_PID: "42" }).appenders) patternFormat(pattern)(record);
}

async function readSeeds(): Promise<{ requests: Uint8Array[]; configs: Uint8Array[] }> {
  const requests = new Map<string, Uint8Array>();
  const configs: Uint8Array[] = [];
  for (const file of ["protocol", "errors", "arow_bytes", "pa_str_num", "save_arow", "nn_minhash_64"]) {
    const { head, calls } = await readRecording(`${fixtures}classifier/${file}.jsonl.gz`);
    configs.push(bytesOf(byteStringOfText(head.config)));
    for (const call of calls.filter((it) => it.request.length <= 2 * seedBytesMax)) {
      requests.set(`${call.method}${call.request.length}`, Uint8Array.fromHex(call.request));
    }
  }
  for (const startup of await readStartups(`${fixtures}bad-configs.jsonl.gz`)) {
    configs.push(bytesOf(String(readableMember(startup.line, "config"))));
  }
  return { requests: [...requests.values()], configs };
}

/** Lets errors through that are no answer to bad input. */
// deno-lint-ignore no-explicit-any
function expecting(classes: readonly (abstract new (...args: any[]) => Error)[], run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!classes.some((it) => error instanceof it)) throw error;
  }
}

function skipAll(input: Uint8Array): void {
  const reader = new Reader(input);
  while (!reader.atEnd) reader.skip();
}

/** Reads value after value by its kind; containers are not remembered, their members just follow. */
function readAll(reader: Reader): void {
  while (!reader.atEnd) {
    const before = reader.position;
    switch (reader.peek()) {
      case "nil":
        reader.tryNil();
        break;
      case "boolean":
        reader.readBoolean();
        break;
      case "integer":
        reader.readBigInt();
        break;
      case "double":
        reader.readDouble();
        break;
      case "raw":
        reader.readByteString();
        break;
      case "array":
        reader.readArrayHeader();
        break;
      case "map":
        reader.readMapHeader();
    }
    if (reader.position <= before) throw new Error(`no progress at byte ${before}`);
  }
}

/** Messages must be found alike however the stream is cut, and each must be what the codec takes for one value. */
function framesAgree(input: Uint8Array<ArrayBuffer>, random: SeededRandom): void {
  const whole = frameEnds(input, () => input.length);
  const cut = frameEnds(input, () => 1 + random.below(16));
  if (whole.join() !== cut.join()) throw new Error(`messages end at ${whole} in one piece, at ${cut} in several`);
  let start = 0;
  for (const end of whole) {
    if (typeof end === "string") break;
    const reader = new Reader(input, start);
    reader.skip();
    if (reader.position !== end) throw new Error(`a message ends at ${end}; by the codec, at ${reader.position}`);
    start = end;
  }
}

/** Where messages end; the last is "error" when the bytes are none. */
function frameEnds(input: Uint8Array<ArrayBuffer>, pieceSize: () => number): (number | "error")[] {
  const frames = new FrameBuffer(1 << 20, new BufferBudget(1 << 22));
  const ends: (number | "error")[] = [];
  let passed = 0;
  try {
    for (let at = 0; at < input.length;) {
      const piece = input.subarray(at, at + pieceSize());
      const room = frames.room();
      const taken = Math.min(piece.length, room.length);
      room.set(piece.subarray(0, taken));
      frames.received(taken);
      at += taken;
      while (frames.next()) {
        passed += frames.frameEnd - frames.start;
        ends.push(passed);
        frames.start = frames.frameEnd;
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    ends.push("error");
  }
  return ends;
}
