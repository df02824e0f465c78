import type { ByteString } from "../../base/byte_string.ts";
import { exponential } from "../../base/exponential.ts";
import type { ColumnTable } from "../../model/column_table.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { HashedRows, type HashedRowsOptions } from "../../model/hashed_rows.ts";
import { LabelCounters } from "../../model/label_counters.ts";
import type { Mixable } from "../../model/mixable.ts";
import { Nearest } from "../../model/nearest.ts";
import { TableMixable } from "../../model/table_mix.ts";
import type { Unlearner } from "../../model/unlearner.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import type { RandomIntegers } from "../row_id.ts";
import type { ClassifierAlgorithm, LabelScores } from "./algorithm.ts";
import { labelOfDataId, newDataId } from "./data_id.ts";
import { LabelVotes } from "./label_votes.ts";

/** Settings of {@link NearestNeighborClassifier}. */
export interface NearestNeighborOptions extends HashedRowsOptions {
  /** How many stored data vote. */
  neighborCount: number;
  /** How fast a vote fades with distance; a single-precision number. */
  sensitivity: number;
  /** Bounds the number of stored data; it holds their ids. */
  unlearner?: Unlearner | undefined;
  /** Makes the ids of stored data. */
  random: RandomIntegers;
}

/** Classifies by the stored data whose bits are most alike. */
export class NearestNeighborClassifier implements ClassifierAlgorithm {
  readonly #options: NearestNeighborOptions;
  readonly #rows: HashedRows;
  readonly #table: ColumnTable;
  readonly #counters = new LabelCounters();
  readonly #votes = new LabelVotes(this.#counters);
  /** Label of each row. */
  #labels: ByteString[] = [];
  readonly #nearest = new Nearest();
  readonly mixables: readonly Mixable[];

  constructor(options: NearestNeighborOptions) {
    this.#options = options;
    this.#rows = new HashedRows(options);
    this.#table = this.#rows.table;
    this.mixables = [
      new TableMixable(this.#table, {
        accept: (id) => options.unlearner?.touch(id) ?? true,
        onAdded: (row, id) => this.#addLabel(row, labelOfDataId(id)),
      }),
    ];
    if (options.unlearner !== undefined) options.unlearner.onEvict = (id) => this.#evict(id);
  }

  train(vector: FeatureVector, label: ByteString): void {
    const { random, unlearner } = this.#options;
    const id = newDataId(label, random, (id) => this.#table.find(id) >= 0);
    if (unlearner !== undefined && !unlearner.touch(id)) {
      throw new Error(`cannot add new ID as number of sticky IDs reached the maximum size of unlearner: ${id}`);
    }
    this.#addLabel(this.#rows.write(id, vector), label);
  }

  score(vector: FeatureVector, into: LabelScores): void {
    const nearest = this.#nearest;
    const { neighborCount, sensitivity } = this.#options;
    this.#rows.findNearest(vector, neighborCount, nearest);
    this.#votes.begin(into);
    for (let i = 0; i < nearest.count; i++) {
      const weight = exponential(-sensitivity * nearest.distances[i]!);
      this.#votes.vote(this.#labels[nearest.indices[i]!]!, weight, into);
    }
  }

  setLabel(label: ByteString): boolean {
    return this.#counters.add(label);
  }

  deleteLabel(label: ByteString): boolean {
    if (!this.#counters.delete(label)) return false;
    const ids = this.#table.keys().filter((_, row) => this.#labels[row] === label);
    for (const id of ids) {
      this.#removeRow(id);
      this.#options.unlearner?.remove(id);
    }
    return true;
  }

  labels(): [ByteString, number][] {
    return this.#counters.list();
  }

  clear(): void {
    this.#rows.clear();
    this.#counters.clear();
    this.#labels = [];
    this.#options.unlearner?.clear();
  }

  status(): [string, string][] {
    return [];
  }

  /** Writes `[table, labels]`, before them the unlearner if there is one. */
  pack(writer: Writer): void {
    const { unlearner } = this.#options;
    writer.writeArrayHeader(unlearner === undefined ? 2 : 3);
    unlearner?.pack(writer);
    this.#rows.pack(writer);
    this.#counters.pack(writer);
  }

  unpack(reader: Reader): void {
    const { unlearner } = this.#options;
    reader.expectArray(unlearner === undefined ? 2 : 3);
    unlearner?.unpack(reader);
    this.#rows.unpack(reader);
    this.#counters.unpack(reader);
    this.#labels = this.#table.keys().map(labelOfDataId);
  }

  #addLabel(row: number, label: ByteString): void {
    this.#labels[row] = label;
    this.#counters.increment(label);
  }

  /** Takes one stored datum back; a label without data is forgotten. */
  #evict(id: ByteString): void {
    if (this.#removeRow(id)) this.#counters.decrement(labelOfDataId(id));
  }

  #removeRow(id: ByteString): boolean {
    const row = this.#table.remove(id);
    if (row < 0) return false;
    const label = this.#labels.pop()!;
    if (row < this.#labels.length) this.#labels[row] = label;
    return true;
  }
}
