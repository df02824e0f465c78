import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";

/** One online learning rule for linear regression. Of a single label, so each feature has at most one cell. */
export interface UpdateRule {
  /** Keeps a covariance per cell. */
  readonly hasCovariances: boolean;
  /**
   * Looks at one example and keeps the step for {@link apply}; false when nothing is to be learned.
   *
   * @param error target less estimate
   * @param cells the features' cells, -1 for features that have none
   */
  decide(vector: FeatureVector, target: number, error: number, table: WeightTable, cells: Int32Array): boolean;
  /** Takes the step. All cells exist. */
  apply(table: WeightTable, vector: FeatureVector, cells: Int32Array): void;
  /** Forgets what it knows of earlier examples. */
  clear(): void;
}

/** Which way weights must go: an error of 0 counts as negative, as in 1.1.1. */
export function directionOf(error: number): 1 | -1 {
  return error > 0 ? 1 : -1;
}
