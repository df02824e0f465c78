import { MersenneTwister } from "../../base/mersenne_twister.ts";
import type { FeatureTable } from "../../model/feature_table.ts";
import type { EngineContext } from "../engine.ts";
import type { RegressionAlgorithm } from "./algorithm.ts";
import { Arow } from "./arow.ts";
import { ConfidenceWeighted } from "./confidence_weighted.ts";
import { LinearRegression } from "./linear_regression.ts";
import { NormalHerd } from "./nherd.ts";
import { PassiveAggressive } from "./passive_aggressive.ts";
import { Perceptron } from "./perceptron.ts";
import type { LinearMethodConfig, RegressionMethodConfig } from "./regression_config.ts";
import type { UpdateRule } from "./update_rule.ts";

/** Generators of random numbers, each with its own sequence. */
export interface EngineRandom {
  /** For the ids of stored data. */
  readonly ids: MersenneTwister;
  /** For the choice of what to forget. */
  readonly unlearner: MersenneTwister;
}

/** The generators of one server, seeded from the configuration where it says so. */
export function createRandom(config: RegressionMethodConfig, context: EngineContext): EngineRandom {
  const seed = "unlearner" in config && config.unlearner?.method === "random" ? config.unlearner.seed : undefined;
  return { ids: new MersenneTwister(context.seed), unlearner: new MersenneTwister(seed ?? context.seed) };
}

/** The regression method that a configuration asks for. */
export function createAlgorithm(
  config: RegressionMethodConfig,
  features: FeatureTable,
  random: EngineRandom,
  context: EngineContext,
): RegressionAlgorithm {
  switch (config.method) {
    case "NN":
    case "cosine":
    case "euclidean":
      throw new Error("later");
    default:
      return new LinearRegression({ rule: updateRule(config), features, isMixed: context.isMixed });
  }
}

function updateRule(config: LinearMethodConfig): UpdateRule {
  switch (config.method) {
    case "perceptron":
      return new Perceptron(config.learningRate);
    case "PA":
    case "PA2":
      return new PassiveAggressive(config.sensitivity);
    case "PA1":
      return new PassiveAggressive(config.sensitivity, config.regularizationWeight);
    case "CW":
      return new ConfidenceWeighted(config.sensitivity, config.regularizationWeight);
    case "AROW":
      return new Arow(config.sensitivity, config.regularizationWeight);
    case "NHERD":
      return new NormalHerd(config.sensitivity, config.regularizationWeight);
  }
}
