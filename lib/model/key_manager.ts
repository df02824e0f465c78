import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { readStruct } from "./struct_array.ts";

/** Numbers are below this, as files hold them in 32 bits. */
const ID_END = 0x100000000;

/** Numbers keys in the order in which they come; the number of a removed key is never given again. */
export class KeyManager {
  readonly #ids = new Map<ByteString, number>();
  readonly #keys = new Map<number, ByteString>();
  #nextId = 0;

  /** Number of keys. */
  get size(): number {
    return this.#ids.size;
  }

  /** One more than the largest number given so far. */
  get nextId(): number {
    return this.#nextId;
  }

  /** The number of a key, -1 when it has none. */
  find(key: ByteString): number {
    return this.#ids.get(key) ?? -1;
  }

  /** The number of a key, a new one when it has none. */
  intern(key: ByteString): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (this.#nextId >= ID_END) throw new RangeError("there are no numbers left for new keys");
    const id = this.#nextId++;
    this.#ids.set(key, id);
    this.#keys.set(id, key);
    return id;
  }

  /** The key with this number. */
  keyOf(id: number): ByteString | undefined {
    return this.#keys.get(id);
  }

  /** The keys, in the order of their registration or of the model file. */
  keys(): IterableIterator<ByteString> {
    return this.#ids.keys();
  }

  /** The numbers in use, in the order of their registration or of the model file. */
  ids(): IterableIterator<number> {
    return this.#keys.keys();
  }

  /** Removes a key; false when there is none. */
  remove(key: ByteString): boolean {
    const id = this.#ids.get(key);
    if (id === undefined) return false;
    this.#ids.delete(key);
    this.#keys.delete(id);
    return true;
  }

  /** Removes all keys and begins again with 0. */
  clear(): void {
    this.#ids.clear();
    this.#keys.clear();
    this.#nextId = 0;
  }

  /** Numbers the keys anew from 0 on, in the order of their numbers so far. Returns the new number of each old one. */
  renumber(): Map<number, number> {
    const renumbered = new Map<number, number>();
    const keys = [...this.#keys].sort((a, b) => a[0] - b[0]);
    this.clear();
    for (const [id, key] of keys) renumbered.set(id, this.intern(key));
    return renumbered;
  }

  /**
   * Writes `[{key: id}, {id: key}, next_id]`. Whoever reads the second map may rely on its order
   * (see `hash_order.ts`), so the orders of both can be given.
   */
  pack(
    writer: Writer,
    keysInOrder: Iterable<ByteString> = this.#ids.keys(),
    idsInOrder: Iterable<number> = this.#keys.keys(),
  ): void {
    writer.writeArrayHeader(3);
    writer.writeMapHeader(this.#ids.size);
    for (const key of keysInOrder) {
      writer.writeByteString(key);
      writer.writeInt(this.#ids.get(key)!);
    }
    writer.writeMapHeader(this.#keys.size);
    for (const id of idsInOrder) {
      writer.writeInt(id);
      writer.writeByteString(this.#keys.get(id)!);
    }
    writer.writeInt(this.#nextId);
  }

  /** Replaces everything by what {@link pack} wrote. Both maps and the next number must agree. */
  unpack(reader: Reader): void {
    this.clear();
    readStruct(
      reader,
      () => {
        for (let i = reader.readMapHeader(); i > 0; i--) {
          const key = reader.readByteString();
          this.#ids.set(key, reader.readUint32());
        }
      },
      () => {
        for (let i = reader.readMapHeader(); i > 0; i--) {
          const id = reader.readUint32();
          this.#keys.set(id, reader.readByteString());
        }
      },
      () => this.#nextId = reader.readIntegerWithin(0, ID_END),
    );
    if (this.#keys.size !== this.#ids.size) {
      throw new RangeError(`key table is broken: ${this.#ids.size} keys, ${this.#keys.size} numbers`);
    }
    for (const [key, id] of this.#ids) {
      if (this.#keys.get(id) !== key) throw new RangeError(`key table is broken: number ${id} has another key`);
      if (id >= this.#nextId) throw new RangeError(`key table is broken: number ${id}, next number ${this.#nextId}`);
    }
  }
}
