import type { ByteString } from "../base/byte_string.ts";
import { Hash64 } from "../base/hash64.ts";
import { murmur64 } from "../base/murmur.ts";
import type { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import { HashOrder, HashOrderedSet } from "./hash_order.ts";
import { KeyManager } from "./key_manager.ts";

/**
 * The labels of a linear classifier.
 *
 * A label has an id, as in model files, which is never given again, and a slot, a small integer for
 * arrays, which is: with an unlearner, labels come and go for ever.
 */
export class LabelRegistry {
  readonly #ids = new KeyManager();
  readonly #slots = new Map<ByteString, number>();
  /** Label of each slot; stale where the slot is free. */
  readonly #labels: ByteString[] = [];
  /** The same as msgpack raws, made on demand. */
  readonly #encoded: (Uint8Array | undefined)[] = [];
  #freeSlots: number[] = [];
  /** Hash of each label, in halves: with many labels the order is made anew for each one that comes. */
  readonly #hashes: number[] = [];
  /** Labels in the order of 1.1.1's hash table. */
  readonly #names = new HashOrderedSet<ByteString>();
  /** Label ids in the order of 1.1.1's hash table, with the slot of each element and the reverse. */
  readonly #idOrder = new HashOrder();
  readonly #slotOfNode: number[] = [];
  readonly #nodeOfSlot: number[] = [];
  /** The lists below; undefined when they are out of date. */
  #order: Int32Array | undefined;
  #orderedLabels: ByteString[] | undefined;
  #orderedEncoded: Uint8Array[] | undefined;
  /** Used to make {@link #order}: the fresh table, and the slot of each of its elements. */
  readonly #labelOrder = new HashOrder();
  #slotOfLabelNode = new Int32Array(16);
  readonly #hash = new Hash64();

  /** Number of labels. */
  get size(): number {
    return this.#slots.size;
  }

  /** Slots are below this. */
  get slotEnd(): number {
    return this.#labels.length;
  }

  /** The slot of a label, or -1. */
  find(label: ByteString): number {
    return this.#slots.get(label) ?? -1;
  }

  /** The slot of a label, which is registered when it is not. */
  register(label: ByteString): number {
    const known = this.#slots.get(label);
    if (known !== undefined) return known;
    return this.#addSlot(label, this.#ids.intern(label));
  }

  /** Removes a label; its slot, or -1 when it was not registered. */
  remove(label: ByteString): number {
    const slot = this.find(label);
    if (slot < 0) return -1;
    this.#idOrder.erase(this.#nodeOfSlot[slot]!);
    this.#names.erase(label);
    this.#ids.remove(label);
    this.#slots.delete(label);
    this.#freeSlots.push(slot);
    this.#forgetOrder();
    return slot;
  }

  /** The label in a slot. */
  labelOf(slot: number): ByteString {
    return this.#labels[slot]!;
  }

  /** The label in a slot as a msgpack raw. */
  encodedOf(slot: number): Uint8Array {
    return this.#encoded[slot] ??= encodedLabel(this.#labels[slot]!);
  }

  /** The id of the label in a slot. */
  idOf(slot: number): number {
    return this.#ids.find(this.#labels[slot]!);
  }

  /** The slot of a label id, or -1. */
  slotOfId(id: number): number {
    const label = this.#ids.keyOf(id);
    return label === undefined ? -1 : this.find(label);
  }

  /**
   * All slots in the order in which 1.1.1 lists labels and looks for rivals: that of a fresh table of labels, filled
   * in the order of the registry's table of label ids.
   */
  get order(): Int32Array {
    return this.#order ??= this.#makeOrder();
  }

  /** The labels in that order. */
  get orderedLabels(): readonly ByteString[] {
    return this.#orderedLabels ??= Array.from(this.order, (slot) => this.#labels[slot]!);
  }

  /** The labels in that order, each as a msgpack raw. */
  get orderedEncoded(): readonly Uint8Array[] {
    return this.#orderedEncoded ??= Array.from(this.order, (slot) => this.encodedOf(slot));
  }

  /** Forgets all labels; ids start at 0 again. */
  clear(): void {
    this.#ids.clear();
    this.#reset();
  }

  /** Appends `[{label: id}, {id: label}, next_id]`. */
  pack(writer: Writer): void {
    this.#ids.pack(writer, this.#names.keys(), this.#idsInOrder());
  }

  /** Replaces all labels by what {@link pack} wrote. */
  unpack(reader: Reader): void {
    this.#ids.unpack(reader);
    this.#reset();
    for (const label of this.#ids.keys()) this.#names.insert(label);
    const ids = [...this.#ids.ids()];
    // Slots go by id: files of ours list the cells of a feature by id, and rows take cells fastest in order.
    const slots = new Map(ids.toSorted((a, b) => a - b).map((id, slot) => [id, slot]));
    for (const id of ids) this.#addSlot(this.#ids.keyOf(id)!, id, slots.get(id)!);
  }

  #addSlot(label: ByteString, id: number, slot = this.#freeSlots.pop() ?? this.#labels.length): number {
    this.#labels[slot] = label;
    this.#encoded[slot] = undefined;
    this.#slots.set(label, slot);
    murmur64(label, this.#hash);
    this.#hashes[2 * slot] = this.#hash.high;
    this.#hashes[2 * slot + 1] = this.#hash.low;
    this.#names.insert(label);
    const node = this.#idOrder.insert(0, id);
    this.#slotOfNode[node] = slot;
    this.#nodeOfSlot[slot] = node;
    this.#forgetOrder();
    return slot;
  }

  #reset(): void {
    this.#slots.clear();
    this.#labels.length = 0;
    this.#freeSlots = [];
    this.#idOrder.clear();
    this.#names.clear();
    this.#forgetOrder();
  }

  #forgetOrder(): void {
    this.#order = this.#orderedLabels = this.#orderedEncoded = undefined;
  }

  #makeOrder(): Int32Array {
    const { size } = this;
    const ids = this.#idOrder;
    const labels = this.#labelOrder;
    labels.clear();
    if (this.#slotOfLabelNode.length <= size) this.#slotOfLabelNode = new Int32Array(2 * size + 2);
    for (let node = ids.first(); node !== 0; node = ids.after(node)) {
      const slot = this.#slotOfNode[node]!;
      this.#slotOfLabelNode[labels.insert(this.#hashes[2 * slot]!, this.#hashes[2 * slot + 1]!)] = slot;
    }
    const order = new Int32Array(size);
    let node = labels.first();
    for (let i = 0; i < size; i++, node = labels.after(node)) order[i] = this.#slotOfLabelNode[node]!;
    return order;
  }

  *#idsInOrder(): Iterable<number> {
    const order = this.#idOrder;
    for (let node = order.first(); node !== 0; node = order.after(node)) yield this.idOf(this.#slotOfNode[node]!);
  }
}

function encodedLabel(label: ByteString): Uint8Array {
  const writer = new Writer(label.length + 5);
  writer.writeByteString(label);
  return writer.take();
}
