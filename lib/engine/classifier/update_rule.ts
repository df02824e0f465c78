import type { FeatureVector } from "../../model/feature_vector.ts";
import type { WeightTable } from "../../model/weight_table.ts";

/** Nothing is learned, nothing is registered. */
export const SKIP = 0;
/** Nothing is learned, but the label becomes known. */
export const REGISTER = 1;
/** Weights change. */
export const UPDATE = 2;
/** What an update rule decides about one example. */
export type Decision = typeof SKIP | typeof REGISTER | typeof UPDATE;

/** One online learning rule for linear classification with several labels. */
export interface UpdateRule {
  /** Keeps a covariance per cell. */
  readonly hasCovariances: boolean;
  /** The label that loses weight: the best other label, or whatever scores best (and then must differ). */
  readonly competitor: "rival" | "best";
  /** An update with an empty vector makes the label known. */
  readonly registersEmpty: boolean;
  /**
   * Looks at one example and keeps the step for {@link apply}.
   *
   * @param margin score of the competitor less that of the right label; 0 for labels not known
   * @param cells variance of the example, on demand
   */
  decide(vector: FeatureVector, margin: number, cells: CellPairs): Decision;
  /** Takes the step. All cells exist. */
  apply(table: WeightTable, vector: FeatureVector, cells: CellPairs): void;
}

/** For each feature of one example the cells of the right label and of its competitor. Reused. */
export class CellPairs {
  /** Cells of the right label; -1 where there is none. */
  target = new Int32Array(64);
  /** Cells of the competitor; -1 where there is none. */
  rival = new Int32Array(64);
  /** There is a competitor that loses weight. */
  hasRival = false;
  #table: WeightTable;
  #vector: FeatureVector | undefined;
  #targetSlot = -1;
  #rivalSlot = -1;
  /** The cells of the current example were looked up. */
  #found = false;
  /** Negative if a cell of the right label, or of its competitor, is missing. */
  #targets = 0;
  #rivals = 0;

  constructor(table: WeightTable) {
    this.#table = table;
  }

  /**
   * Turns to another example; a slot of -1 stands for a label without weights. A competitor that
   * `losesWeight` is not said of only counts in the variance.
   */
  begin(vector: FeatureVector, targetSlot: number, rivalSlot: number, losesWeight: boolean): void {
    this.#vector = vector;
    this.#targetSlot = targetSlot;
    this.#rivalSlot = rivalSlot;
    this.hasRival = losesWeight;
    this.#found = false;
  }

  /** Sum of (covariance of the label + covariance of the rival) * value^2; a missing covariance is 1. */
  variance(): number {
    this.#find();
    const { values, count } = this.#vector!;
    const covariances = this.#table.covariances;
    const { target, rival } = this;
    let variance = 0;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      const ofTarget = target[i]! >= 0 ? covariances[target[i]!]! : 1;
      const ofRival = rival[i]! >= 0 ? covariances[rival[i]!]! : 1;
      variance += (ofTarget + ofRival) * value * value;
    }
    return variance;
  }

  /** Makes all cells that are missing. Returns true when there were any. */
  complete(targetSlot: number): boolean {
    if (targetSlot !== this.#targetSlot) {
      this.#targetSlot = targetSlot;
      this.#found = false;
    }
    this.#find();
    if (this.#targets >= 0 && (this.#rivals >= 0 || !this.hasRival)) return false;
    const { ids, count } = this.#vector!;
    const { target, rival } = this;
    const table = this.#table;
    for (let i = 0; i < count; i++) {
      if (target[i]! >= 0 && (rival[i]! >= 0 || !this.hasRival)) continue;
      const id = ids[i]!;
      table.require(id, this.#targetSlot);
      if (this.hasRival) rival[i] = table.require(id, this.#rivalSlot);
      target[i] = table.find(id, this.#targetSlot);
    }
    return true;
  }

  #find(): void {
    if (this.#found) return;
    this.#found = true;
    const { ids, count } = this.#vector!;
    if (count > this.target.length) {
      this.target = new Int32Array(count * 2);
      this.rival = new Int32Array(count * 2);
    }
    const { target, rival } = this;
    const table = this.#table;
    const targetSlot = this.#targetSlot;
    const rivalSlot = this.#rivalSlot;
    let targets = 0;
    let rivals = 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      targets |= target[i] = targetSlot < 0 ? -1 : table.find(id, targetSlot);
      rivals |= rival[i] = rivalSlot < 0 ? -1 : table.find(id, rivalSlot);
    }
    this.#targets = targets;
    this.#rivals = rivals;
  }
}
