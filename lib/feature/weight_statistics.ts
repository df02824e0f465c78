import type { ByteString } from "../base/byte_string.ts";
import { FeatureOrder, hashOfNames } from "../model/feature_order.ts";
import { type FeatureTable, HELD_BY_STATISTICS } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";
import { readStruct, readVersion, writeVersion } from "../model/struct_array.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { type CountersSnapshot, DocumentCounters } from "./document_counters.ts";

/**
 * Document statistics behind the global weights idf, idf1 and bm25, and user weights: the "weight manager"
 * of a model file. What was counted here since the last MIX and what MIX agreed on are kept apart; every
 * use adds the two.
 */
export class WeightStatistics {
  /** The engine's features. */
  readonly features: FeatureTable;
  /** Counted here since the last MIX (standalone: everything). */
  #own: DocumentCounters;
  /** The part of {@link #own} that the MIX under way was told. */
  #sent: CountersSnapshot | undefined;
  /** Agreed on by MIX. */
  #mixed: DocumentCounters;
  /** Number of MIX rounds behind `#mixed`. */
  version = 0;
  /** How often everything was forgotten; ids of features from before are void. */
  clearings = 0;

  /** The statistics take part in MIX, where the order in which they are written is that of 1.1.1. */
  readonly isMixed: boolean;

  /** @param isMixed see {@link isMixed} */
  constructor(features: FeatureTable, isMixed = false) {
    this.features = features;
    this.isMixed = isMixed;
    this.#own = this.createCounters();
    this.#mixed = this.createCounters();
  }

  /** Empty counters of the same features. */
  createCounters(): DocumentCounters {
    return new DocumentCounters(
      this.isMixed ? new FeatureOrder(hashOfNames((id) => this.features.nameOf(id))) : undefined,
    );
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

  /** Counts one occurrence of each feature; `inOrder` gives the vector in the order of 1.1.1 if it differs. */
  countFeatures(vector: FeatureVector, inOrder: (vector: FeatureVector) => FeatureVector = (same) => same): void {
    if (this.#own.count(this.features, vector)) this.#own.order(inOrder(vector));
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
    this.#mixed = this.createCounters();
    this.clearings++;
  }

  /** What was counted here since the last MIX, as of now; the next {@link applyMixed} replaces it. */
  beginSending(): CountersSnapshot {
    this.#sent = this.#own.snapshot();
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
      for (const id of sent.ids) this.#releaseUncounted(id);
    }
    this.#sent = undefined;
    this.version++;
  }

  /** Replaces what was counted since the last MIX by what other statistics have. */
  takeOwn(from: WeightStatistics): void {
    this.#dropOwn();
    const { documents, ids, frequencies, groupFrequencies, groupLengths, userWeights } = from.#own.snapshot();
    const own = this.#own;
    own.documents = documents;
    for (const id of ids) own.add(this.features, this.features.intern(from.features.nameOf(id)), frequencies[id]!);
    for (const [group, frequency] of groupFrequencies) own.groupFrequencies.set(group, frequency);
    for (const [group, length] of groupLengths) own.groupLengths.set(group, length);
    for (const [name, weight] of userWeights) own.userWeights.set(name, weight);
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
    const ids = this.#own.ids();
    this.#own = this.createCounters();
    this.#sent = undefined;
    for (const id of ids) this.#releaseUncounted(id);
  }

  /** Lets a feature go that neither side counts any more. */
  #releaseUncounted(id: number): void {
    const isCounted = (this.#own.frequencies[id] ?? 0) !== 0 || (this.#mixed.frequencies[id] ?? 0) !== 0;
    if (!isCounted) this.features.release(id, HELD_BY_STATISTICS);
  }
}
