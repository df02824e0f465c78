import { type ByteString, compareByteStrings } from "../base/byte_string.ts";
import { type FeatureTable, HELD_BY_STATISTICS } from "../model/feature_table.ts";
import { readStruct, readVersion, writeVersion } from "../model/struct_array.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/** One side (own changes, or what MIX agreed on) of the document statistics. */
class Counters {
  /** Documents trained. */
  documents = 0;
  /** Documents per feature, by feature id; 0 when not counted. */
  frequencies = new Float64Array(64);
  /** Features with a frequency. */
  frequencyCount = 0;
  /** Documents per word group (bm25). */
  groupFrequencies = new Map<ByteString, number>();
  /** Sum of sample weights per word group (bm25). */
  groupLengths = new Map<ByteString, number>();
  /** Weights given by users. */
  userWeights = new Map<ByteString, number>();

  add(features: FeatureTable, id: number, amount: number): void {
    if (id >= this.frequencies.length) {
      const grown = new Float64Array(Math.ceil(Math.max(id + 1, this.frequencies.length) * 1.5));
      grown.set(this.frequencies);
      this.frequencies = grown;
    }
    if (this.frequencies[id] === 0) {
      this.frequencyCount++;
      features.hold(id, HELD_BY_STATISTICS);
    }
    this.frequencies[id]! += amount;
  }

  frequency(id: number): number {
    return id >= 0 && id < this.frequencies.length ? Math.trunc(this.frequencies[id]!) : 0;
  }
}

/**
 * Document statistics behind the global weights idf, idf1 and bm25, and user weights: the "weight manager"
 * of a model file. What was counted here since the last MIX and what MIX agreed on are kept apart; every
 * use adds the two.
 */
export class WeightStatistics {
  #features: FeatureTable;
  /** Counted here since the last MIX (standalone: everything). */
  #own = new Counters();
  /** Agreed on by MIX. */
  #mixed = new Counters();
  /** Number of MIX rounds behind `#mixed`. */
  version = 0;

  constructor(features: FeatureTable) {
    this.#features = features;
  }

  /** Number of documents. */
  get documents(): number {
    return this.#own.documents + this.#mixed.documents;
  }

  /** Number of documents that contain a feature; 0 for id -1. */
  documentFrequency(id: number): number {
    return this.#own.frequency(id) + this.#mixed.frequency(id);
  }

  /** Mean of the summed sample weights of a group over all documents that contain it; 0 when there are none. */
  averageLength(group: ByteString): number {
    const frequency = (this.#own.groupFrequencies.get(group) ?? 0) + (this.#mixed.groupFrequencies.get(group) ?? 0);
    if (frequency === 0) return 0;
    return ((this.#own.groupLengths.get(group) ?? 0) + (this.#mixed.groupLengths.get(group) ?? 0)) / frequency;
  }

  /** The user weight of a name; 0 when there is none. */
  userWeight(name: ByteString): number {
    return this.#own.userWeights.get(name) ?? this.#mixed.userWeights.get(name) ?? 0;
  }

  /** Counts one document. */
  countDocument(): void {
    this.#own.documents++;
  }

  /** Counts one occurrence of a feature. */
  countFeature(id: number): void {
    this.#own.add(this.#features, id, 1);
  }

  /** Counts one document of a group. */
  countGroup(group: ByteString): void {
    this.#own.groupFrequencies.set(group, (this.#own.groupFrequencies.get(group) ?? 0) + 1);
  }

  /** Adds to the total length of a group. */
  addGroupLength(group: ByteString, length: number): void {
    this.#own.groupLengths.set(group, (this.#own.groupLengths.get(group) ?? 0) + length);
  }

  /** Forgets all counts; the version stays. */
  clear(): void {
    for (const counters of [this.#own, this.#mixed]) {
      for (let id = 0; id < counters.frequencies.length; id++) {
        if (counters.frequencies[id] !== 0) this.#features.release(id, HELD_BY_STATISTICS);
      }
    }
    this.#own = new Counters();
    this.#mixed = new Counters();
  }

  /** The `get_status` keys of the statistics. */
  status(): [string, string][] {
    const entries: [string, string][] = [["weight_manager_version", String(this.version)]];
    for (const [prefix, counters] of [["diff_", this.#own], ["master_", this.#mixed]] as const) {
      entries.push(
        [`${prefix}document_count`, String(counters.documents)],
        [`${prefix}num_document_frequencies`, String(counters.frequencyCount)],
        [`${prefix}num_group_frequencies`, String(counters.groupFrequencies.size)],
        [`${prefix}num_group_total_lengths`, String(counters.groupLengths.size)],
        [`${prefix}num_weights`, String(counters.userWeights.size)],
      );
    }
    return entries;
  }

  /** Appends `[version, diff, master]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(3);
    writeVersion(writer, this.version);
    this.#packCounters(writer, this.#own);
    this.#packCounters(writer, this.#mixed);
  }

  /** Reads what {@link pack} wrote into these fresh statistics. */
  unpack(reader: Reader): void {
    readStruct(
      reader,
      () => this.version = readVersion(reader),
      () => this.#own = this.#unpackCounters(reader),
      () => this.#mixed = this.#unpackCounters(reader),
    );
  }

  #packCounters(writer: Writer, counters: Counters): void {
    writer.writeArrayHeader(5);
    writer.writeInt(counters.documents);
    writer.writeArrayHeader(1);
    writer.writeMapHeader(counters.frequencyCount);
    for (let id = 0; id < counters.frequencies.length; id++) {
      if (counters.frequencies[id] === 0) continue;
      writer.writeByteString(this.#features.nameOf(id));
      writer.writeDouble(counters.frequencies[id]!);
    }
    writer.writeArrayHeader(1);
    packNumbers(writer, counters.groupFrequencies);
    writer.writeArrayHeader(1);
    packNumbers(writer, counters.groupLengths);
    packNumbers(writer, counters.userWeights);
  }

  #unpackCounters(reader: Reader): Counters {
    const counters = new Counters();
    const readFrequencies = (): void => {
      for (let i = reader.readMapHeader(); i > 0; i--) {
        const id = this.#features.intern(reader.readByteString());
        counters.add(this.#features, id, reader.readDouble() - (counters.frequencies[id] ?? 0));
      }
    };
    readStruct(
      reader,
      () => counters.documents = reader.readUint64(),
      () => readStruct(reader, readFrequencies),
      () => readStruct(reader, () => counters.groupFrequencies = unpackNumbers(reader)),
      () => readStruct(reader, () => counters.groupLengths = unpackNumbers(reader)),
      () => counters.userWeights = unpackNumbers(reader),
    );
    return counters;
  }
}

function packNumbers(writer: Writer, numbers: Map<ByteString, number>): void {
  writer.writeMapHeader(numbers.size);
  for (const [name, value] of [...numbers].sort((a, b) => compareByteStrings(a[0], b[0]))) {
    writer.writeByteString(name);
    writer.writeDouble(value);
  }
}

function unpackNumbers(reader: Reader): Map<ByteString, number> {
  const numbers = new Map<ByteString, number>();
  const count = reader.readMapHeader();
  for (let i = 0; i < count; i++) {
    const name = reader.readByteString();
    numbers.set(name, reader.readDouble());
  }
  return numbers;
}
