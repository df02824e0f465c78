import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { updateArow } from "../linear_kernels.ts";
import { type CellPairs, type Decision, REGISTER, UPDATE, type UpdateRule } from "./update_rule.ts";

/**
 * Adaptive regularization of weights (Crammer, Kulesza and Dredze, "Adaptive Regularization of Weight
 * Vectors", NIPS 2009) with diagonal covariance; the regularization weight is 1/r.
 */
export class Arow implements UpdateRule {
  readonly hasCovariances = true;
  readonly competitor = "rival";
  readonly registersEmpty = false;
  readonly #regularization: number;
  #alpha = 0;
  #beta = 0;

  /** @param regularizationWeight 1/r > 0, in single precision */
  constructor(regularizationWeight: number) {
    this.#regularization = 1 / regularizationWeight;
  }

  decide(_vector: FeatureVector, margin: number, cells: CellPairs): Decision {
    if (-margin >= 1) return REGISTER;
    this.#beta = 1 / (cells.variance() + this.#regularization);
    this.#alpha = (1 + margin) * this.#beta;
    return UPDATE;
  }

  apply(table: WeightTable, vector: FeatureVector, cells: CellPairs): void {
    const { weights, covariances } = table;
    updateArow(weights, covariances, cells.target, vector.values, vector.count, this.#alpha, this.#beta);
    if (cells.hasRival) {
      updateArow(weights, covariances, cells.rival, vector.values, vector.count, -this.#alpha, this.#beta);
    }
  }
}
