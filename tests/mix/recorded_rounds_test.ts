/** Rounds of MIX as Jubatus 1.1.1 had them, with engines in memory in place of servers. */
import { assertEquals } from "@std/assert";
import { bytesOf } from "../../lib/base/byte_string.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { applyDiffs, EnvelopeFold, writeDiffs } from "../../lib/mix/envelope.ts";
import { runAtOnce } from "../../lib/model/mixable.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { createRecordedEngine, driverIn, replyOf } from "../support/recorded_engine.ts";
import { packed, written } from "../support/packed.ts";
import {
  closeTo,
  judgeReply,
  opened,
  readRecording,
  type RecordedCall,
  type Recording,
  withoutRandom,
} from "../support/recording.ts";
import { decodeValue, WireMap, type WireValue } from "../support/wire_value.ts";

const FOLDER = new URL("../fixtures/recordings/mix/", import.meta.url).pathname;
const TOLERANCE = 1e-12;
/** Lines of rounds in which 1.1.1 leaves out rows that were added after `clear`, as this server does not. */
const FORGETFUL: ReadonlyMap<string, number> = new Map([["nn_idf.jsonl.gz", 59], ["nn_three.jsonl.gz", 76]]);

/** One message of a round. */
interface Exchange {
  readonly server: number;
  readonly method: "get_diff" | "put_diff" | "get_model";
  readonly request: string;
  readonly response: string;
}

function createEngine({ head }: Recording, server: number): Engine {
  return createRecordedEngine(head, `127.0.0.1_${head.ports![server]}`, server);
}

function exchangesOf(call: RecordedCall): Exchange[] {
  return JSON.parse(call.line).mix ?? [];
}

/** The difference that a message carries. */
function differenceIn({ method, request, response }: Exchange): Uint8Array {
  const reader = new Reader(Uint8Array.fromHex(method === "get_diff" ? response : request));
  reader.readArrayHeader();
  for (let i = 0; i < 3; i++) reader.skip();
  if (method === "put_diff") reader.readArrayHeader();
  return reader.readRaw();
}

function contentOf(bytes: Uint8Array): WireValue {
  return opened(decodeValue(bytes)!.value);
}

function folded(engine: Engine, differences: readonly Uint8Array[]): Uint8Array {
  const fold = new EnvelopeFold(engine.mixables);
  differences.forEach((bytes, i) => runAtOnce(fold.add(String(i), bytes)));
  return written((writer) => runAtOnce(fold.write(writer)));
}

/** Decoded and in order the difference is readable. */
function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (actual.toHex() === expected.toHex()) return;
  assertEquals(inOrder(decodeValue(actual)!.value), inOrder(decodeValue(expected)!.value), what);
  assertEquals(actual.toHex(), expected.toHex(), what);
}

/** A value with maps as lists, and what is msgpack in raws decoded. */
function inOrder(value: WireValue): unknown {
  if (value instanceof WireMap) return value.entries.map((entry) => entry.map(inOrder));
  if (Array.isArray(value)) return value.map(inOrder);
  const bytes = typeof value === "string" && value.charCodeAt(0) >> 4 === 9 ? bytesOf(value) : undefined;
  const inner = bytes === undefined ? undefined : decodeValue(bytes);
  return inner !== undefined && inner.end === bytes!.length ? inOrder(inner.value) : value;
}

/** What the messages of a round hold is random. */
function isRandom(call: RecordedCall): boolean {
  return JSON.parse(call.line).mix_compare === "structure";
}

function assertClose(actual: WireValue, expected: WireValue, what: string): void {
  if (!closeTo(expected, actual, TOLERANCE)) assertEquals(actual, expected, what);
}

/** The same but for random ids. */
function assertAlike(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assertClose(withoutRandom(contentOf(actual)), withoutRandom(contentOf(expected)), what);
}

const files = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).sort();
for (const file of files) {
  Deno.test(`EnvelopeFold gives what 1.1.1 put when it folds what 1.1.1 got, in ${file}`, async () => {
    const recording = await readRecording(FOLDER + file);
    for (const call of recording.calls) {
      const exchanges = exchangesOf(call);
      if (exchanges.length === 0) continue;
      const got = exchanges.filter((it) => it.method === "get_diff").map(differenceIn);
      const put = exchanges.filter((it) => it.method === "put_diff").map(differenceIn);
      const fold = folded(createEngine(recording, 0), got);
      for (const bytes of put) {
        if (isRandom(call)) assertClose(contentOf(fold), contentOf(bytes), `line ${call.n}`);
        else assertSameBytes(fold, bytes, `line ${call.n}`);
      }
    }
  });

  Deno.test(`ClassifierEngine answers as 1.1.1 does between rounds of MIX, in ${file}`, async () => {
    const recording = await readRecording(FOLDER + file);
    const engines = recording.head.ports!.map((_, server) => createEngine(recording, server));
    // Each join was a round.
    for (const _ of engines) round(engines);
    for (const call of recording.calls) {
      const engine = engines[typeof call.to === "number" ? call.to : 0]!;
      if (call.method === "do_mix") {
        const exchanges = exchangesOf(call);
        const mixed = round(engines);
        const put = exchanges.find((it) => it.method === "put_diff")!;
        if (FORGETFUL.get(file) === call.n) continue;
        if (isRandom(call)) assertAlike(mixed, differenceIn(put), `line ${call.n}`);
        else assertSameBytes(mixed, differenceIn(put), `line ${call.n}`);
        continue;
      }
      if (call.save !== undefined) {
        const same = call.save_compare === "structure" ? assertAlike : assertSameBytes;
        same(packed(engine), driverIn(Uint8Array.fromHex(call.save)), `line ${call.n}: save`);
      }
      const reply = replyOf(engine, call);
      if (reply === undefined || call.quirk !== undefined) continue;
      const what = `line ${call.n}: ${call.method}`;
      const hasModel = call.method === "get_diff" || call.method === "get_model";
      if (hasModel && call.compare === undefined) assertSameBytes(reply, responseTo(call), what);
      else if (!hasModel) assertEquals(judgeReply(call, [null, resultIn(reply)], reply, TOLERANCE), undefined, what);
    }
  });
}

function responseTo(call: RecordedCall): Uint8Array {
  return Uint8Array.fromHex(call.response!);
}

/** The result of a reply, with what is msgpack in raws decoded. */
function resultIn(reply: Uint8Array): WireValue {
  return opened((decodeValue(reply)!.value as readonly WireValue[])[3]!);
}

/** Has the engines exchange what they learned; gives what all applied. */
function round(engines: readonly Engine[]): Uint8Array {
  const differences = engines.map(({ mixables }) => written((writer) => runAtOnce(writeDiffs(mixables, writer))));
  const mixed = folded(engines[0]!, differences);
  for (const { mixables } of engines) assertEquals(runAtOnce(applyDiffs(mixables, mixed)), true);
  return mixed;
}
