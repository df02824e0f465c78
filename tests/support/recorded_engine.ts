/**
 * Classifier engines without a server that get the calls of recorded sessions.
 *
 * @module
 */
import { type ByteString, byteStringOfText } from "../../lib/base/byte_string.ts";
import { classifierType } from "../../lib/engine/classifier/classifier_engine.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { writeDiffs } from "../../lib/mix/envelope.ts";
import { runAtOnce } from "../../lib/model/mixable.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { packed, written } from "./packed.ts";
import type { RecordedCall, RecordingHead } from "./recording.ts";

/** An engine as one of several servers has it. */
export function createRecordedEngine(head: RecordingHead, owner: ByteString, seed = 0): Engine {
  return classifierType.create(byteStringOfText(head.config), { isMixed: true, seed, now: () => 0, owner });
}

/** The driver of a model file: the second element of its user data. */
export function driverIn(file: Uint8Array): Uint8Array {
  const systemBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(32));
  const reader = new Reader(file.subarray(48 + systemBytes));
  reader.expectArray(2);
  reader.skip();
  return reader.bytes.subarray(reader.position);
}

/** The reply to a call; undefined to calls that take a server. */
export function replyOf(engine: Engine, call: RecordedCall): Uint8Array | undefined {
  const writer = new Writer();
  const reader = new Reader(Uint8Array.fromHex(call.request));
  reader.readArrayHeader();
  reader.skip();
  writer.writeArrayHeader(4);
  writer.writeInt(1);
  writer.writeInt(reader.readInteger());
  writer.writeNil();
  reader.skip();
  if (reader.readArrayHeader() === 0) return undefined;
  const method = classifierType.service[call.method];
  if (method !== undefined) {
    reader.skip();
    const args = method.args.map((codec) => codec.read(reader));
    const result = (engine.methods[call.method] as (...args: unknown[]) => unknown)(...args);
    method.result.write(writer, result as never);
  } else if (call.method === "get_diff" && reader.peek() === "integer") {
    writer.writeRaw(written((inner) => runAtOnce(writeDiffs(engine.mixables, inner))));
  } else if (call.method === "get_model") {
    writer.writeArrayHeader(2);
    writer.writeInt(1);
    writer.writeRaw(packed(engine));
  } else if (call.method === "clear") {
    (engine.methods["clear"] as () => boolean)();
    writer.writeBoolean(true);
  } else {
    return undefined;
  }
  return writer.take();
}
