import type { ByteString } from "../base/byte_string.ts";
import { boolean, double, int32, stringArgument } from "./codecs.ts";
import { broadcast, cht, type Codec, type Method } from "./service.ts";

/** A method that computes one number of the values of a key. */
export type KeyMethod = Method<readonly [key: Codec<ByteString, string | Uint8Array>], Codec<number>>;

/** The methods of `jubastat`. */
export type StatService = {
  /** Adds a value to a key, and to the window of all keys. */
  readonly push: Method<
    readonly [key: Codec<ByteString, string | Uint8Array>, value: Codec<number>],
    Codec<boolean>
  >;
  /** Sum of the values. */
  readonly sum: KeyMethod;
  /** Population standard deviation of the values. */
  readonly stddev: KeyMethod;
  /** Largest value. */
  readonly max: KeyMethod;
  /** Smallest value. */
  readonly min: KeyMethod;
  /** Entropy of the keys' shares in the window; the argument only chooses the server. */
  readonly entropy: KeyMethod;
  /** Mean of (value - center)^degree; -1 for a negative degree. */
  readonly moment: Method<
    readonly [key: Codec<ByteString, string | Uint8Array>, degree: Codec<number>, center: Codec<number>],
    Codec<number>
  >;
  /** Forgets everything. */
  readonly clear: Method<readonly [], Codec<boolean>>;
};

const ofKey: KeyMethod = { args: [stringArgument], result: double, route: cht(1), reduce: "pass", effect: "analysis" };

/** The methods of `jubastat`. */
export const statService: StatService = {
  push: {
    args: [stringArgument, double],
    result: boolean,
    route: cht(1),
    reduce: "all_and",
    effect: "update",
  },
  sum: ofKey,
  stddev: ofKey,
  max: ofKey,
  min: ofKey,
  entropy: ofKey,
  moment: {
    args: [stringArgument, int32, double],
    result: double,
    route: cht(1),
    reduce: "pass",
    effect: "analysis",
  },
  clear: { args: [], result: boolean, route: broadcast, reduce: "all_and", effect: "update" },
};
