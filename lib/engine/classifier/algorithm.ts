import type { ByteString } from "../../base/byte_string.ts";
import type { FeatureVector } from "../../model/feature_vector.ts";
import type { Mixable, Sliced } from "../../model/mixable.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";

/** Scores of all labels for one datum; reused from datum to datum. */
export class LabelScores {
  /** Labels in result order; `[0, count)` are valid. Owned by the algorithm, not to be changed. */
  labels: readonly ByteString[] = [];
  /** Each label as a msgpack raw, parallel to `labels`. */
  encoded: readonly Uint8Array[] = [];
  /** Scores, parallel to `labels`; at least `count` long. */
  scores: Float64Array = new Float64Array(16);
  /** Number of labels. */
  count = 0;
}

/**
 * One classification method. Features are ids of the engine's feature table; vectors given to
 * {@link train} are sorted by feature name and merged, those given to {@link score} are as the
 * converter made them.
 */
export interface ClassifierAlgorithm {
  /** Learns one example. Throws, with nothing changed, when the unlearner cannot take the label. */
  train(vector: FeatureVector, label: ByteString): void;
  /** Scores all known labels. */
  score(vector: FeatureVector, into: LabelScores): void;
  /** Registers a label; false when it was known. */
  setLabel(label: ByteString): boolean;
  /** Forgets a label and what it learned; false when it was not known. */
  deleteLabel(label: ByteString): boolean;
  /** Trained examples per label, in ascending byte order of the labels. */
  labels(): [ByteString, number][];
  /** Forgets everything learned; versions of MIX stay. */
  clear(): void;
  /** The method's own keys of `get_status`. */
  status(): [string, string][];
  /** The method's parts in MIX. */
  readonly mixables: readonly Mixable[];
  /** Appends the model: the first element of the driver in a model file. */
  pack(writer: Writer): void;
  /** The same in slices, between which the model may change: for large models. */
  packSliced?(writer: Writer): Sliced;
  /** Reads a model into this fresh algorithm; throws on any fault. */
  unpack(reader: Reader): void;
}
