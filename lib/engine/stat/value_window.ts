import type { ByteString } from "../../base/byte_string.ts";
import { HashOrderedMap } from "../../model/hash_order.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";

/** Largest limit; slots are 32-bit integers. */
const VALUES_MAX = 0x7fffffff;

/** What is known of the values of one key. Running sums, so they keep the rounding of values long gone. */
export class KeySummary {
  /** Number of values, at least 1. */
  count = 0;
  /** Sum of the values. */
  sum = 0;
  /** Sum of their squares. */
  squareSum = 0;
  /** Largest value. */
  max = -Infinity;
  /** Smallest value. */
  min = Infinity;
  /** Slot of the oldest value. */
  first = -1;
  /** Slot of the newest value. */
  last = -1;

  constructor(readonly key: ByteString) {}
}

/**
 * The last values pushed, first in, first out, whatever their keys. A ring of slots, in which the values of
 * one key are chained so that finding another maximum or a moment does not walk the values of others.
 */
export class ValueWindow {
  /** How many values are kept. */
  #limit: number;
  /** Summaries by key, in the order of 1.1.1: sums over them are rounded. */
  #keys = new HashOrderedMap<KeySummary>();
  /** By slot: value, time in whole seconds, key, and the slot of the key's next value or -1. */
  #values = new Float64Array(16);
  #times = new Float64Array(16);
  #owners: (KeySummary | undefined)[] = [];
  #nexts = new Int32Array(16);
  /** Slot of the oldest value. */
  #start = 0;
  /** Number of values. */
  #size = 0;

  /** @param limit how many values are kept, at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of values. */
  get size(): number {
    return this.#size;
  }

  /** The summaries of all keys that have values, in the order of 1.1.1; those of keys that go meanwhile are left out. */
  *summaries(): Iterable<KeySummary> {
    for (const key of this.#keys.keys()) {
      const summary = this.#keys.get(key);
      if (summary !== undefined) yield summary;
    }
  }

  /** The summary of a key, unless it has no values. */
  find(key: ByteString): KeySummary | undefined {
    return this.#keys.get(key);
  }

  /** Adds a value and drops the oldest ones beyond the limit. */
  push(key: ByteString, value: number, time: number): void {
    let summary = this.#keys.get(key);
    if (summary === undefined) {
      summary = new KeySummary(key);
      this.#keys.set(key, summary);
    }
    this.#append(summary, value, time);
    summary.sum += value;
    summary.squareSum += value * value;
    if (value > summary.max) summary.max = value;
    if (value < summary.min) summary.min = value;
    while (this.#size > this.#limit) this.#dropOldest();
  }

  /** Sum of (value - center)^degree over the values of a key. */
  sumOfPowers(summary: KeySummary, degree: number, center: number): number {
    let sum = 0;
    for (let slot = summary.first; slot >= 0; slot = this.#nexts[slot]!) {
      sum += Math.pow(this.#values[slot]! - center, degree);
    }
    return sum;
  }

  /** Pushes all values to another window, the oldest first. */
  copyTo(other: ValueWindow): void {
    for (let i = 0; i < this.#size; i++) {
      const slot = this.#slot(i);
      other.push(this.#owners[slot]!.key, this.#values[slot]!, this.#times[slot]!);
    }
  }

  /** Forgets all values. */
  clear(): void {
    this.#keys.clear();
    this.#owners = [];
    this.#start = 0;
    this.#size = 0;
  }

  /** Writes three values: limit, `[[time, [key, value]], …]`, `{key: [count, sum, square sum, max, min]}`. */
  pack(writer: Writer): void {
    writer.writeInt(this.#limit);
    writer.writeArrayHeader(this.#size);
    for (let i = 0; i < this.#size; i++) {
      const slot = this.#slot(i);
      writer.writeArrayHeader(2);
      writer.writeInt(this.#times[slot]!);
      writer.writeArrayHeader(2);
      writer.writeByteString(this.#owners[slot]!.key);
      writer.writeDouble(this.#values[slot]!);
    }
    writer.writeMapHeader(this.#keys.size);
    for (const summary of this.summaries()) {
      writer.writeByteString(summary.key);
      writer.writeArrayHeader(5);
      writer.writeInt(summary.count);
      writer.writeDouble(summary.sum);
      writer.writeDouble(summary.squareSum);
      writer.writeDouble(summary.max);
      writer.writeDouble(summary.min);
    }
  }

  /** Reads what {@link pack} wrote into this empty window; throws when its parts disagree. */
  unpack(reader: Reader): void {
    this.#limit = reader.readIntegerWithin(1, VALUES_MAX);
    this.#unpackSummaries(reader, this.#unpackValues(reader));
    while (this.#size > this.#limit) this.#dropOldest();
  }

  /** Returns what is known of the keys, which have no place in the table yet. */
  #unpackValues(reader: Reader): Map<ByteString, KeySummary> {
    const summaries = new Map<ByteString, KeySummary>();
    for (let i = reader.readArrayHeader(); i > 0; i--) {
      reader.expectArray(2);
      const time = reader.readUint64();
      reader.expectArray(2);
      const key = reader.readByteString();
      let summary = summaries.get(key);
      if (summary === undefined) summaries.set(key, summary = new KeySummary(key));
      this.#append(summary, reader.readDouble(), time);
    }
    return summaries;
  }

  /** In files of 1.1.1 there may be keys that had values before another file was loaded, and have none any more. */
  #unpackSummaries(reader: Reader, summaries: ReadonlyMap<ByteString, KeySummary>): void {
    for (let i = reader.readMapHeader(); i > 0; i--) {
      const key = reader.readByteString();
      const summary = summaries.get(key);
      if (summary === undefined) {
        reader.skip();
        continue;
      }
      if (this.#keys.has(key)) throw new RangeError("window is broken: two summaries of a key");
      reader.expectArray(5);
      const values = reader.readUint64();
      if (values !== summary.count) {
        throw new RangeError(`window is broken: ${summary.count} values of a key that counts ${values}`);
      }
      summary.sum = reader.readDouble();
      summary.squareSum = reader.readDouble();
      summary.max = reader.readDouble();
      summary.min = reader.readDouble();
      this.#keys.set(key, summary);
    }
    if (this.#keys.size < summaries.size) throw new RangeError("window is broken: values without a summary");
  }

  /** Puts a value into the ring and the chain of its key. */
  #append(summary: KeySummary, value: number, time: number): void {
    if (this.#size === this.#values.length) this.#grow();
    const slot = this.#slot(this.#size++);
    this.#values[slot] = value;
    this.#times[slot] = time;
    this.#owners[slot] = summary;
    this.#nexts[slot] = -1;
    if (summary.count++ === 0) summary.first = slot;
    else this.#nexts[summary.last] = slot;
    summary.last = slot;
  }

  #dropOldest(): void {
    const slot = this.#start;
    const value = this.#values[slot]!;
    const summary = this.#owners[slot]!;
    this.#owners[slot] = undefined;
    this.#start = this.#slot(1);
    this.#size--;
    if (--summary.count === 0) {
      this.#keys.delete(summary.key);
      return;
    }
    summary.first = this.#nexts[slot]!;
    summary.sum -= value;
    summary.squareSum -= value * value;
    // What was not finite cannot be subtracted; in 1.1.1 it spoils the sums of its key for good.
    if (!Number.isFinite(value)) summary.sum = this.sumOfPowers(summary, 1, 0);
    if (!Number.isFinite(value * value)) summary.squareSum = this.sumOfPowers(summary, 2, 0);
    if (value === summary.max || value === summary.min) this.#findExtremes(summary);
  }

  #findExtremes(summary: KeySummary): void {
    let max = -Infinity;
    let min = Infinity;
    for (let slot = summary.first; slot >= 0; slot = this.#nexts[slot]!) {
      const value = this.#values[slot]!;
      if (value > max) max = value;
      if (value < min) min = value;
    }
    summary.max = max;
    summary.min = min;
  }

  /** The slot of a value by its age, 0 being the oldest. */
  #slot(index: number): number {
    const slot = this.#start + index;
    return slot < this.#values.length ? slot : slot - this.#values.length;
  }

  /** Doubles the ring, which is full; its values move to the front. */
  #grow(): void {
    const size = this.#size;
    const start = this.#start;
    const moved = (slot: number): number => slot < 0 ? -1 : (slot - start + size) % size;
    const values = new Float64Array(size * 2);
    const times = new Float64Array(size * 2);
    const nexts = new Int32Array(size * 2);
    for (let slot = 0; slot < size; slot++) {
      const to = moved(slot);
      values[to] = this.#values[slot]!;
      times[to] = this.#times[slot]!;
      nexts[to] = moved(this.#nexts[slot]!);
    }
    for (const summary of new Set(this.#owners)) {
      if (summary === undefined) continue;
      summary.first = moved(summary.first);
      summary.last = moved(summary.last);
    }
    this.#values = values;
    this.#times = times;
    this.#nexts = nexts;
    this.#owners = [...this.#owners.slice(start), ...this.#owners.slice(0, start)];
    this.#start = 0;
  }
}
