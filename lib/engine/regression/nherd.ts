import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { sumVariance, updateHerd } from "../linear_kernels.ts";
import { directionOf, type UpdateRule } from "./update_rule.ts";

/** Gaussian herding for regression (after Crammer and Lee, "Learning via Gaussian Herding", NIPS 2010), diagonal. */
export class NormalHerd implements UpdateRule {
  readonly hasCovariances = true;
  readonly #sensitivity: number;
  readonly #regularization: number;
  /** 2C and C^2, both in single precision. */
  readonly #twice: number;
  readonly #square: number;
  #loss = 0;
  #divisor = 0;
  #shrink = 0;

  /** @param regularizationWeight C > 0, in single precision */
  constructor(sensitivity: number, regularizationWeight: number) {
    this.#sensitivity = sensitivity;
    this.#regularization = 1 / regularizationWeight;
    this.#twice = Math.fround(2 * regularizationWeight);
    this.#square = Math.fround(regularizationWeight * regularizationWeight);
  }

  decide(vector: FeatureVector, _target: number, error: number, table: WeightTable, cells: Int32Array): boolean {
    const direction = directionOf(error);
    const loss = direction * error - this.#sensitivity;
    if (!(loss > 0)) return false;
    const variance = sumVariance(table.covariances, cells, vector.values, vector.count);
    this.#loss = direction * loss;
    this.#divisor = variance + this.#regularization;
    this.#shrink = this.#twice + this.#square * variance;
    return Number.isFinite(this.#loss / this.#divisor);
  }

  apply(table: WeightTable, vector: FeatureVector, cells: Int32Array): void {
    const { weights, covariances } = table;
    const { values, count } = vector;
    updateHerd(weights, covariances, cells, values, count, this.#loss, this.#divisor, this.#shrink);
  }

  clear(): void {}
}
