import type { ByteString } from "../../base/byte_string.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { HashedRows, type HashedRowsOptions } from "../../model/hashed_rows.ts";
import type { Mixable } from "../../model/mixable.ts";
import { Nearest } from "../../model/nearest.ts";
import { TableMixable } from "../../model/table_mix.ts";
import type { Unlearner } from "../../model/unlearner.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import { newRowId, type RandomIntegers } from "../row_id.ts";
import type { RegressionAlgorithm } from "./algorithm.ts";
import { Neighbors } from "./neighbor_mean.ts";
import type { NeighborWeight } from "./regression_config.ts";
import { TargetTable } from "./target_table.ts";

/** Settings of {@link NearestNeighborRegression}. */
export interface NearestNeighborOptions extends HashedRowsOptions {
  /** How many stored examples count. */
  readonly neighborCount: number;
  /** How they count. */
  readonly weight: NeighborWeight;
  /** Bounds the number of stored examples; it holds their ids. */
  readonly unlearner?: Unlearner | undefined;
  /** Makes the ids of stored examples. */
  readonly random: RandomIntegers;
}

/** Estimates by the stored examples whose bits are most alike. */
export class NearestNeighborRegression implements RegressionAlgorithm {
  readonly #options: NearestNeighborOptions;
  readonly #rows: HashedRows;
  readonly #targets: TargetTable;
  readonly #nearest = new Nearest();
  readonly #neighbors = new Neighbors();
  readonly mixables: readonly Mixable[];

  constructor(options: NearestNeighborOptions) {
    this.#options = options;
    this.#rows = new HashedRows(options);
    this.#targets = new TargetTable(options.owner);
    const { unlearner } = options;
    if (unlearner !== undefined) unlearner.onEvict = (id) => this.#remove(id);
    this.mixables = [
      new TableMixable(this.#rows.table, { accept: (id) => unlearner?.touch(id) ?? true }),
      // Rows come first: the target of one that is forgotten again is not kept.
      new TableMixable(this.#targets.table, { accept: (id) => this.#rows.table.find(id) >= 0 }),
    ];
  }

  train(vector: FeatureVector, target: number): void {
    const { random, unlearner } = this.#options;
    const id = newRowId(random, (id) => this.#rows.table.find(id) >= 0);
    if (unlearner !== undefined && !unlearner.touch(id)) {
      throw new Error(`cannot add new ID as number of sticky IDs reached the maximum size of unlearner: ${id}`);
    }
    this.#rows.write(id, vector);
    this.#targets.set(id, target);
  }

  estimate(vector: FeatureVector): number {
    const nearest = this.#nearest;
    const neighbors = this.#neighbors;
    this.#rows.findNearest(vector, this.#options.neighborCount, nearest);
    neighbors.count = 0;
    for (let i = 0; i < nearest.count; i++) {
      const target = this.#targets.find(this.#rows.table.keyOf(nearest.indices[i]!));
      if (target !== undefined) neighbors.push(target, nearest.distances[i]!);
    }
    return neighbors.mean(this.#options.weight, 0);
  }

  clear(): void {
    this.#rows.clear();
    this.#targets.table.clear();
    this.#options.unlearner?.clear();
  }

  status(): [string, string][] {
    return [];
  }

  /** Writes `[rows, targets]`, before them the unlearner if there is one. */
  pack(writer: Writer): void {
    const { unlearner } = this.#options;
    writer.writeArrayHeader(unlearner === undefined ? 2 : 3);
    unlearner?.pack(writer);
    this.#rows.pack(writer);
    this.#targets.table.pack(writer);
  }

  unpack(reader: Reader): void {
    const { unlearner } = this.#options;
    reader.expectArray(unlearner === undefined ? 2 : 3);
    unlearner?.unpack(reader);
    this.#rows.unpack(reader);
    this.#targets.table.unpack(reader);
  }

  #remove(id: ByteString): void {
    this.#rows.table.remove(id);
    this.#targets.table.remove(id);
  }
}
