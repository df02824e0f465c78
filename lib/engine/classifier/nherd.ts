import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { updateHerd } from "../linear_kernels.ts";
import { type CellPairs, type Decision, REGISTER, UPDATE, type UpdateRule } from "./update_rule.ts";

/**
 * Gaussian herding (Crammer and Lee, "Learning via Gaussian Herding", NIPS 2010), diagonal; as in Jubatus
 * 1.1.1 the weight step is that of AROW, with 1/C in place of r.
 */
export class NormalHerd implements UpdateRule {
  readonly hasCovariances = true;
  readonly competitor = "rival";
  readonly registersEmpty = false;
  readonly #regularization: number;
  /** 2C and C^2, both in single precision. */
  readonly #twice: number;
  readonly #square: number;
  #loss = 0;
  #divisor = 0;
  #shrink = 0;

  /** @param regularizationWeight C > 0, in single precision */
  constructor(regularizationWeight: number) {
    this.#regularization = 1 / regularizationWeight;
    this.#twice = Math.fround(2 * regularizationWeight);
    this.#square = Math.fround(regularizationWeight * regularizationWeight);
  }

  decide(_vector: FeatureVector, margin: number, cells: CellPairs): Decision {
    if (-margin >= 1) return REGISTER;
    const variance = cells.variance();
    this.#loss = 1 + margin;
    this.#divisor = variance + this.#regularization;
    this.#shrink = this.#twice + this.#square * variance;
    return UPDATE;
  }

  apply(table: WeightTable, vector: FeatureVector, cells: CellPairs): void {
    const { weights, covariances } = table;
    const { values, count } = vector;
    updateHerd(weights, covariances, cells.target, values, count, this.#loss, this.#divisor, this.#shrink);
    if (cells.hasRival) {
      updateHerd(weights, covariances, cells.rival, values, count, -this.#loss, this.#divisor, this.#shrink);
    }
  }
}
