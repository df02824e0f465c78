import type { ByteString } from "../../base/byte_string.ts";
import { Converter, featureSuffixes } from "../../feature/converter.ts";
import type { DatumBatch } from "../../service/datum_batch.ts";
import { WeightStatistics } from "../../feature/weight_statistics.ts";
import { WeightStatisticsMixable } from "../../feature/weight_statistics_mix.ts";
import { wordOrdering } from "../../feature/word_order.ts";
import { FeatureTable } from "../../model/feature_table.ts";
import { FeatureVector } from "../../model/feature_vector.ts";
import type { Mixable, Sliced } from "../../model/mixable.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import { type RegressionService, regressionService } from "../../service/regression_service.ts";
import type { EngineMethods } from "../../service/service.ts";
import type { Engine, EngineContext, EngineType } from "../engine.ts";
import { createRandom, type EngineRandom } from "../engine_random.ts";
import type { RegressionAlgorithm } from "./algorithm.ts";
import { createAlgorithm } from "./create_algorithm.ts";
import { readRegressionConfig, type RegressionConfig } from "./regression_config.ts";

/** The regression engine: converter, document statistics and one regression method. */
export class RegressionEngine implements Engine, EngineMethods<RegressionService> {
  readonly #config: RegressionConfig;
  readonly #context: EngineContext;
  /** Shared by all engines of a server: a loaded model goes on with the sequences. */
  readonly #random: EngineRandom;
  readonly #features: FeatureTable;
  readonly #statistics: WeightStatistics;
  readonly #converter: Converter;
  readonly #algorithm: RegressionAlgorithm;
  readonly #mixables: readonly Mixable[];
  readonly #vector = new FeatureVector();

  constructor(config: RegressionConfig, context: EngineContext, random?: EngineRandom) {
    this.#config = config;
    this.#context = context;
    this.#random = random ?? createRandom(context.seed, "unlearner" in config ? config.unlearner : undefined);
    this.#features = new FeatureTable(featureSuffixes(config.converter), context.seed);
    this.#statistics = new WeightStatistics(this.#features, context.isMixed);
    const isIndexed = config.method === "cosine" || config.method === "euclidean";
    const needsAll = isIndexed || config.method === "NN";
    const ordering = wordOrdering(config.converter, isIndexed);
    const orderings = { training: ordering, queries: ordering };
    this.#converter = new Converter(config.converter, this.#features, this.#statistics, needsAll, orderings);
    this.#algorithm = createAlgorithm(config, this.#features, this.#random, context);
    this.#mixables = [...this.#algorithm.mixables, new WeightStatisticsMixable(this.#statistics)];
  }

  get mixables(): readonly Mixable[] {
    return this.#mixables;
  }

  get methods(): Engine["methods"] {
    return this as unknown as Engine["methods"];
  }

  /** Learns the batch in order; when one datum fails, those before it stay learned. */
  train(batch: DatumBatch): number {
    for (let i = 0; i < batch.count; i++) {
      const target = batch.scores[i]!;
      if (!Number.isFinite(target)) throw new TargetError(target);
      try {
        this.#converter.convertForTraining(batch, i, this.#vector);
        this.#algorithm.train(this.#vector, target);
      } finally {
        this.#features.dropUnheld();
      }
    }
    return batch.count;
  }

  estimate(batch: DatumBatch): number[] {
    const estimates: number[] = [];
    for (let i = 0; i < batch.count; i++) {
      try {
        this.#converter.convertForQuery(batch, i, this.#vector);
        estimates.push(this.#algorithm.estimate(this.#vector));
      } finally {
        this.#features.dropUnheld();
      }
    }
    return estimates;
  }

  clear(): boolean {
    this.#algorithm.clear();
    this.#statistics.clear();
    this.#features.clear();
    return true;
  }

  /** Unlike other engines not those of the document statistics, as in 1.1.1. */
  status(): [ByteString, ByteString][] {
    return this.#algorithm.status();
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
    reader.expectArray(2);
    this.#algorithm.unpack(reader);
    this.#statistics.unpack(reader);
    this.#features.dropUnheld();
  }

  fresh(): RegressionEngine {
    return new RegressionEngine(this.#config, this.#context, this.#random);
  }
}

/** An example has a target that is infinite or not a number: it would spoil all that is learned. */
export class TargetError extends Error {
  override name = "TargetError";
  constructor(target: number) {
    super(`score to be learned must be finite: ${target}`);
  }
}

/** The engine of `jubaregression`. */
export const regressionType: EngineType = {
  name: "regression",
  service: regressionService,
  usesRing: false,
  create: (config, context) => new RegressionEngine(readRegressionConfig(config), context),
};
