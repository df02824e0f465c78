import type { FeatureTable } from "../../model/feature_table.ts";
import { createUnlearner } from "../create_unlearner.ts";
import type { EngineContext } from "../engine.ts";
import type { EngineRandom } from "../engine_random.ts";
import type { RegressionAlgorithm } from "./algorithm.ts";
import { Arow } from "./arow.ts";
import { ConfidenceWeighted } from "./confidence_weighted.ts";
import { InvertedIndexRegression } from "./inverted_index_regression.ts";
import { LinearRegression } from "./linear_regression.ts";
import { NearestNeighborRegression } from "./nearest_neighbor.ts";
import { NormalHerd } from "./nherd.ts";
import { PassiveAggressive } from "./passive_aggressive.ts";
import { Perceptron } from "./perceptron.ts";
import type { LinearMethodConfig, RegressionMethodConfig } from "./regression_config.ts";
import type { UpdateRule } from "./update_rule.ts";

/** The regression method that a configuration asks for. */
export function createAlgorithm(
  config: RegressionMethodConfig,
  features: FeatureTable,
  random: EngineRandom,
  context: EngineContext,
): RegressionAlgorithm {
  const owner = context.isMixed ? context.owner : "";
  switch (config.method) {
    case "NN":
      return new NearestNeighborRegression({
        method: config.nearestNeighbor.method,
        hashNum: config.nearestNeighbor.hashNum,
        neighborCount: config.nearestNeighborNum,
        weight: config.weight,
        unlearner: createUnlearner(config.unlearner, random.unlearner),
        random: random.ids,
        features,
        owner,
      });
    case "cosine":
    case "euclidean":
      return new InvertedIndexRegression({
        method: config.method,
        neighborCount: config.nearestNeighborNum,
        weight: config.weight,
        random: random.ids,
        features,
        owner,
      });
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
