import { type ByteString, compareByteStrings } from "../base/byte_string.ts";
import type { FeatureOrder } from "../model/feature_order.ts";
import { type FeatureTable, HELD_BY_STATISTICS } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";
import { HashOrderedMap } from "../model/hash_order.ts";
import { readStruct } from "../model/struct_array.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/** One side (own changes, or what MIX agreed on) of the document statistics. */
export class DocumentCounters {
  /** Documents trained. */
  documents = 0;
  /** Documents per feature, by feature id; 0 when not counted. */
  frequencies: Float64Array<ArrayBuffer> = new Float64Array(64);
  /** Features with a frequency. */
  frequencyCount = 0;
  /** Documents per word group (bm25). */
  readonly groupFrequencies: HashOrderedMap<number> = new HashOrderedMap();
  /** Sum of sample weights per word group (bm25). */
  readonly groupLengths: HashOrderedMap<number> = new HashOrderedMap();
  /** Weights given by users. */
  readonly userWeights: Map<ByteString, number> = new Map();
  /** The order of the features in 1.1.1, where it is asked for. */
  readonly #order: FeatureOrder | undefined;

  constructor(order?: FeatureOrder) {
    this.#order = order;
  }

  /**
   * Counts these features once each, and holds them. True when {@link order} is to be called, because some are new: they
   * have no place in the order yet.
   */
  count(features: FeatureTable, { ids, count }: FeatureVector): boolean {
    const before = this.frequencyCount;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      this.#reserve(id + 1);
      if (this.frequencies[id] === 0) {
        this.frequencyCount++;
        features.hold(id, HELD_BY_STATISTICS);
      }
      this.frequencies[id]!++;
    }
    return this.frequencyCount > before && (this.#order?.isKnown ?? false);
  }

  /** Gives features that were {@link count}ed their places. */
  order({ ids, count }: FeatureVector): void {
    for (let i = 0; i < count; i++) this.#order?.add(ids[i]!);
  }

  /** Adds to the documents of a feature, and holds it as long as there are some. */
  add(features: FeatureTable, id: number, amount: number): void {
    this.#reserve(id + 1);
    const wasCounted = this.frequencies[id] !== 0;
    this.#add(id, amount);
    const isCounted = this.frequencies[id] !== 0;
    if (isCounted && !wasCounted) features.hold(id, HELD_BY_STATISTICS);
    else if (wasCounted && !isCounted) features.release(id, HELD_BY_STATISTICS);
  }

  /** The documents with a feature; 0 for id -1. */
  frequency(id: number): number {
    return id >= 0 && id < this.frequencies.length ? Math.trunc(this.frequencies[id]!) : 0;
  }

  /** Features with a frequency, in the order in which they are written. */
  ids(): Int32Array {
    const ordered = this.#order?.ids();
    if (ordered !== undefined) return ordered;
    const ids = new Int32Array(this.frequencyCount);
    let count = 0;
    for (let id = 0; id < this.frequencies.length && count < ids.length; id++) {
      if (this.frequencies[id] !== 0) ids[count++] = id;
    }
    // Files and other servers can tell of negative numbers, which further counting takes to 0.
    return ids.subarray(0, count);
  }

  /** What there is now, which further counting leaves alone. */
  snapshot(): CountersSnapshot {
    return {
      documents: this.documents,
      ids: this.ids(),
      frequencies: this.frequencies.slice(),
      groupFrequencies: this.groupFrequencies.entries(),
      groupLengths: this.groupLengths.entries(),
      userWeights: [...this.userWeights],
    };
  }

  /** Adds other counters of the same features, which hold them already; their user weights win. */
  merge(other: DocumentCounters): void {
    this.documents += other.documents;
    this.#reserve(other.frequencies.length);
    for (const id of other.ids()) this.#add(id, other.frequencies[id]!);
    for (const [group, frequency] of other.groupFrequencies.entries()) {
      addNumber(this.groupFrequencies, group, frequency);
    }
    for (const [group, length] of other.groupLengths.entries()) addNumber(this.groupLengths, group, length);
    for (const [name, weight] of other.userWeights) this.userWeights.set(name, weight);
  }

  /** Takes an earlier {@link snapshot} off: what is left was counted since. */
  subtract(earlier: CountersSnapshot): void {
    this.documents -= earlier.documents;
    const ids = this.ids();
    for (const id of earlier.ids) this.frequencies[id]! -= earlier.frequencies[id]!;
    this.frequencyCount = 0;
    this.#order?.drain();
    for (const id of ids) if (this.frequencies[id] !== 0) this.#begin(id);
    subtractNumbers(this.groupFrequencies, earlier.groupFrequencies);
    subtractNumbers(this.groupLengths, earlier.groupLengths);
    for (const [name, weight] of earlier.userWeights) {
      if (this.userWeights.get(name) === weight) this.userWeights.delete(name);
    }
  }

  /** Appends `[documents, [{feature: documents}], [{group: documents}], [{group: length}], {name: user weight}]`. */
  pack(writer: Writer, features: FeatureTable): void {
    writer.writeArrayHeader(5);
    writer.writeInt(this.documents);
    writer.writeArrayHeader(1);
    const ids = this.ids();
    writer.writeMapHeader(ids.length);
    for (const id of ids) {
      writer.writeByteString(features.nameOf(id));
      writer.writeDouble(this.frequencies[id]!);
    }
    packGroups(writer, this.snapshot());
  }

  /** Reads what {@link pack} wrote into these fresh counters. */
  unpack(reader: Reader, features: FeatureTable): void {
    const readFrequencies = (): void => {
      for (let i = reader.readMapHeader(); i > 0; i--) {
        const id = features.intern(reader.readByteString());
        this.add(features, id, reader.readDouble() - (this.frequencies[id] ?? 0));
      }
    };
    readStruct(
      reader,
      () => this.documents = reader.readUint64(),
      () => readStruct(reader, readFrequencies),
      () => readStruct(reader, () => unpackNumbers(reader, this.groupFrequencies)),
      () => readStruct(reader, () => unpackNumbers(reader, this.groupLengths)),
      () => unpackNumbers(reader, this.userWeights),
    );
  }

  #reserve(length: number): void {
    if (length <= this.frequencies.length) return;
    const grown = new Float64Array(Math.ceil(Math.max(length, this.frequencies.length) * 1.5));
    grown.set(this.frequencies);
    this.frequencies = grown;
  }

  #add(id: number, amount: number): void {
    const before = this.frequencies[id]!;
    const after = before + amount;
    this.frequencies[id] = after;
    if (before === 0 && after !== 0) this.#begin(id);
    else if (before !== 0 && after === 0) {
      this.frequencyCount--;
      this.#order?.remove(id);
    }
  }

  /** Notes that a feature comes to have a frequency. */
  #begin(id: number): void {
    this.frequencyCount++;
    this.#order?.add(id);
  }
}

/** Counters as they were at some time. */
export interface CountersSnapshot {
  readonly documents: number;
  /** Features with a frequency, in the order in which they are written. */
  readonly ids: Int32Array;
  /** By feature id. */
  readonly frequencies: Float64Array;
  readonly groupFrequencies: readonly (readonly [ByteString, number])[];
  readonly groupLengths: readonly (readonly [ByteString, number])[];
  readonly userWeights: readonly (readonly [ByteString, number])[];
}

/** Appends `[{group: documents}], [{group: length}], {name: user weight}`, the last members of packed counters. */
export function packGroups(
  writer: Writer,
  counters: Pick<CountersSnapshot, "groupFrequencies" | "groupLengths" | "userWeights">,
): void {
  writer.writeArrayHeader(1);
  packNumbers(writer, counters.groupFrequencies);
  writer.writeArrayHeader(1);
  packNumbers(writer, counters.groupLengths);
  packNumbers(writer, counters.userWeights.toSorted((a, b) => compareByteStrings(a[0], b[0])));
}

function addNumber(numbers: HashOrderedMap<number>, name: ByteString, value: number): void {
  numbers.set(name, (numbers.get(name) ?? 0) + value);
}

function subtractNumbers(numbers: HashOrderedMap<number>, earlier: readonly (readonly [ByteString, number])[]): void {
  const sent = new Map(earlier);
  const entries = numbers.entries();
  numbers.drain();
  for (const [name, value] of entries) {
    const later = value - (sent.get(name) ?? 0);
    if (later !== 0) numbers.set(name, later);
  }
}

function packNumbers(writer: Writer, numbers: readonly (readonly [ByteString, number])[]): void {
  writer.writeMapHeader(numbers.length);
  for (const [name, value] of numbers) {
    writer.writeByteString(name);
    writer.writeDouble(value);
  }
}

function unpackNumbers(reader: Reader, numbers: { set(name: ByteString, value: number): void }): void {
  for (let i = reader.readMapHeader(); i > 0; i--) {
    const name = reader.readByteString();
    numbers.set(name, reader.readDouble());
  }
}
