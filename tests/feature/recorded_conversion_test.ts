/**
 * Sessions with `jubaweight`, whose replies are feature vectors: the converter alone must come to the same ones.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { parseConfig } from "../../lib/base/config_reader.ts";
import { Converter, featureSuffixes } from "../../lib/feature/converter.ts";
import { compileConverter, type ConverterPlan } from "../../lib/feature/converter_config.ts";
import { sortAndMerge } from "../../lib/feature/sort_and_merge.ts";
import { WeightStatistics } from "../../lib/feature/weight_statistics.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { DatumBatch } from "../../lib/service/datum_batch.ts";
import { written } from "../support/packed.ts";
import { driverIn } from "../support/recorded_engine.ts";
import { judgeReply, readRecording, type RecordedCall } from "../support/recording.ts";
import { decodeValue, type WireValue } from "../support/wire_value.ts";

const folder = new URL("../fixtures/recordings/weight/", import.meta.url).pathname;
/** Logarithms are not computed to the last bit everywhere, and the original adds up words in the order of its hash table. */
const TOLERANCE = 1e-12;

for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  Deno.test(`Converter makes the features of 1.1.1 in the session ${name}`, async () => {
    const { head, calls } = await readRecording(folder + name);
    const config = parseConfig(byteStringOfText(head.config)).value;
    assert(config.kind === "object");
    const session = new Session(compileConverter(config.members.get("converter")!), calls);
    let answers = 0;
    for (const call of calls) if (session.replay(call)) answers++;
    assert(answers > 10, `${answers} answers compared`);
  });
}

/** What stands behind the methods of one server. */
class Session {
  readonly #plan: ConverterPlan;
  readonly #calls: readonly RecordedCall[];
  /** What was saved, by id. */
  readonly #saved = new Map<unknown, Uint8Array>();
  readonly #batch = new DatumBatch();
  readonly #vector = new FeatureVector();
  #features!: FeatureTable;
  #statistics!: WeightStatistics;
  #converter!: Converter;

  constructor(plan: ConverterPlan, calls: readonly RecordedCall[]) {
    this.#plan = plan;
    this.#calls = calls;
    this.#begin();
  }

  /** True when the call was answered with features, which were right. */
  replay(call: RecordedCall): boolean {
    if (call.fresh) this.#begin();
    const id = call.params?.[1];
    switch (call.method) {
      case "update":
      case "calc_weight":
        this.#checkReply(call);
        return true;
      case "clear":
        this.#begin();
        break;
      case "save":
        this.#saved.set(id, written((writer) => this.#statistics.pack(writer)));
        break;
      case "load":
        this.#load(id, this.#calls.find(({ n }) => n === call.load_from));
        break;
      case "get_status":
        this.#checkStatus(call);
    }
    return false;
  }

  #begin(): void {
    this.#features = new FeatureTable(featureSuffixes(this.#plan));
    this.#statistics = new WeightStatistics(this.#features);
    this.#converter = new Converter(this.#plan, this.#features, this.#statistics, true);
  }

  #load(id: unknown, saved: RecordedCall | undefined): void {
    this.#begin();
    // The model is `[statistics]`.
    const bytes = saved === undefined ? this.#saved.get(id)! : driverIn(Uint8Array.fromHex(saved.save!)).subarray(1);
    this.#statistics.unpack(new Reader(bytes));
  }

  #checkReply(call: RecordedCall): void {
    const response = this.#response(call);
    const message = decodeValue(response)!.value as readonly WireValue[];
    assertEquals(judgeReply(call, message.slice(2), response, TOLERANCE), undefined, `line ${call.n}`);
  }

  /** The whole response, with features or an error. */
  #response(call: RecordedCall): Uint8Array {
    const reader = new Reader(Uint8Array.fromHex(call.request));
    reader.expectArray(4);
    reader.skip();
    const messageId = reader.readUint32();
    reader.skip();
    reader.expectArray(2);
    reader.skip();
    this.#batch.readOne(reader);
    const writer = new Writer();
    writer.writeArrayHeader(4);
    writer.writeInt(1);
    writer.writeInt(messageId);
    try {
      if (call.method === "update") this.#converter.convertForTraining(this.#batch, 0, this.#vector);
      else this.#converter.convertForQuery(this.#batch, 0, this.#vector);
      sortAndMerge(this.#vector, this.#features);
      writer.writeNil();
      this.#writeFeatures(writer);
    } catch (error) {
      writer.writeByteString((error as Error).message);
      writer.writeNil();
    }
    this.#features.dropUnheld();
    return writer.take();
  }

  #writeFeatures(writer: Writer): void {
    const { ids, values, count } = this.#vector;
    writer.writeArrayHeader(count);
    for (let i = 0; i < count; i++) {
      writer.writeArrayHeader(2);
      writer.writeByteString(this.#features.nameOf(ids[i]!));
      writer.writeDouble(values[i]!);
    }
  }

  #checkStatus(call: RecordedCall): void {
    const [, servers] = JSON.parse(call.line).reply as [null, { [server: string]: { [key: string]: string } }];
    const [recorded] = Object.values(servers);
    for (const [key, value] of this.#statistics.status()) assertEquals(value, recorded![key], `${key}, line ${call.n}`);
  }
}
