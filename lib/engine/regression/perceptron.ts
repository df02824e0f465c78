import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { addScaled } from "../linear_kernels.ts";
import type { UpdateRule } from "./update_rule.ts";

/** Stochastic gradient descent on the squared error with a fixed rate; always updates. */
export class Perceptron implements UpdateRule {
  readonly hasCovariances = false;
  readonly #learningRate: number;
  #step = 0;

  /** @param learningRate > 0, in single precision */
  constructor(learningRate: number) {
    this.#learningRate = learningRate;
  }

  decide(_vector: FeatureVector, _target: number, error: number): boolean {
    this.#step = this.#learningRate * error;
    return Number.isFinite(this.#step);
  }

  apply(table: WeightTable, vector: FeatureVector, cells: Int32Array): void {
    addScaled(table.weights, cells, vector.values, vector.count, this.#step);
  }

  clear(): void {}
}
