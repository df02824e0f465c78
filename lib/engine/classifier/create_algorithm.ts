import type { FeatureTable } from "../../model/feature_table.ts";
import type { EngineContext } from "../engine.ts";
import type { EngineRandom } from "../engine_random.ts";
import { createUnlearner } from "../create_unlearner.ts";
import type { ClassifierAlgorithm } from "./algorithm.ts";
import { Arow } from "./arow.ts";
import type { ClassifierMethodConfig } from "./classifier_config.ts";
import { ConfidenceWeighted } from "./confidence_weighted.ts";
import { InvertedIndexClassifier } from "./inverted_index_classifier.ts";
import { LinearClassifier } from "./linear_classifier.ts";
import { NearestNeighborClassifier } from "./nearest_neighbor.ts";
import { NormalHerd } from "./nherd.ts";
import { PassiveAggressive } from "./passive_aggressive.ts";
import { Perceptron } from "./perceptron.ts";
import type { UpdateRule } from "./update_rule.ts";

/** The classification method that a configuration asks for. */
export function createAlgorithm(
  config: ClassifierMethodConfig,
  features: FeatureTable,
  random: EngineRandom,
  context: EngineContext,
): ClassifierAlgorithm {
  switch (config.method) {
    case "NN":
      return new NearestNeighborClassifier({
        method: config.nearestNeighbor.method,
        hashNum: config.nearestNeighbor.hashNum,
        neighborCount: config.nearestNeighborNum,
        sensitivity: config.localSensitivity,
        unlearner: createUnlearner(config.unlearner, random.unlearner),
        random: random.ids,
        features,
        owner: context.isMixed ? context.owner : "",
      });
    case "cosine":
    case "euclidean":
      return new InvertedIndexClassifier({
        method: config.method,
        neighborCount: config.nearestNeighborNum,
        sensitivity: config.localSensitivity,
        random: random.ids,
        features,
      });
    default:
      return new LinearClassifier({
        rule: updateRule(config),
        features,
        unlearner: createUnlearner(config.unlearner, random.unlearner),
        isMixed: context.isMixed,
      });
  }
}

function updateRule(config: Exclude<ClassifierMethodConfig, { method: "NN" | "cosine" | "euclidean" }>): UpdateRule {
  switch (config.method) {
    case "perceptron":
      return new Perceptron();
    case "PA":
      return new PassiveAggressive("PA");
    case "PA1":
    case "PA2":
      return new PassiveAggressive(config.method, config.regularizationWeight);
    case "CW":
      return new ConfidenceWeighted(config.regularizationWeight);
    case "AROW":
      return new Arow(config.regularizationWeight);
    case "NHERD":
      return new NormalHerd(config.regularizationWeight);
  }
}
