import type { ByteString } from "../../base/byte_string.ts";
import { Converter, featureSuffixes } from "../../feature/converter.ts";
import type { DatumBatch } from "../../service/datum_batch.ts";
import { sortAndMerge } from "../../feature/sort_and_merge.ts";
import { WeightStatistics } from "../../feature/weight_statistics.ts";
import { WeightStatisticsMixable } from "../../feature/weight_statistics_mix.ts";
import { trainingOrdering, wordOrdering } from "../../feature/word_order.ts";
import { FeatureTable } from "../../model/feature_table.ts";
import { FeatureVector } from "../../model/feature_vector.ts";
import type { Mixable, Sliced } from "../../model/mixable.ts";
import { TypeMismatchError } from "../../msgpack/errors.ts";
import type { Reader } from "../../msgpack/reader.ts";
import { Writer } from "../../msgpack/writer.ts";
import { type ClassifierService, classifierService, type WritesItself } from "../../service/classifier_service.ts";
import type { EngineMethods } from "../../service/service.ts";
import type { Engine, EngineContext, EngineType } from "../engine.ts";
import { createRandom, type EngineRandom } from "../engine_random.ts";
import { type ClassifierAlgorithm, LabelScores } from "./algorithm.ts";
import { type ClassifierConfig, readClassifierConfig } from "./classifier_config.ts";
import { createAlgorithm } from "./create_algorithm.ts";
import { LabelCache } from "../../model/label_cache.ts";

/** A few megabytes of empty data would otherwise fill the memory with the scores of many labels. */
const REPLY_BYTES_MAX = 2 ** 28;
/** A larger buffer is given back when its reply is written. */
const KEPT_BYTES = 2 ** 21;

/** The classifier engine: converter, document statistics and one classification method. */
export class ClassifierEngine implements Engine, EngineMethods<ClassifierService> {
  readonly #config: ClassifierConfig;
  readonly #context: EngineContext;
  /** Shared by all engines of a server: a loaded model goes on with the sequences. */
  readonly #random: EngineRandom;
  readonly #features: FeatureTable;
  readonly #statistics: WeightStatistics;
  readonly #converter: Converter;
  readonly #algorithm: ClassifierAlgorithm;
  readonly mixables: readonly Mixable[];
  readonly #vector = new FeatureVector();
  readonly #scores = new LabelScores();
  readonly #labelCache = new LabelCache();
  /** Kept from `classify` to the writing of its reply, which follows at once. */
  readonly #classified = new Writer(4096);
  readonly #reply: WritesItself = {
    writeTo: (writer) => {
      const { bytes, length } = this.#classified;
      writer.append(bytes, 0, length);
      if (bytes.length > KEPT_BYTES) this.#classified.shrink(4096);
    },
  };

  constructor(config: ClassifierConfig, context: EngineContext, random?: EngineRandom) {
    this.#config = config;
    this.#context = context;
    this.#random = random ?? createRandom(context.seed, "unlearner" in config ? config.unlearner : undefined);
    this.#features = new FeatureTable(featureSuffixes(config.converter), context.seed);
    this.#statistics = new WeightStatistics(this.#features, context.isMixed);
    const isIndexed = config.method === "cosine" || config.method === "euclidean";
    const needsAll = isIndexed || config.method === "NN";
    const plan = config.converter;
    const orderings = { training: trainingOrdering(plan), queries: wordOrdering(plan, isIndexed) };
    this.#converter = new Converter(plan, this.#features, this.#statistics, needsAll, orderings);
    this.#algorithm = createAlgorithm(config, this.#features, this.#random, context);
    this.mixables = [...this.#algorithm.mixables, new WeightStatisticsMixable(this.#statistics)];
  }

  get methods(): Engine["methods"] {
    return this as unknown as Engine["methods"];
  }

  /** Learns the batch in order; when one datum fails, those before it stay learned. */
  train(batch: DatumBatch): number {
    const { labels, count } = batch;
    for (let i = 0; i < count; i++) {
      const label = this.#labelCache.get(batch.bytes, labels[2 * i]!, labels[2 * i + 1]!);
      try {
        this.#converter.convertForTraining(batch, i, this.#vector);
        sortAndMerge(this.#vector, this.#features);
        this.#algorithm.train(this.#vector, label);
      } finally {
        this.#features.dropUnheld();
      }
    }
    return count;
  }

  classify(batch: DatumBatch): WritesItself {
    const writer = this.#classified;
    const scores = this.#scores;
    writer.clear();
    writer.writeArrayHeader(batch.count);
    for (let i = 0; i < batch.count; i++) {
      try {
        this.#converter.convertForQuery(batch, i, this.#vector);
        this.#algorithm.score(this.#vector, scores);
      } finally {
        this.#features.dropUnheld();
      }
      writer.writeArrayHeader(scores.count);
      for (let label = 0; label < scores.count; label++) {
        writer.writeArrayHeader(2);
        writer.append(scores.encoded[label]!);
        writer.writeDouble(scores.scores[label]!);
      }
      if (writer.length > REPLY_BYTES_MAX) {
        writer.shrink(4096);
        throw new RangeError(`the reply would be larger than ${REPLY_BYTES_MAX} bytes: classify fewer data at a time`);
      }
    }
    return this.#reply;
  }

  get_labels(): [ByteString, number][] {
    return this.#algorithm.labels();
  }

  set_label(label: ByteString): boolean {
    return this.#algorithm.setLabel(label);
  }

  delete_label(label: ByteString): boolean {
    const isDeleted = this.#algorithm.deleteLabel(label);
    this.#features.dropUnheld();
    return isDeleted;
  }

  clear(): boolean {
    this.#algorithm.clear();
    this.#statistics.clear();
    this.#features.clear();
    return true;
  }

  status(): [ByteString, ByteString][] {
    return [...this.#algorithm.status(), ...this.#statistics.status()];
  }

  pack(writer: Writer): void {
    writer.writeArrayHeader(2);
    this.#algorithm.pack(writer);
    this.#statistics.pack(writer);
  }

  *packSliced(writer: Writer): Sliced {
    writer.writeArrayHeader(2);
    if (this.#algorithm.packSliced === undefined) this.#algorithm.pack(writer);
    else yield* this.#algorithm.packSliced(writer);
    this.#statistics.pack(writer);
  }

  unpack(reader: Reader): void {
    if (reader.readArrayHeader() !== 2) throw new TypeMismatchError();
    this.#algorithm.unpack(reader);
    this.#statistics.unpack(reader);
    this.#features.dropUnheld();
  }

  fresh(): ClassifierEngine {
    return new ClassifierEngine(this.#config, this.#context, this.#random);
  }
}

/** The engine of `jubaclassifier`. */
export const classifierType: EngineType = {
  name: "classifier",
  service: classifierService,
  usesRing: false,
  create: (config, context) => new ClassifierEngine(readClassifierConfig(config), context),
};
