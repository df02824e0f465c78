import type { FeatureVector } from "../../model/feature_vector.ts";
import type { Mixable, Sliced } from "../../model/mixable.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";

/** One regression method. Features are ids of the engine's feature table. */
export interface RegressionAlgorithm {
  /** Learns one example with a finite target. Throws, with nothing changed, when the unlearner cannot take it. */
  train(vector: FeatureVector, target: number): void;
  /** The number expected for a datum; 0 when nothing is known. */
  estimate(vector: FeatureVector): number;
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
