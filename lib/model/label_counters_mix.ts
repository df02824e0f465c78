import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { readCount } from "./checked_layout.ts";
import { HashOrderedMap } from "./hash_order.ts";
import type { LabelCounters } from "./label_counters.ts";
import { type DiffFold, type Mixable, SLICE_CELLS, type Sliced } from "./mixable.ts";

/**
 * MIX of label counts. A difference is `{label: count}`; folding adds. As in 1.1.1 the counts have no
 * version to compare: a server that is behind with the rest of its model still adds them.
 */
export class LabelCountersMixable implements Mixable {
  readonly version: undefined;
  readonly #counters: LabelCounters;

  constructor(counters: LabelCounters) {
    this.#counters = counters;
  }

  *writeDiff(writer: Writer): Sliced {
    yield* writeCounts(writer, this.#counters.beginSending());
  }

  createFold(): LabelCountersFold {
    return new LabelCountersFold();
  }

  *checkDiff(reader: Reader): Sliced {
    yield* checkCounts(reader);
  }

  *apply(reader: Reader): Sliced<boolean> {
    const counts = yield* readCounts(reader);
    this.#counters.applyMixed(counts);
    return true;
  }

  forgetSent(): void {
    this.#counters.forgetSent();
  }

  /** What the other server has counted since the last MIX goes: it will send that itself, and it must not count twice. */
  adopt(previous: Mixable): void {
    if (previous instanceof LabelCountersMixable) this.#counters.takeDiff(previous.#counters);
  }
}

/** Adds up label counts of several servers. */
export class LabelCountersFold implements DiffFold {
  /** Begins as the table of the first difference. */
  #counts: HashOrderedMap<number> | undefined;

  *check(reader: Reader): Sliced {
    yield* checkCounts(reader);
  }

  *add(reader: Reader): Sliced {
    const counts = yield* readCounts(reader);
    const folded = this.#counts;
    if (folded === undefined) this.#counts = counts;
    else for (const [label, count] of counts.entries()) folded.set(label, (folded.get(label) ?? 0) + count);
  }

  *write(writer: Writer): Sliced {
    yield* writeCounts(writer, this.#counts?.entries() ?? []);
  }
}

function* writeCounts(writer: Writer, counts: readonly [ByteString, number][]): Sliced {
  let written = 0;
  writer.writeMapHeader(counts.length);
  for (const [label, count] of counts) {
    writer.writeByteString(label);
    writer.writeInt(Math.max(0, count));
    if (++written % SLICE_CELLS === 0) yield;
  }
}

function* checkCounts(reader: Reader): Sliced {
  for (let left = reader.readMapHeader(); left > 0; left--) {
    reader.readRawSpan();
    readCount(reader);
    if (left % SLICE_CELLS === 0) yield;
  }
}

/** Reads counts into a fresh table, as 1.1.1 does: what is done with them is done in its order. */
function* readCounts(reader: Reader): Sliced<HashOrderedMap<number>> {
  const counts = new HashOrderedMap<number>();
  for (let left = reader.readMapHeader(); left > 0; left--) {
    const label = reader.readByteString();
    counts.set(label, reader.readUint64());
    if (left % SLICE_CELLS === 0) yield;
  }
  return counts;
}
