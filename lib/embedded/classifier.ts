import { bytesOf, type ByteString, byteStringOf } from "../base/byte_string.ts";
import { decodeText, encodeText } from "../base/text.ts";
import { classifierType } from "../engine/classifier/classifier_engine.ts";
import type { Engine } from "../engine/engine.ts";
import { checkModelFile, decodeModelFile, encodeModelFile, readModel } from "../model/model_file.ts";
import { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import { type ClassifierService, classifierService, type ScoredLabel } from "../service/classifier_service.ts";
import type { Datum } from "../service/data.ts";
import type { EngineMethods } from "../service/service.ts";
import type { ClassifierConfiguration } from "./classifier_configuration.ts";

/** What is said about a saved model. */
export interface SaveOptions {
  /** Goes into the file, for people. Default `model`. */
  readonly id?: string;
}

/**
 * A classifier inside this program: the model of `jubaclassifier`, without a server. Everything is done when the call
 * returns. The model is the one a server would have learned, and files go back and forth between both, and between
 * them and Jubatus 1.1.1.
 *
 * @example
 * ```ts
 * import { bestLabel, Classifier } from "@jubatus/jubatus";
 *
 * const classifier = new Classifier({
 *   method: "AROW",
 *   parameter: { regularization_weight: 1.0 },
 *   converter: { num_rules: [{ key: "*", type: "num" }] },
 * });
 * classifier.train([
 *   ["dog", { weight: 30, height: 60 }],
 *   ["cat", { weight: 4, height: 25 }],
 * ]);
 * const [scores] = classifier.classify([{ weight: 5, height: 24 }]);
 * console.assert(bestLabel(scores!)?.label === "cat");
 * ```
 */
export class Classifier {
  /** The configuration's bytes, as they go into model files. */
  readonly #config: ByteString;
  #engine: Engine & EngineMethods<ClassifierService>;
  /** Arguments take the way they take to a server. */
  readonly #writer = new Writer();
  readonly #reader = new Reader(new Uint8Array(0));

  /**
   * Makes an untrained classifier from a configuration: an object, or its JSON text. A server compares the
   * configuration of a file it loads with its own, and `1` differs from `1.0` in that: where it matters, use the
   * server's text.
   *
   * Throws a `ConfigError` that lists what is wrong with the configuration.
   */
  constructor(config: ClassifierConfiguration | string) {
    this.#config = byteStringOf(encodeText(typeof config === "string" ? config : JSON.stringify(config, undefined, 2)));
    this.#engine = createEngine(this.#config);
  }

  /**
   * The classifier that a file was saved from, by {@link Classifier.save}, by a server, or by Jubatus 1.1.1. Throws a
   * `ModelFileError` when the bytes are no model file of a classifier.
   */
  static load(bytes: Uint8Array): Classifier {
    const file = decodeModelFile(bytes);
    checkModelFile(file, classifierType.name);
    const classifier = new Classifier(decodeText(bytesOf(file.config)));
    readModel(file, (reader) => classifier.#engine.unpack(reader));
    return classifier;
  }

  /** The configuration: JSON text. */
  get config(): string {
    return decodeText(bytesOf(this.#config));
  }

  /**
   * Learns examples, in order: pairs of the right label and a datum. Returns how many were learned. When one is
   * refused, it throws an `Error`, and those before it stay learned.
   */
  train(examples: readonly (readonly [label: string, datum: Datum])[]): number {
    const [codec] = classifierService.train.args;
    return this.#engine.train(codec.read(this.#written((writer) => codec.write(writer, examples))));
  }

  /**
   * Scores every known label for each datum: as many lists as data, each with one entry per label, in no particular
   * order. The label with the highest score is the answer; see {@link bestLabel}. Learns nothing.
   */
  classify(data: readonly Datum[]): ScoredLabel[][] {
    const { args: [codec], result } = classifierService.classify;
    const scores = this.#engine.classify(codec.read(this.#written((writer) => codec.write(writer, data))));
    return result.read(this.#written((writer) => result.write(writer, scores)));
  }

  /** Labels and the number of examples each was trained with. */
  getLabels(): Map<string, number> {
    return new Map([...this.#engine.get_labels()].map(([label, count]) => [decodeText(bytesOf(label)), count]));
  }

  /** Makes a label known without an example. False when it was known already. */
  setLabel(label: string): boolean {
    return this.#engine.set_label(byteStringOf(encodeText(label)));
  }

  /** Forgets a label and what was learned for it. False when it was not known. */
  deleteLabel(label: string): boolean {
    return this.#engine.delete_label(byteStringOf(encodeText(label)));
  }

  /** Forgets everything; the configuration stays. */
  clear(): void {
    this.#engine.clear();
  }

  /** The model as the bytes of a file that {@link Classifier.load}, a server and Jubatus 1.1.1 can load. */
  save(options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
    const info = {
      type: classifierType.name,
      id: byteStringOf(encodeText(options.id ?? "model")),
      config: this.#config,
      timestamp: unixSeconds(),
    };
    return encodeModelFile(info, (writer) => this.#engine.pack(writer)).slice();
  }

  /** What was written, to be read back. */
  #written(write: (writer: Writer) => void): Reader {
    this.#writer.clear();
    write(this.#writer);
    // Room behind the values, so that batches need not copy them.
    this.#writer.reserve(8);
    this.#reader.reset(this.#writer.bytes, 0, this.#writer.length);
    return this.#reader;
  }
}

/** The label with the highest score, the first one of several; undefined when there is none. */
export function bestLabel(scores: readonly ScoredLabel[]): ScoredLabel | undefined {
  let best = scores[0];
  for (const scored of scores) if (scored.score > best!.score) best = scored;
  return best;
}

function createEngine(config: ByteString): Engine & EngineMethods<ClassifierService> {
  const engine = classifierType.create(config, {
    isMixed: false,
    seed: crypto.getRandomValues(new Uint32Array(1))[0]!,
    now: unixSeconds,
    owner: "",
  });
  return engine as Engine & EngineMethods<ClassifierService>;
}

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
