import type { ByteString } from "../base/byte_string.ts";
import { type FeatureTable, HELD_BY_STATISTICS } from "../model/feature_table.ts";
import { readStruct, readVersion, writeVersion } from "../model/struct_array.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { DocumentCounters } from "./document_counters.ts";

/**
 * Document statistics behind the global weights idf, idf1 and bm25, and user weights: the "weight manager"
 * of a model file. What was counted here since the last MIX and what MIX agreed on are kept apart; every
 * use adds the two.
 */
export class WeightStatistics {
  /** The engine's features. */
  readonly features: FeatureTable;
  /** Counted here since the last MIX (standalone: everything). */
  #own = new DocumentCounters();
  /** The part of {@link #own} that the MIX under way was told. */
  #sent: DocumentCounters | undefined;
  /** Agreed on by MIX. */
  #mixed = new DocumentCounters();
  /** Number of MIX rounds behind `#mixed`. */
  version = 0;
  /** How often everything was forgotten; ids of features from before are void. */
  clearings = 0;

  constructor(features: FeatureTable) {
    this.features = features;
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
    this.#own.add(this.features, id, 1);
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
    const { frequencies } = this.#mixed;
    this.#dropOwn();
    for (let id = 0; id < frequencies.length; id++) {
      if (frequencies[id] !== 0) this.features.release(id, HELD_BY_STATISTICS);
    }
    this.#mixed = new DocumentCounters();
    this.clearings++;
  }

  /** What was counted here since the last MIX, as of now; the next {@link applyMixed} replaces it. */
  beginSending(): DocumentCounters {
    this.#sent = this.#own.copy();
    return this.#sent;
  }

  /** Undoes {@link beginSending}. */
  forgetSent(): void {
    this.#sent = undefined;
  }

  /** Adds what all servers have counted; what was counted here since {@link beginSending} stays apart. */
  applyMixed(counters: DocumentCounters): void {
    this.#mixed.merge(counters);
    const sent = this.#sent;
    if (sent !== undefined) {
      this.#own.subtract(sent);
      for (let id = 0; id < sent.frequencies.length; id++) if (sent.frequencies[id] !== 0) this.#releaseUncounted(id);
    }
    this.#sent = undefined;
    this.version++;
  }

  /** Replaces what was counted since the last MIX by what other statistics have. */
  takeOwn(from: WeightStatistics): void {
    this.#dropOwn();
    const own = from.#own.copy();
    const { frequencies } = own;
    own.frequencies = new Float64Array(64);
    own.frequencyCount = 0;
    for (let id = 0; id < frequencies.length; id++) {
      if (frequencies[id] === 0) continue;
      own.add(this.features, this.features.intern(from.features.nameOf(id)), frequencies[id]!);
    }
    this.#own = own;
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
    this.#own.pack(writer, this.features);
    this.#mixed.pack(writer, this.features);
  }

  /** Reads what {@link pack} wrote into these fresh statistics. */
  unpack(reader: Reader): void {
    readStruct(
      reader,
      () => this.version = readVersion(reader),
      () => this.#own.unpack(reader, this.features),
      () => this.#mixed.unpack(reader, this.features),
    );
  }

  #dropOwn(): void {
    const { frequencies } = this.#own;
    this.#own = new DocumentCounters();
    this.#sent = undefined;
    for (let id = 0; id < frequencies.length; id++) if (frequencies[id] !== 0) this.#releaseUncounted(id);
  }

  /** Lets a feature go that neither side counts any more. */
  #releaseUncounted(id: number): void {
    const isCounted = (this.#own.frequencies[id] ?? 0) !== 0 || (this.#mixed.frequencies[id] ?? 0) !== 0;
    if (!isCounted) this.features.release(id, HELD_BY_STATISTICS);
  }
}
