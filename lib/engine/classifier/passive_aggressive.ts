import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";
import { addScaled } from "../linear_kernels.ts";
import { type CellPairs, type Decision, REGISTER, SKIP, UPDATE, type UpdateRule } from "./update_rule.ts";

/** Hard margin, or how the aggressiveness C softens it. */
export type PassiveAggressiveVariant = "PA" | "PA1" | "PA2";

/**
 * Passive-aggressive learning: the smallest step that gives the example a margin of 1 (Crammer, Dekel,
 * Keshet, Shalev-Shwartz and Singer, "Online Passive-Aggressive Algorithms", JMLR 2006). As in Jubatus
 * 1.1.1, a loss of exactly 0 still takes a step of size 0.
 */
export class PassiveAggressive implements UpdateRule {
  readonly hasCovariances = false;
  readonly competitor = "rival";
  readonly registersEmpty = true;
  readonly #variant: PassiveAggressiveVariant;
  /** C, in single precision. */
  readonly #aggressiveness: number;
  /** 1 / 2C, computed in single precision. */
  readonly #slack: number;
  #step = 0;

  /** @param aggressiveness C > 0, in single precision; not used by PA */
  constructor(variant: PassiveAggressiveVariant, aggressiveness = 1) {
    this.#variant = variant;
    this.#aggressiveness = aggressiveness;
    this.#slack = Math.fround(1 / Math.fround(2 * aggressiveness));
  }

  decide(vector: FeatureVector, margin: number): Decision {
    const loss = 1 + margin;
    if (loss < 0) return this.#variant === "PA" ? SKIP : REGISTER;
    const norm = vector.squaredNorm();
    if (norm === 0) return REGISTER;
    switch (this.#variant) {
      case "PA":
        this.#step = loss / (2 * norm);
        break;
      case "PA1":
        this.#step = Math.min(this.#aggressiveness, loss / (2 * norm));
        break;
      case "PA2":
        this.#step = loss / (2 * norm + this.#slack);
        break;
    }
    return UPDATE;
  }

  apply(table: WeightTable, vector: FeatureVector, cells: CellPairs): void {
    addScaled(table.weights, cells.target, vector.values, vector.count, this.#step);
    if (cells.hasRival) addScaled(table.weights, cells.rival, vector.values, vector.count, -this.#step);
  }
}
