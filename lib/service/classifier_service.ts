import type { ByteString } from "../base/byte_string.ts";
import { decodeText } from "../base/text.ts";
import type { DatumBatch } from "./datum_batch.ts";
import type { Writer } from "../msgpack/writer.ts";
import { boolean, int32, mapResult, stringArgument, uint64 } from "./codecs.ts";
import { data, type Datum, labeledData } from "./data.ts";
import { broadcast, type Codec, type Method, random } from "./service.ts";

/** A label and its score; larger is more likely, and scores of different data cannot be compared. */
export interface ScoredLabel {
  /** Label. */
  readonly label: string;
  /** Raw score of the method. */
  readonly score: number;
}

/** A reply that its maker writes itself, without objects for its parts. */
export interface WritesItself {
  /** Appends the reply as one value. */
  writeTo(writer: Writer): void;
}

/** Per datum the scores of all labels. */
const scoredLabels: Codec<ScoredLabel[][], WritesItself> = {
  read: (reader) =>
    Array.from({ length: reader.readArrayHeader() }, () =>
      Array.from({ length: reader.readArrayHeader() }, () => {
        reader.expectArray(2);
        const label = decodeText(reader.readRaw());
        return { label, score: reader.readDouble() };
      })),
  write: (writer, scores) => scores.writeTo(writer),
};

/** The methods of `jubaclassifier`. */
export type ClassifierService = {
  /** Learns examples in order; the number of examples. */
  readonly train: Method<
    readonly [examples: Codec<DatumBatch, readonly (readonly [label: string, datum: Datum])[]>],
    Codec<number>
  >;
  /** Scores of all labels for each datum. */
  readonly classify: Method<readonly [data: Codec<DatumBatch, readonly Datum[]>], Codec<ScoredLabel[][], WritesItself>>;
  /** Trained examples per label. */
  readonly get_labels: Method<readonly [], Codec<Map<string, number>, Iterable<readonly [ByteString, number]>>>;
  /** Registers a label without examples; false when it is known. */
  readonly set_label: Method<readonly [label: Codec<ByteString, string | Uint8Array>], Codec<boolean>>;
  /** Forgets everything. */
  readonly clear: Method<readonly [], Codec<boolean>>;
  /** Forgets a label; false when it is not known. */
  readonly delete_label: Method<readonly [label: Codec<ByteString, string | Uint8Array>], Codec<boolean>>;
};

/** The methods of `jubaclassifier`. */
export const classifierService: ClassifierService = {
  train: { args: [labeledData], result: int32, route: random, reduce: "pass", effect: "update" },
  classify: { args: [data], result: scoredLabels, route: random, reduce: "pass", effect: "analysis" },
  get_labels: { args: [], result: mapResult(uint64), route: random, reduce: "pass", effect: "analysis" },
  set_label: { args: [stringArgument], result: boolean, route: broadcast, reduce: "all_and", effect: "update" },
  clear: { args: [], result: boolean, route: broadcast, reduce: "all_and", effect: "update" },
  delete_label: { args: [stringArgument], result: boolean, route: broadcast, reduce: "all_or", effect: "update" },
};
