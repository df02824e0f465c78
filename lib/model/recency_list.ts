import type { ByteString } from "../base/byte_string.ts";

/**
 * Keys in the order of their last use. A Map alone could do this by deletion and insertion, but
 * finding its first key takes time proportional to the deletions before it.
 */
export class RecencyList {
  /** Slot of each key. Slot 0 is the ring's fixed point: newest after it, oldest before it. */
  readonly #slots = new Map<ByteString, number>();
  #keys: ByteString[] = [""];
  #older: Int32Array<ArrayBuffer> = new Int32Array(16);
  #newer: Int32Array<ArrayBuffer> = new Int32Array(16);
  /** Slots given up, to be used again. */
  #free: number[] = [];

  /** Number of keys. */
  get size(): number {
    return this.#slots.size;
  }

  /** True when the key is in the list. */
  has(key: ByteString): boolean {
    return this.#slots.has(key);
  }

  /** Makes a key the newest; adds it if it is new. */
  touch(key: ByteString): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) slot = this.#add(key);
    else this.#unlink(slot);
    const second = this.#older[0]!;
    this.#older[slot] = second;
    this.#newer[slot] = 0;
    this.#newer[second] = slot;
    this.#older[0] = slot;
  }

  /** Takes a key out; false when it is not there. */
  remove(key: ByteString): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#unlink(slot);
    this.#slots.delete(key);
    this.#keys[slot] = "";
    this.#free.push(slot);
    return true;
  }

  /** The key that was not touched for longest. */
  oldest(): ByteString | undefined {
    const slot = this.#newer[0]!;
    return slot === 0 ? undefined : this.#keys[slot];
  }

  /** All keys, the newest first. */
  newestFirst(): ByteString[] {
    const keys: ByteString[] = [];
    for (let slot = this.#older[0]!; slot !== 0; slot = this.#older[slot]!) keys.push(this.#keys[slot]!);
    return keys;
  }

  /** Takes all keys out. */
  clear(): void {
    this.#slots.clear();
    this.#keys = [""];
    this.#free = [];
    this.#older[0] = 0;
    this.#newer[0] = 0;
  }

  #add(key: ByteString): number {
    const slot = this.#free.pop() ?? this.#keys.length;
    if (slot >= this.#older.length) {
      const older = new Int32Array(slot * 2);
      older.set(this.#older);
      this.#older = older;
      const newer = new Int32Array(slot * 2);
      newer.set(this.#newer);
      this.#newer = newer;
    }
    this.#keys[slot] = key;
    this.#slots.set(key, slot);
    return slot;
  }

  #unlink(slot: number): void {
    const older = this.#older[slot]!;
    const newer = this.#newer[slot]!;
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }
}
