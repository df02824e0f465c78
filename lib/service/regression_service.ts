import type { DatumBatch } from "./datum_batch.ts";
import { boolean, double, int32, list } from "./codecs.ts";
import { data, type Datum, scoredData } from "./data.ts";
import { broadcast, type Codec, type Method, random } from "./service.ts";

/** The methods of `jubaregression`. */
export type RegressionService = {
  /** Learns examples in order; the number of examples. */
  readonly train: Method<
    readonly [examples: Codec<DatumBatch, readonly (readonly [target: number, datum: Datum])[]>],
    Codec<number>
  >;
  /** The number estimated for each datum. */
  readonly estimate: Method<
    readonly [data: Codec<DatumBatch, readonly Datum[]>],
    Codec<number[], readonly number[]>
  >;
  /** Forgets everything. */
  readonly clear: Method<readonly [], Codec<boolean>>;
};

/** The methods of `jubaregression`. */
export const regressionService: RegressionService = {
  train: { args: [scoredData], result: int32, route: random, reduce: "pass", effect: "update" },
  estimate: { args: [data], result: list(double), route: random, reduce: "pass", effect: "analysis" },
  clear: { args: [], result: boolean, route: broadcast, reduce: "all_and", effect: "update" },
};
