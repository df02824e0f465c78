import { ByteTable } from "../model/byte_table.ts";
import { CheckedLayout, readCount, readFinite } from "../model/checked_layout.ts";
import { ORDERED_FEATURES_MAX } from "../model/feature_order.ts";
import { type HashOrderedMap, HashOrderedPlaces } from "../model/hash_order.ts";
import { type DiffFold, type FoldOutcome, type Mixable, SLICE_CELLS, type Sliced } from "../model/mixable.ts";
import { readVersion, writeVersion } from "../model/struct_array.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { DocumentCounters, packGroups } from "./document_counters.ts";
import type { WeightStatistics } from "./weight_statistics.ts";

/**
 * MIX of document statistics. A difference is `[counters, [version]]`, the counters as in a model file but
 * before the version; folding adds what has the same version.
 */
export class WeightStatisticsMixable implements Mixable {
  readonly #statistics: WeightStatistics;
  readonly #layouts = new CheckedLayout(walk);

  constructor(statistics: WeightStatistics) {
    this.#statistics = statistics;
  }

  get version(): number {
    return this.#statistics.version;
  }

  *writeDiff(writer: Writer): Sliced {
    const { features, clearings, version } = this.#statistics;
    const counters = this.#statistics.beginSending();
    const start = writer.length;
    let written = 0;
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(5);
    writer.writeInt(counters.documents);
    writer.writeArrayHeader(1);
    writer.writeMapHeader(counters.ids.length);
    for (const id of counters.ids) {
      writer.writeByteString(features.nameOf(id));
      writer.writeDouble(counters.frequencies[id]!);
      if (++written % SLICE_CELLS !== 0) continue;
      yield;
      if (this.#statistics.clearings === clearings) continue;
      // The names are gone: once more, with what there is now.
      writer.length = start;
      return yield* this.writeDiff(writer);
    }
    packGroups(writer, counters);
    writeVersion(writer, version);
  }

  createFold(): WeightStatisticsFold {
    return new WeightStatisticsFold();
  }

  *checkDiff(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *apply(reader: Reader): Sliced<boolean> {
    const statistics = this.#statistics;
    const { features, clearings } = statistics;
    const layout = yield* this.#layouts.take(reader);
    if (layout.version !== statistics.version) return false;
    const end = reader.position;
    const counters = statistics.createCounters();
    counters.documents = layout.documents;
    reader.position = layout.frequenciesAt;
    let isCleared = false;
    for (let left = reader.readMapHeader(); left > 0 && !isCleared; left--) {
      const length = reader.readRawSpan();
      const id = features.internName(reader.view, reader.rawStart, length);
      const frequency = reader.readDouble();
      if (frequency !== 0) counters.add(features, id, frequency);
      if (left % SLICE_CELLS !== 0) continue;
      yield;
      isCleared = statistics.clearings !== clearings;
    }
    if (isCleared) statistics.applyMixed(statistics.createCounters());
    else {
      reader.position = layout.groupsAt;
      readGroups(reader, counters);
      statistics.applyMixed(counters);
      features.dropUnheld();
    }
    reader.position = end;
    return true;
  }

  forgetSent(): void {
    this.#statistics.forgetSent();
  }

  /** What the other server has counted since the last MIX goes: it will send that itself, and it must not count twice. */
  adopt(previous: Mixable): void {
    if (previous instanceof WeightStatisticsMixable) this.#statistics.takeOwn(previous.#statistics);
  }
}

/** Adds up the statistics of several servers. */
export class WeightStatisticsFold implements DiffFold {
  /** Features, each with its number of documents. */
  readonly #frequencies = new ByteTable();
  /** All else. */
  #counters = new DocumentCounters();
  #version = -1;
  readonly #layouts = new CheckedLayout(walk);

  *check(reader: Reader): Sliced {
    yield* this.#layouts.check(reader);
  }

  *add(reader: Reader): Sliced<FoldOutcome> {
    const layout = yield* this.#layouts.take(reader);
    if (layout.version < this.#version) return "ignored";
    const end = reader.position;
    const isFirst = this.#version < 0;
    const isNewer = !isFirst && layout.version > this.#version;
    if (isNewer) {
      this.#frequencies.clear();
      this.#counters = new DocumentCounters();
    }
    this.#version = layout.version;
    this.#counters.documents += layout.documents;
    reader.position = layout.frequenciesAt;
    const count = reader.readMapHeader();
    if (isFirst || isNewer || count > ORDERED_FEATURES_MAX) {
      for (let left = count; left > 0; left--) {
        this.#addFrequency(reader);
        if (left % SLICE_CELLS === 0) yield;
      }
    } else {
      for (const position of orderedEntries(reader, count)) {
        reader.position = position;
        this.#addFrequency(reader);
      }
    }
    reader.position = layout.groupsAt;
    if (isFirst || isNewer) readGroups(reader, this.#counters);
    else {
      const counters = new DocumentCounters();
      readGroups(reader, counters);
      this.#counters.merge(counters);
    }
    reader.position = end;
    return isNewer ? "replaced" : "folded";
  }

  *write(writer: Writer): Sliced {
    const frequencies = this.#frequencies;
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(5);
    writer.writeInt(this.#counters.documents);
    writer.writeArrayHeader(1);
    writer.writeMapHeader(frequencies.size);
    const order = frequencies.size <= ORDERED_FEATURES_MAX ? new HashOrderedPlaces() : undefined;
    if (order !== undefined) { for (let id = 0; id < frequencies.size; id++) order.add(frequencies.textOf(id)); }
    const places = order?.places();
    for (let i = 0; i < frequencies.size; i++) {
      const id = places?.[i] ?? i;
      writer.writeByteString(frequencies.textOf(id));
      writer.writeDouble(frequencies.numberOf(id));
      if ((i + 1) % SLICE_CELLS === 0) yield;
    }
    packGroups(writer, this.#counters.snapshot());
    writeVersion(writer, Math.max(0, this.#version));
  }

  #addFrequency(reader: Reader): void {
    const frequencies = this.#frequencies;
    const length = reader.readRawSpan();
    const size = frequencies.size;
    const id = frequencies.intern(reader.view, reader.rawStart, length);
    const before = frequencies.size > size ? 0 : frequencies.numberOf(id);
    frequencies.setNumber(id, before + reader.readDouble());
  }
}

/** Where the parts of a difference are. */
interface Layout {
  readonly documents: number;
  /** Position of the map of feature frequencies. */
  readonly frequenciesAt: number;
  /** Position of the maps about groups and user weights. */
  readonly groupsAt: number;
  readonly version: number;
}

/** Passes over a difference; throws at anything that is not as it should be. */
function* walk(reader: Reader): Sliced<Layout> {
  reader.expectArray(2);
  reader.expectArray(5);
  const documents = readCount(reader);
  reader.expectArray(1);
  const frequenciesAt = reader.position;
  yield* walkNumbers(reader);
  const groupsAt = reader.position;
  reader.expectArray(1);
  yield* walkNumbers(reader);
  reader.expectArray(1);
  yield* walkNumbers(reader);
  yield* walkNumbers(reader);
  return { documents, frequenciesAt, groupsAt, version: readVersion(reader) };
}

function* walkNumbers(reader: Reader): Sliced {
  for (let left = reader.readMapHeader(); left > 0; left--) {
    reader.readRawSpan();
    readFinite(reader);
    if (left % SLICE_CELLS === 0) yield;
  }
}

/** Where the entries of a map are, in the order of a fresh table that was filled with them; passes over the map. */
function orderedEntries(reader: Reader, count: number): number[] {
  const positions: number[] = [];
  const order = new HashOrderedPlaces();
  for (let i = 0; i < count; i++) {
    positions.push(reader.position);
    order.add(reader.readByteString());
    reader.readDouble();
  }
  return Array.from(order.places(), (place) => positions[place]!);
}

/** Reads what a checked difference has about groups into fresh counters. */
function readGroups(reader: Reader, counters: DocumentCounters): void {
  const { groupFrequencies, groupLengths, userWeights } = counters;
  reader.readArrayHeader();
  addNumbers(reader, groupFrequencies);
  reader.readArrayHeader();
  addNumbers(reader, groupLengths);
  for (let left = reader.readMapHeader(); left > 0; left--) {
    const name = reader.readByteString();
    userWeights.set(name, reader.readDouble());
  }
}

function addNumbers(reader: Reader, numbers: HashOrderedMap<number>): void {
  for (let left = reader.readMapHeader(); left > 0; left--) {
    const name = reader.readByteString();
    numbers.set(name, (numbers.get(name) ?? 0) + reader.readDouble());
  }
}
