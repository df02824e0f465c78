import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { addScaled } from "../linear_kernels.ts";
import { directionOf, type UpdateRule } from "./update_rule.ts";

/**
 * Passive-aggressive regression: the smallest step that brings the error down to a tolerance (Crammer, Dekel,
 * Keshet, Shalev-Shwartz and Singer, "Online Passive-Aggressive Algorithms", JMLR 2006). As in Jubatus 1.1.1
 * the tolerance is relative to the standard deviation of all targets so far, which no model file holds.
 *
 * PA1 bounds the step. PA2 should soften it but is PA there: its 1/2C is computed as the integer 1/2.
 */
export class PassiveAggressive implements UpdateRule {
  readonly hasCovariances = false;
  readonly #sensitivity: number;
  readonly #stepMax: number;
  /** Number, sum and sum of squares of the targets. */
  #count = 0;
  #sum = 0;
  #squareSum = 0;
  #step = 0;

  /** @param stepMax C of PA1, in single precision */
  constructor(sensitivity: number, stepMax = Infinity) {
    this.#sensitivity = sensitivity;
    this.#stepMax = stepMax;
  }

  decide(vector: FeatureVector, target: number, error: number): boolean {
    this.#count++;
    this.#sum += target;
    this.#squareSum += target * target;
    const mean = this.#sum / this.#count;
    // Not a number when rounding makes the variance negative; then nothing is learned, as in 1.1.1.
    const deviation = Math.sqrt(this.#squareSum / this.#count - mean * mean);
    const direction = directionOf(error);
    const loss = direction * error - this.#sensitivity * deviation;
    if (!(loss > 0)) return false;
    this.#step = direction * Math.min(this.#stepMax, loss / vector.squaredNorm());
    return Number.isFinite(this.#step);
  }

  apply(table: WeightTable, vector: FeatureVector, cells: Int32Array): void {
    addScaled(table.weights, cells, vector.values, vector.count, this.#step);
  }

  clear(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#squareSum = 0;
  }
}
