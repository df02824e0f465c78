import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { addScaled } from "../linear_kernels.ts";
import { type CellPairs, type Decision, UPDATE, type UpdateRule } from "./update_rule.ts";

/**
 * The perceptron with several labels: a wrong answer moves weights by the example itself, towards the
 * right label and away from the answer (Rosenblatt 1958; multiclass as in Crammer and Singer 2003).
 */
export class Perceptron implements UpdateRule {
  readonly hasCovariances = false;
  readonly competitor = "best";
  readonly registersEmpty = true;

  decide(): Decision {
    return UPDATE;
  }

  apply(table: WeightTable, vector: FeatureVector, cells: CellPairs): void {
    addScaled(table.weights, cells.target, vector.values, vector.count, 1);
    if (cells.hasRival) addScaled(table.weights, cells.rival, vector.values, vector.count, -1);
  }
}
