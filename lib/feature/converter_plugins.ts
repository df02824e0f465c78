import { type ByteString, textOf } from "../base/byte_string.ts";
import { converterError } from "../base/config_error.ts";
import type { NumberFilter } from "./number_filter.ts";
import type { Splitter } from "./splitter.ts";
import type { StringFilter } from "./string_filter.ts";
import { parameterOf, type TypeParameters } from "./type_parameters.ts";

/** Features of a binary value: `keyPrefix` is `<key>@<type>`, names begin with it. */
export type BinaryFeature = (keyPrefix: ByteString, bytes: Uint8Array) => Iterable<readonly [ByteString, number]>;

/** Makes a converter part from the parameters of its type. */
export type PluginFactory<T> = (parameters: TypeParameters) => T;

/**
 * In-process parts that stand in for the native plugins of `"method": "dynamic"` types, by the
 * `path` that names them, such as `libmecab_splitter.so`.
 */
export interface ConverterPlugins {
  /** For `string_filter_types`. */
  readonly stringFilters?: ReadonlyMap<ByteString, PluginFactory<StringFilter>>;
  /** For `num_filter_types`. */
  readonly numberFilters?: ReadonlyMap<ByteString, PluginFactory<NumberFilter>>;
  /** For `string_types`. */
  readonly splitters?: ReadonlyMap<ByteString, PluginFactory<Splitter>>;
  /** For `binary_types`. */
  readonly binaryFeatures?: ReadonlyMap<ByteString, PluginFactory<BinaryFeature>>;
}

/** What to use instead of the plugins that come with Jubatus. */
const alternatives: ReadonlyMap<string, string> = new Map([
  ["libmecab_splitter.so", "use the string type ngram, or send the words separated by blanks and use space"],
  ["libux_splitter.so", "use the string type regexp with the keywords as alternatives"],
  ["libimage_feature.so", "extract the features in the client and send them as numbers"],
  ["libpython_bridge.so", "compute the features in the client and send them as strings or numbers"],
]);

/** The registered stand-in for a `dynamic` type. Throws a ConfigError, as native code cannot be loaded. */
export function loadPlugin<T>(
  factories: ReadonlyMap<ByteString, PluginFactory<T>> | undefined,
  parameters: TypeParameters,
): T {
  const path = parameterOf(parameters, "path");
  parameterOf(parameters, "function");
  const factory = factories?.get(path);
  if (factory !== undefined) return factory(parameters);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const advice = alternatives.get(name);
  const hint = advice === undefined ? "" : `; ${advice}`;
  throw converterError(
    `cannot load dynamic library: ${textOf(path)}: native plugins are not supported by this implementation${hint}`,
  );
}
