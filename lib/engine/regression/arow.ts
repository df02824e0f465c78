import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { sumVariance, updateArow } from "../linear_kernels.ts";
import { directionOf, type UpdateRule } from "./update_rule.ts";

/**
 * Adaptive regularization of weights for regression (after Crammer, Kulesza and Dredze, "Adaptive
 * Regularization of Weight Vectors", NIPS 2009) with diagonal covariance; the regularization weight is 1/r.
 */
export class Arow implements UpdateRule {
  readonly hasCovariances = true;
  readonly #sensitivity: number;
  readonly #regularization: number;
  #alpha = 0;
  #beta = 0;

  /** @param regularizationWeight 1/r > 0, in single precision */
  constructor(sensitivity: number, regularizationWeight: number) {
    this.#sensitivity = sensitivity;
    this.#regularization = 1 / regularizationWeight;
  }

  decide(vector: FeatureVector, _target: number, error: number, table: WeightTable, cells: Int32Array): boolean {
    const direction = directionOf(error);
    const loss = direction * error - this.#sensitivity;
    if (!(loss > 0)) return false;
    const variance = sumVariance(table.covariances, cells, vector.values, vector.count);
    this.#beta = 1 / (variance + this.#regularization);
    this.#alpha = direction * loss * this.#beta;
    return Number.isFinite(this.#alpha);
  }

  apply(table: WeightTable, vector: FeatureVector, cells: Int32Array): void {
    updateArow(table.weights, table.covariances, cells, vector.values, vector.count, this.#alpha, this.#beta);
  }

  clear(): void {}
}
