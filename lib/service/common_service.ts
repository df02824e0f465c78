import type { ByteString } from "../base/byte_string.ts";
import { boolean, mapResult, stringArgument, stringResult } from "./codecs.ts";
import { broadcast, type Codec, type Method, random } from "./service.ts";

/** Per server: what it says of itself. */
export type StatusCodec = Codec<
  Map<string, Map<string, string>>,
  Iterable<readonly [ByteString, Iterable<readonly [ByteString, ByteString]>]>
>;

/** The methods that every server has. */
export type CommonService = {
  /** The configuration, byte for byte. */
  readonly get_config: Method<readonly [], Codec<string, ByteString>>;
  /** Saves the model under an id on each server; paths by server. */
  readonly save: Method<
    readonly [id: Codec<ByteString, string | Uint8Array>],
    Codec<Map<string, string>, Iterable<readonly [ByteString, ByteString]>>
  >;
  /** Loads the model that was saved under an id. */
  readonly load: Method<readonly [id: Codec<ByteString, string | Uint8Array>], Codec<boolean>>;
  /** Status by server. */
  readonly get_status: Method<readonly [], StatusCodec>;
};

/** The methods that every server has. */
export const commonService: CommonService = {
  get_config: { args: [], result: stringResult, route: random, reduce: "pass", effect: "analysis" },
  save: {
    args: [stringArgument],
    result: mapResult(stringResult),
    route: broadcast,
    reduce: "merge",
    effect: "analysis",
  },
  load: { args: [stringArgument], result: boolean, route: broadcast, reduce: "all_and", effect: "update" },
  get_status: {
    args: [],
    result: mapResult(mapResult(stringResult)),
    route: broadcast,
    reduce: "merge",
    effect: "analysis",
  },
};
