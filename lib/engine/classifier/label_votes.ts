import { type ByteString, compareByteStrings } from "../../base/byte_string.ts";
import type { LabelCounters } from "../../model/label_counters.ts";
import { Writer } from "../../msgpack/writer.ts";
import type { LabelScores } from "./algorithm.ts";

/** Sums the votes of stored data for their labels. All counted labels are listed, ascending by bytes. */
export class LabelVotes {
  readonly #counters: LabelCounters;
  /** State of the counters that the lists below were made of. */
  #revision = -1;
  #labels: ByteString[] = [];
  #encoded: Uint8Array[] = [];
  /** Index of each label in the lists. */
  #positions = new Map<ByteString, number>();

  constructor(counters: LabelCounters) {
    this.#counters = counters;
  }

  /** Lists all counted labels with score 0. */
  begin(into: LabelScores): void {
    if (this.#revision !== this.#counters.revision) {
      this.#list(this.#counters.list().map(([label]) => label));
      this.#revision = this.#counters.revision;
    }
    this.#show(into);
    into.scores.fill(0, 0, into.count);
  }

  /** Adds to the score of a label; one that is not counted is listed as well. */
  vote(label: ByteString, weight: number, into: LabelScores): void {
    let position = this.#positions.get(label);
    if (position === undefined) {
      const count = into.count;
      this.#list([...this.#labels, label].sort(compareByteStrings));
      this.#revision = -1;
      this.#show(into);
      position = this.#positions.get(label)!;
      into.scores.copyWithin(position + 1, position, count);
      into.scores[position] = 0;
    }
    into.scores[position]! += weight;
  }

  #list(labels: ByteString[]): void {
    this.#labels = labels;
    this.#encoded = labels.map((label) => {
      const writer = new Writer(label.length + 5);
      writer.writeByteString(label);
      return writer.take();
    });
    this.#positions = new Map(labels.map((label, position) => [label, position]));
  }

  #show(into: LabelScores): void {
    into.labels = this.#labels;
    into.encoded = this.#encoded;
    into.count = this.#labels.length;
    if (into.count <= into.scores.length) return;
    const scores = new Float64Array(into.count * 2);
    scores.set(into.scores);
    into.scores = scores;
  }
}
