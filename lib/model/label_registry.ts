import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import { HashOrderedSet, labelOrder } from "./hash_order.ts";
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
  /** Label ids in the order of 1.1.1's hash table. */
  readonly #idOrder = new HashOrderedSet<number>();
  /** The lists below are out of date. */
  #stale = true;
  #order = new Int32Array(0);
  #orderedLabels: ByteString[] = [];
  #orderedEncoded: Uint8Array[] = [];

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
    this.#idOrder.insert(this.#ids.intern(label));
    return this.#addSlot(label);
  }

  /** Removes a label; its slot, or -1 when it was not registered. */
  remove(label: ByteString): number {
    const slot = this.find(label);
    if (slot < 0) return -1;
    this.#idOrder.erase(this.#ids.find(label));
    this.#ids.remove(label);
    this.#slots.delete(label);
    this.#freeSlots.push(slot);
    this.#stale = true;
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

  /** All slots in the order in which 1.1.1 lists labels and looks for rivals. */
  get order(): Int32Array {
    if (this.#stale) this.#refresh();
    return this.#order;
  }

  /** The labels in that order. */
  get orderedLabels(): readonly ByteString[] {
    if (this.#stale) this.#refresh();
    return this.#orderedLabels;
  }

  /** The labels in that order, each as a msgpack raw. */
  get orderedEncoded(): readonly Uint8Array[] {
    if (this.#stale) this.#refresh();
    return this.#orderedEncoded;
  }

  /** Forgets all labels; ids start at 0 again. */
  clear(): void {
    this.#ids.clear();
    this.#reset();
  }

  /** Appends `[{label: id}, {id: label}, next_id]`. */
  pack(writer: Writer): void {
    this.#ids.pack(writer, this.#idOrder.keys());
  }

  /** Replaces all labels by what {@link pack} wrote. */
  unpack(reader: Reader): void {
    this.#ids.unpack(reader);
    this.#reset();
    for (const id of this.#ids.ids()) {
      this.#idOrder.insert(id);
      this.#addSlot(this.#ids.keyOf(id)!);
    }
  }

  #addSlot(label: ByteString): number {
    const slot = this.#freeSlots.pop() ?? this.#labels.length;
    this.#labels[slot] = label;
    this.#encoded[slot] = undefined;
    this.#slots.set(label, slot);
    this.#stale = true;
    return slot;
  }

  #reset(): void {
    this.#slots.clear();
    this.#labels.length = 0;
    this.#freeSlots = [];
    this.#idOrder.clear();
    this.#stale = true;
  }

  #refresh(): void {
    this.#orderedLabels = labelOrder(this.#idOrder, (id) => this.#ids.keyOf(id)!).map((id) => this.#ids.keyOf(id)!);
    this.#order = Int32Array.from(this.#orderedLabels, (label) => this.#slots.get(label)!);
    this.#orderedEncoded = Array.from(this.#order, (slot) => this.encodedOf(slot));
    this.#stale = false;
  }
}

function encodedLabel(label: ByteString): Uint8Array {
  const writer = new Writer(label.length + 5);
  writer.writeByteString(label);
  return writer.take();
}
