import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { updateConfidence } from "../linear_kernels.ts";
import { type CellPairs, type Decision, REGISTER, UPDATE, type UpdateRule } from "./update_rule.ts";

/**
 * Confidence-weighted learning, variance form (Dredze, Crammer and Pereira, "Confidence-Weighted Linear
 * Classification", ICML 2008) with diagonal covariance; the regularization weight is the confidence phi.
 */
export class ConfidenceWeighted implements UpdateRule {
  readonly hasCovariances = true;
  readonly competitor = "rival";
  readonly registersEmpty = true;
  readonly #confidence: number;
  #gamma = 0;

  /** @param confidence phi > 0, in single precision */
  constructor(confidence: number) {
    this.#confidence = confidence;
  }

  decide(_vector: FeatureVector, rivalMargin: number, cells: CellPairs): Decision {
    const margin = -rivalMargin;
    const variance = cells.variance();
    const confidence = this.#confidence;
    const b = 1 + Math.fround(2 * confidence) * margin;
    const gamma = -b + Math.sqrt(b * b - Math.fround(8 * confidence) * (margin - confidence * variance));
    // In a cluster a variance can be negative, and this not a number; 1.1.1 lets that spoil the weights for good.
    if (!(gamma > 0)) return REGISTER;
    this.#gamma = gamma / (Math.fround(4 * confidence) * variance);
    return UPDATE;
  }

  apply(table: WeightTable, vector: FeatureVector, cells: CellPairs): void {
    const { weights, covariances } = table;
    const { values, count } = vector;
    updateConfidence(weights, covariances, cells.target, values, count, this.#gamma, this.#gamma, this.#confidence);
    if (cells.hasRival) {
      updateConfidence(weights, covariances, cells.rival, values, count, this.#gamma, -this.#gamma, this.#confidence);
    }
  }
}
