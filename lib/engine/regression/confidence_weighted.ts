import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { sumVariance, updateConfidence } from "../linear_kernels.ts";
import { directionOf, type UpdateRule } from "./update_rule.ts";

/**
 * Confidence-weighted learning for regression (after Dredze, Crammer and Pereira, "Confidence-Weighted Linear
 * Classification", ICML 2008) with diagonal covariance; the regularization weight is the confidence phi. Where
 * single precision is not enough for phi and the step is no number, nothing is learned.
 */
export class ConfidenceWeighted implements UpdateRule {
  readonly hasCovariances = true;
  readonly #sensitivity: number;
  readonly #confidence: number;
  #gamma = 0;
  #step = 0;

  /** @param confidence phi > 0, in single precision */
  constructor(sensitivity: number, confidence: number) {
    this.#sensitivity = sensitivity;
    this.#confidence = confidence;
  }

  decide(vector: FeatureVector, _target: number, error: number, table: WeightTable, cells: Int32Array): boolean {
    const direction = directionOf(error);
    const distance = direction * error;
    if (!(distance - this.#sensitivity > 0)) return false;
    const variance = sumVariance(table.covariances, cells, vector.values, vector.count);
    const confidence = this.#confidence;
    const b = 1 - Math.fround(2 * confidence) * distance;
    const root = Math.sqrt(b * b + Math.fround(8 * confidence) * (distance + confidence * variance));
    this.#gamma = (root - b) / (Math.fround(4 * confidence) * variance);
    this.#step = direction * this.#gamma;
    return Number.isFinite(this.#gamma);
  }

  apply(table: WeightTable, vector: FeatureVector, cells: Int32Array): void {
    const { weights, covariances } = table;
    const { values, count } = vector;
    updateConfidence(weights, covariances, cells, values, count, this.#gamma, this.#step, this.#confidence);
  }

  clear(): void {}
}
