import { CellOrders } from "../../model/cell_order.ts";
import { type FeatureTable, HELD_BY_WEIGHTS } from "../../model/feature_table.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { LabelRegistry } from "../../model/label_registry.ts";
import type { Mixable, Sliced } from "../../model/mixable.ts";
import { MixedCells } from "../../model/mixed_cells.ts";
import { WeightMixable } from "../../model/weight_mix.ts";
import { weightStatus } from "../../model/weight_status.ts";
import { WeightTable } from "../../model/weight_table.ts";
import { packWeights, packWeightsSliced, type StoredWeights, unpackWeights } from "../../model/weight_table_file.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import { dotProduct } from "../linear_kernels.ts";
import type { RegressionAlgorithm } from "./algorithm.ts";
import type { UpdateRule } from "./update_rule.ts";

/** The label under which all weights stand, as in 1.1.1. */
const LABEL = "+";

/** What a linear regression is made of. */
export interface LinearRegressionOptions {
  /** How it learns. */
  readonly rule: UpdateRule;
  /** The engine's feature names. */
  readonly features: FeatureTable;
  /** The model takes part in MIX. */
  readonly isMixed?: boolean;
}

/** Linear regression: one weight per feature, learned by an update rule. */
export class LinearRegression implements RegressionAlgorithm, StoredWeights {
  readonly #rule: UpdateRule;
  /** The engine's feature names. */
  readonly features: FeatureTable;
  /** Weights by feature. */
  readonly table: WeightTable;
  /** The same, if the model takes part in MIX. */
  readonly mixed: MixedCells | undefined;
  /** Holds the label once there was an update. */
  readonly registry: LabelRegistry = new LabelRegistry();
  /** Cell of each feature of the vector at hand, -1 where there is none. */
  #cells = new Int32Array(64);
  /** Number of MIX rounds behind the model. */
  version = 0;
  /** None unless the model takes part in MIX. */
  readonly mixables: readonly Mixable[];

  constructor(options: LinearRegressionOptions) {
    this.#rule = options.rule;
    this.features = options.features;
    const { hasCovariances } = options.rule;
    if (options.isMixed) {
      const orders = new CellOrders((id) => this.features.nameOf(id), (slot) => this.registry.idOf(slot));
      this.mixed = new MixedCells(hasCovariances, false, orders);
      this.mixables = [new WeightMixable(this, this.mixed)];
    } else {
      this.mixed = undefined;
      this.mixables = [];
    }
    this.table = this.mixed?.table ?? new WeightTable(hasCovariances);
  }

  train(vector: FeatureVector, target: number): void {
    const { table } = this;
    const error = target - this.estimate(vector);
    const cells = this.#cells;
    if (!this.#rule.decide(vector, target, error, table, cells) || vector.count === 0) return;
    const slot = this.registry.register(LABEL);
    for (let i = 0; i < vector.count; i++) {
      if (cells[i]! >= 0) continue;
      cells[i] = table.require(vector.ids[i]!, slot);
      this.features.hold(vector.ids[i]!, HELD_BY_WEIGHTS);
    }
    const { mixed } = this;
    if (mixed === undefined) return this.#rule.apply(table, vector, cells);
    mixed.beginUpdate(cells, vector.count);
    this.#rule.apply(table, vector, cells);
    mixed.endUpdate(vector.ids, cells, vector.count);
  }

  estimate(vector: FeatureVector): number {
    const { ids, values, count } = vector;
    const { table } = this;
    const slot = this.registry.find(LABEL);
    table.reserveRows(this.features.idEnd);
    if (count > this.#cells.length) this.#cells = new Int32Array(count * 2);
    for (let i = 0; i < count; i++) this.#cells[i] = table.find(ids[i]!, slot);
    return dotProduct(table.weights, this.#cells, values, count);
  }

  clear(): void {
    for (let id = 0; id < this.features.idEnd; id++) {
      if (this.table.cellCount(id) > 0) this.features.release(id, HELD_BY_WEIGHTS);
    }
    this.table.clear();
    this.registry.clear();
    this.#rule.clear();
  }

  status(): [string, string][] {
    return weightStatus(this);
  }

  /** Writes `[weights]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(1);
    packWeights(writer, this);
  }

  *packSliced(writer: Writer): Sliced {
    writer.writeArrayHeader(1);
    yield* packWeightsSliced(writer, this);
  }

  unpack(reader: Reader): void {
    reader.expectArray(1);
    unpackWeights(reader, this);
  }
}
