import type { ByteString } from "../base/byte_string.ts";
import { Hash64 } from "../base/hash64.ts";
import { type FeatureHash, FeatureOrder, hashOfNames } from "./feature_order.ts";
import { BUCKETS_MIN, bucketsAfter } from "./hash_order.ts";

/** With more cells than this there is no order, as with too many features. */
const CELLS_MAX = 1 << 15;

/** The order of the features on one side of a weight table (master or difference), and of the cells of each. */
export class CellOrder {
  readonly #features: FeatureOrder;
  /** The id of the label in a slot. */
  readonly #labelId: (slot: number) => number;
  /** Table of each feature's cells. */
  readonly #rows = new Map<number, SlotOrder>();
  #cells = 0;

  /** @param labelId the id of the label in a slot */
  constructor(hashOf: FeatureHash, labelId: (slot: number) => number) {
    this.#features = new FeatureOrder(hashOf);
    this.#labelId = labelId;
  }

  /** Adds a cell that is not there. */
  add(id: number, slot: number): void {
    if (!this.#features.isKnown) return;
    if (++this.#cells > CELLS_MAX) this.#features.giveUp();
    else this.#features.add(id);
    if (!this.#features.isKnown) return this.#rows.clear();
    let row = this.#rows.get(id);
    if (row === undefined) this.#rows.set(id, row = new SlotOrder());
    row.add(slot, this.#labelId(slot));
  }

  /** Takes a cell out, if it is there; a feature without cells goes. */
  remove(id: number, slot: number): void {
    const row = this.#rows.get(id);
    if (row === undefined || !row.remove(slot)) return;
    this.#cells--;
    if (row.slots.length > 0) return;
    this.#rows.delete(id);
    this.#features.remove(id);
  }

  /** The features in order; undefined when there is none. */
  ids(): Int32Array | undefined {
    return this.#features.ids();
  }

  /** The slots of a feature's cells in order; undefined when there is none. */
  slotsOf(id: number): readonly number[] | undefined {
    return this.#rows.get(id)?.slots;
  }

  /** Takes all cells out but those that still belong here, which are added anew; the table stays as large as it is. */
  drain(isStillHere: (id: number, slot: number) => boolean): void {
    const ids = this.#features.ids();
    if (ids === undefined) return;
    const rows = new Map(this.#rows);
    this.#features.drain();
    this.#rows.clear();
    this.#cells = 0;
    for (const id of ids) for (const slot of rows.get(id)!.slots) if (isStillHere(id, slot)) this.add(id, slot);
  }

  /** Begins anew, with a new table. */
  clear(): void {
    this.#features.clear();
    this.#rows.clear();
    this.#cells = 0;
  }
}

/** The orders of both sides. */
export class CellOrders {
  readonly master: CellOrder;
  readonly diff: CellOrder;
  /** The feature whose hash was computed last, -1 when that may be of another one by now. */
  #hashed = -1;

  /**
   * @param nameOf the name of a feature by its id
   * @param labelId the id of the label in a slot
   */
  constructor(nameOf: (id: number) => ByteString, labelId: (slot: number) => number) {
    const compute = hashOfNames(nameOf);
    let hash = new Hash64();
    const hashOf = (id: number): Hash64 => {
      if (id !== this.#hashed) hash = compute(id);
      this.#hashed = id;
      return hash;
    };
    this.master = new CellOrder(hashOf, labelId);
    this.diff = new CellOrder(hashOf, labelId);
  }

  /** Adds a cell to sides that it was not on. */
  add(id: number, slot: number, toDiff: boolean, toMaster: boolean): void {
    this.#hashed = -1;
    if (toDiff) this.diff.add(id, slot);
    if (toMaster) this.master.add(id, slot);
  }

  /** Takes all cells out of the difference but those that still belong there. */
  drainDiff(isStillHere: (id: number, slot: number) => boolean): void {
    this.#hashed = -1;
    this.diff.drain(isStillHere);
  }

  /** Takes a cell off both sides. */
  remove(id: number, slot: number): void {
    this.diff.remove(id, slot);
    this.master.remove(id, slot);
  }

  /** Begins anew. */
  clear(): void {
    this.master.clear();
    this.diff.clear();
  }
}

/** A hash table whose keys are label ids and mostly few: the list alone, in which a bucket's first key is searched for. */
class SlotOrder {
  readonly slots: number[] = [];
  readonly #labelIds: number[] = [];
  #buckets = BUCKETS_MIN;

  add(slot: number, labelId: number): void {
    if (this.slots.length === this.#buckets) this.#grow();
    this.#insert(slot, labelId);
  }

  /** False when it is not there. */
  remove(slot: number): boolean {
    const at = this.slots.indexOf(slot);
    if (at < 0) return false;
    this.slots.splice(at, 1);
    this.#labelIds.splice(at, 1);
    return true;
  }

  #insert(slot: number, labelId: number): void {
    const bucket = labelId % this.#buckets;
    const labelIds = this.#labelIds;
    let at = 0;
    while (at < labelIds.length && labelIds[at]! % this.#buckets !== bucket) at++;
    if (at === labelIds.length) at = 0;
    this.slots.splice(at, 0, slot);
    labelIds.splice(at, 0, labelId);
  }

  #grow(): void {
    this.#buckets = bucketsAfter(this.#buckets);
    const slots = this.slots.splice(0);
    const labelIds = this.#labelIds.splice(0);
    for (let i = 0; i < slots.length; i++) this.#insert(slots[i]!, labelIds[i]!);
  }
}
