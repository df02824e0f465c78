import type { ByteString } from "../../base/byte_string.ts";
import { CellOrders } from "../../model/cell_order.ts";
import { type FeatureTable, HELD_BY_WEIGHTS } from "../../model/feature_table.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import { LabelCounters } from "../../model/label_counters.ts";
import { LabelCountersMixable } from "../../model/label_counters_mix.ts";
import { LabelRegistry } from "../../model/label_registry.ts";
import type { Mixable, Sliced } from "../../model/mixable.ts";
import { MixedCells } from "../../model/mixed_cells.ts";
import type { Unlearner } from "../../model/unlearner.ts";
import { weightStatus } from "../../model/weight_status.ts";
import { WeightTable } from "../../model/weight_table.ts";
import { WeightMixable } from "../../model/weight_mix.ts";
import { packWeights, packWeightsSliced, type StoredWeights, unpackWeights } from "../../model/weight_table_file.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import { TypeMismatchError } from "../../msgpack/errors.ts";
import type { ClassifierAlgorithm, LabelScores } from "./algorithm.ts";
import { CellPairs, SKIP, UPDATE, type UpdateRule } from "./update_rule.ts";

/** What a linear classifier is made of. */
export interface LinearClassifierOptions {
  /** How it learns. */
  readonly rule: UpdateRule;
  /** The engine's feature names. */
  readonly features: FeatureTable;
  /** Bounds the number of labels. */
  readonly unlearner?: Unlearner | undefined;
  /** The model takes part in MIX. */
  readonly isMixed?: boolean;
}

/**
 * Linear classification with several labels: one weight per feature and label, learned by an update rule.
 *
 * As in Jubatus 1.1.1 the labels that have weights ("registered") and the labels that were counted are
 * two lists, which may differ: an example that needs no update can be counted without being registered.
 */
export class LinearClassifier implements ClassifierAlgorithm, StoredWeights {
  readonly #rule: UpdateRule;
  /** The engine's feature names. */
  readonly features: FeatureTable;
  /** Bounds the number of labels. */
  readonly unlearner: Unlearner | undefined;
  /** Weights by feature and label. */
  readonly table: WeightTable;
  /** The same, if the model takes part in MIX. */
  readonly mixed: MixedCells | undefined;
  /** Labels that have weights. */
  readonly registry: LabelRegistry = new LabelRegistry();
  /** Examples per label. */
  readonly counters: LabelCounters = new LabelCounters();
  readonly #cells: CellPairs;
  /** Scores by label slot. */
  #scores = new Float64Array(16);
  /** Number of MIX rounds behind the model. */
  version = 0;
  /** None unless the model takes part in MIX. */
  readonly mixables: readonly Mixable[];

  constructor(options: LinearClassifierOptions) {
    this.#rule = options.rule;
    this.features = options.features;
    this.unlearner = options.unlearner;
    const { hasCovariances } = options.rule;
    if (options.isMixed) {
      const orders = new CellOrders((id) => this.features.nameOf(id), (slot) => this.registry.idOf(slot));
      this.mixed = new MixedCells(hasCovariances, true, orders);
      this.mixables = [new WeightMixable(this, this.mixed), new LabelCountersMixable(this.counters)];
    } else {
      this.mixed = undefined;
      this.mixables = [];
    }
    this.table = this.mixed?.table ?? new WeightTable(hasCovariances, true);
    this.#cells = new CellPairs(this.table);
    if (this.unlearner !== undefined) this.unlearner.onEvict = (label): void => void this.#forget(label);
  }

  train(vector: FeatureVector, label: ByteString): void {
    this.checkTouchable(label);
    this.counters.increment(label);
    this.#computeScores(vector);
    const rule = this.#rule;
    const scores = this.#scores;
    let target = this.registry.find(label);
    const competitor = rule.competitor === "best" ? this.#best() : this.#rival(target);
    // The empty label marks "none" in 1.1.1: it competes, but never loses weight.
    const isNone = competitor < 0 || this.registry.labelOf(competitor) === "";
    if (rule.competitor === "best" && (isNone ? label === "" : competitor === target)) return;
    const rivalScore = competitor < 0 ? 0 : scores[competitor]!;
    const targetScore = target < 0 ? 0 : scores[target]!;

    this.#cells.begin(vector, target, competitor, !isNone);
    const decision = rule.decide(vector, rivalScore - targetScore, this.#cells);
    if (decision === SKIP) return;
    if (decision !== UPDATE) {
      this.registry.register(label);
      return;
    }
    if (vector.count > 0 || rule.registersEmpty) {
      target = this.registry.register(label);
      if (this.#cells.complete(target)) {
        for (let i = 0; i < vector.count; i++) this.features.hold(vector.ids[i]!, HELD_BY_WEIGHTS);
      }
      if (this.mixed === undefined) rule.apply(this.table, vector, this.#cells);
      else this.#applyMixed(vector, this.mixed);
    }
    this.unlearner?.touch(label);
  }

  #applyMixed(vector: FeatureVector, mixed: MixedCells): void {
    const { ids, count } = vector;
    const { target, rival, hasRival } = this.#cells;
    mixed.beginUpdate(target, count);
    if (hasRival) mixed.beginUpdate(rival, count);
    this.#rule.apply(this.table, vector, this.#cells);
    mixed.endUpdate(ids, target, count);
    if (hasRival) mixed.endUpdate(ids, rival, count);
  }

  score(vector: FeatureVector, into: LabelScores): void {
    this.#computeScores(vector);
    const order = this.registry.order;
    const count = order.length;
    if (into.scores.length < count) into.scores = new Float64Array(count * 2);
    into.labels = this.registry.orderedLabels;
    into.encoded = this.registry.orderedEncoded;
    into.count = count;
    for (let i = 0; i < count; i++) into.scores[i] = this.#scores[order[i]!]!;
  }

  setLabel(label: ByteString): boolean {
    this.checkTouchable(label);
    const isNew = this.registry.find(label) < 0;
    this.registry.register(label);
    const isAdded = this.counters.add(label) && isNew;
    return isAdded && this.unlearner !== undefined ? this.unlearner.touch(label) : isAdded;
  }

  deleteLabel(label: ByteString): boolean {
    const isDeleted = this.#forget(label);
    return isDeleted && this.unlearner !== undefined ? this.unlearner.remove(label) : isDeleted;
  }

  labels(): [ByteString, number][] {
    return this.counters.list();
  }

  clear(): void {
    for (let id = 0; id < this.features.idEnd; id++) {
      if (this.table.cellCount(id) > 0) this.features.release(id, HELD_BY_WEIGHTS);
    }
    this.table.clear();
    this.registry.clear();
    this.counters.clear();
    this.unlearner?.clear();
  }

  status(): [string, string][] {
    return [...weightStatus(this), ...this.unlearner?.status() ?? []];
  }

  pack(writer: Writer): void {
    writer.writeArrayHeader(this.unlearner === undefined ? 2 : 3);
    this.unlearner?.pack(writer);
    packWeights(writer, this);
    this.counters.pack(writer);
  }

  *packSliced(writer: Writer): Sliced {
    // An unlearner lets labels go all the time.
    if (this.unlearner !== undefined) return this.pack(writer);
    writer.writeArrayHeader(2);
    yield* packWeightsSliced(writer, this);
    this.counters.pack(writer);
  }

  unpack(reader: Reader): void {
    const parts = reader.readArrayHeader();
    if (parts !== (this.unlearner === undefined ? 2 : 3)) throw new TypeMismatchError();
    this.unlearner?.unpack(reader);
    unpackWeights(reader, this);
    this.counters.unpack(reader);
  }

  /** Throws when the unlearner has no place for the label. */
  checkTouchable(label: ByteString): void {
    if (this.unlearner === undefined || this.unlearner.canTouch(label)) return;
    throw new Error(
      `cannot add new label as number of sticky labels reached the maximum size of unlearner: ${label}`,
    );
  }

  #computeScores(vector: FeatureVector): void {
    const slots = this.registry.slotEnd;
    if (this.#scores.length < slots) this.#scores = new Float64Array(slots * 2);
    if (slots > 64) this.#scores.fill(0, 0, slots);
    else for (let slot = 0; slot < slots; slot++) this.#scores[slot] = 0;
    this.table.reserveRows(this.features.idEnd);
    this.table.addScores(vector, this.#scores, slots);
  }

  /** The slot that scores best, or -1 when there are no labels; the first in result order wins ties. */
  #best(): number {
    const order = this.registry.order;
    const scores = this.#scores;
    let best = order.length > 0 ? order[0]! : -1;
    for (let i = 1; i < order.length; i++) if (scores[order[i]!]! > scores[best]!) best = order[i]!;
    return best;
  }

  /** The slot that scores best except `target`, or -1; the first in result order wins ties. */
  #rival(target: number): number {
    const order = this.registry.order;
    const scores = this.#scores;
    let rival = -1;
    let max = -Number.MAX_VALUE;
    for (let i = 0; i < order.length; i++) {
      const slot = order[i]!;
      if (slot === target) continue;
      const score = scores[slot]!;
      if (score > max || i === 0) {
        max = score;
        rival = slot;
      }
    }
    return rival;
  }

  /** Removes a label's weights, registration and count; true when it had both of the latter. */
  #forget(label: ByteString): boolean {
    const slot = this.registry.remove(label);
    if (slot >= 0) this.table.removeSlot(slot, (id) => this.features.release(id, HELD_BY_WEIGHTS));
    const wasCounted = this.counters.delete(label);
    return slot >= 0 && wasCounted;
  }
}
