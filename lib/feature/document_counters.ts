import { type ByteString, compareByteStrings } from "../base/byte_string.ts";
import { type FeatureTable, HELD_BY_STATISTICS } from "../model/feature_table.ts";
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
  groupFrequencies: Map<ByteString, number> = new Map();
  /** Sum of sample weights per word group (bm25). */
  groupLengths: Map<ByteString, number> = new Map();
  /** Weights given by users. */
  userWeights: Map<ByteString, number> = new Map();

  /** Counts a feature and holds it. */
  add(features: FeatureTable, id: number, amount: number): void {
    this.#reserve(id + 1);
    if (this.frequencies[id] === 0) {
      this.frequencyCount++;
      features.hold(id, HELD_BY_STATISTICS);
    }
    this.frequencies[id]! += amount;
  }

  /** The documents with a feature; 0 for id -1. */
  frequency(id: number): number {
    return id >= 0 && id < this.frequencies.length ? Math.trunc(this.frequencies[id]!) : 0;
  }

  /** A copy that further counting leaves alone. */
  copy(): DocumentCounters {
    const copy = new DocumentCounters();
    copy.documents = this.documents;
    copy.frequencies = this.frequencies.slice();
    copy.frequencyCount = this.frequencyCount;
    copy.groupFrequencies = new Map(this.groupFrequencies);
    copy.groupLengths = new Map(this.groupLengths);
    copy.userWeights = new Map(this.userWeights);
    return copy;
  }

  /** Adds other counters of the same features, which hold them already; their user weights win. */
  merge(other: DocumentCounters): void {
    this.documents += other.documents;
    this.#reserve(other.frequencies.length);
    this.#addFrequencies(other.frequencies, 1);
    addNumbers(this.groupFrequencies, other.groupFrequencies);
    addNumbers(this.groupLengths, other.groupLengths);
    for (const [name, weight] of other.userWeights) this.userWeights.set(name, weight);
  }

  /** Takes an earlier {@link copy} off: what is left was counted since. */
  subtract(earlier: DocumentCounters): void {
    this.documents -= earlier.documents;
    this.#addFrequencies(earlier.frequencies, -1);
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
    writer.writeMapHeader(this.frequencyCount);
    for (let id = 0; id < this.frequencies.length; id++) {
      if (this.frequencies[id] === 0) continue;
      writer.writeByteString(features.nameOf(id));
      writer.writeDouble(this.frequencies[id]!);
    }
    this.packGroups(writer);
  }

  /** Appends the last three members of {@link pack}. */
  packGroups(writer: Writer): void {
    writer.writeArrayHeader(1);
    packNumbers(writer, this.groupFrequencies);
    writer.writeArrayHeader(1);
    packNumbers(writer, this.groupLengths);
    packNumbers(writer, this.userWeights);
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
      () => readStruct(reader, () => this.groupFrequencies = unpackNumbers(reader)),
      () => readStruct(reader, () => this.groupLengths = unpackNumbers(reader)),
      () => this.userWeights = unpackNumbers(reader),
    );
  }

  #reserve(length: number): void {
    if (length <= this.frequencies.length) return;
    const grown = new Float64Array(Math.ceil(Math.max(length, this.frequencies.length) * 1.5));
    grown.set(this.frequencies);
    this.frequencies = grown;
  }

  #addFrequencies(others: Float64Array, sign: number): void {
    const { frequencies } = this;
    let count = 0;
    for (let id = 0; id < others.length; id++) frequencies[id]! += sign * others[id]!;
    for (let id = 0; id < frequencies.length; id++) if (frequencies[id] !== 0) count++;
    this.frequencyCount = count;
  }
}

function addNumbers(numbers: Map<ByteString, number>, others: ReadonlyMap<ByteString, number>): void {
  for (const [name, value] of others) numbers.set(name, (numbers.get(name) ?? 0) + value);
}

function subtractNumbers(numbers: Map<ByteString, number>, earlier: ReadonlyMap<ByteString, number>): void {
  for (const [name, value] of earlier) {
    const later = (numbers.get(name) ?? 0) - value;
    if (later === 0) numbers.delete(name);
    else numbers.set(name, later);
  }
}

function packNumbers(writer: Writer, numbers: ReadonlyMap<ByteString, number>): void {
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
