import { type ByteString, compareByteStrings } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { HashOrderedMap } from "./hash_order.ts";
import { readStruct, readVersion, writeVersion } from "./struct_array.ts";

/**
 * How many examples of each label were trained. What came before the last MIX is kept apart from
 * what came after it; a count is the sum of both. A label may be known with a count of 0. Both parts are written in the
 * order of 1.1.1's hash tables.
 */
export class LabelCounters {
  /** Counts as of the last MIX. */
  readonly #master = new HashOrderedMap<number>();
  /** Counts since then. Standalone: all. May be negative when examples from before were taken back. */
  readonly #diff = new HashOrderedMap<number>();
  /** The part of {@link #diff} that the MIX under way was told. */
  #sent = new Map<ByteString, number>();
  /** Number of MIXes. */
  #version = 0;
  /** Grows whenever the set of labels changes, for lists made of it. */
  #revision = 0;

  /** Grows whenever the set of labels changes. */
  get revision(): number {
    return this.#revision;
  }

  /** True when the label is known, even with a count of 0. */
  has(label: ByteString): boolean {
    return this.#diff.has(label) || this.#master.has(label);
  }

  /** The count of a label, 0 when it is not known. */
  countOf(label: ByteString): number {
    return (this.#master.get(label) ?? 0) + (this.#diff.get(label) ?? 0);
  }

  /** Counts one example; the label becomes known. */
  increment(label: ByteString): void {
    const count = this.#diff.get(label);
    if (count === undefined && !this.#master.has(label)) this.#revision++;
    this.#diff.set(label, (count ?? 0) + 1);
  }

  /** Takes one example back; a label left without examples is forgotten, one that had none stays. */
  decrement(label: ByteString): void {
    const count = this.countOf(label);
    if (count === 1) this.delete(label);
    else if (count > 1) this.#diff.set(label, (this.#diff.get(label) ?? 0) - 1);
  }

  /** Makes a label known with a count of 0; false when it is known already. */
  add(label: ByteString): boolean {
    if (this.has(label)) return false;
    this.#diff.set(label, 0);
    this.#revision++;
    return true;
  }

  /** Forgets a label; false when it is not known. */
  delete(label: ByteString): boolean {
    this.#sent.delete(label);
    const inDiff = this.#diff.delete(label);
    if (!this.#master.delete(label) && !inDiff) return false;
    this.#revision++;
    return true;
  }

  /** Labels and counts, in ascending order of the labels' bytes. */
  list(): [ByteString, number][] {
    const labels = new Set([...this.#master.keys(), ...this.#diff.keys()]);
    return [...labels].sort(compareByteStrings).map((label) => [label, Math.max(0, this.countOf(label))]);
  }

  /** Forgets all labels. The number of MIXes stays. */
  clear(): void {
    this.#master.clear();
    this.#diff.clear();
    this.#sent.clear();
    this.#revision++;
  }

  /** The counts since the last MIX, which the next {@link applyMixed} replaces. */
  beginSending(): [ByteString, number][] {
    const counts = this.#diff.entries();
    this.#sent = new Map(counts);
    return counts;
  }

  /** Undoes {@link beginSending}. */
  forgetSent(): void {
    this.#sent = new Map();
  }

  /** Adds what all servers have counted; what was counted here since {@link beginSending} stays apart. */
  applyMixed(counts: HashOrderedMap<number>): void {
    for (const [label, count] of counts.entries()) this.#master.set(label, (this.#master.get(label) ?? 0) + count);
    const diff = this.#diff.entries();
    this.#diff.drain();
    for (const [label, count] of diff) {
      const sent = this.#sent.get(label);
      if (sent === undefined || count !== sent) this.#diff.set(label, count - (sent ?? 0));
    }
    this.#sent.clear();
    this.#version++;
    this.#revision++;
  }

  /** Replaces the counts since the last MIX by those of other counters. */
  takeDiff(from: LabelCounters): void {
    this.#diff.clear();
    for (const [label, count] of from.#diff.entries()) this.#diff.set(label, count);
    this.#sent.clear();
    this.#revision++;
  }

  /** Writes `[{label: count as of the last MIX}, {label: count since}, [MIXes]]`. */
  pack(writer: Writer): void {
    writer.writeArrayHeader(3);
    packCounts(writer, this.#master);
    packCounts(writer, this.#diff);
    writeVersion(writer, this.#version);
  }

  /** Replaces everything by what {@link pack} wrote. */
  unpack(reader: Reader): void {
    this.clear();
    readStruct(
      reader,
      () => unpackCounts(reader, this.#master),
      () => unpackCounts(reader, this.#diff),
      () => this.#version = readVersion(reader),
    );
  }
}

/** Counts are unsigned in files; one that MIX has not caught up with may be negative and is cut to 0. */
function packCounts(writer: Writer, counts: HashOrderedMap<number>): void {
  writer.writeMapHeader(counts.size);
  for (const [label, count] of counts.entries()) {
    writer.writeByteString(label);
    writer.writeInt(Math.max(0, count));
  }
}

function unpackCounts(reader: Reader, counts: HashOrderedMap<number>): void {
  for (let i = reader.readMapHeader(); i > 0; i--) {
    const label = reader.readByteString();
    counts.set(label, reader.readUint64());
  }
}
