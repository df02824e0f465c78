import { type ByteString, textOf } from "../base/byte_string.ts";
import { invalidParameter, unsupportedMethod } from "../base/config_error.ts";
import { int32, object, optional, readShape } from "../base/config_reader.ts";
import type { JsonValue } from "../base/json_value.ts";

/** A hashing nearest-neighbour engine, alone or inside a classifier or regression. */
export interface NearestNeighborConfig {
  /** How rows are hashed and compared. */
  readonly method: "lsh" | "minhash" | "euclid_lsh";
  /** Bits per row. */
  readonly hashNum: number;
  /** Blocks in which features are summed, at least 1; negative for one per processor. Changes the last bit at most. */
  readonly threads: number;
  /** Random vectors kept; 0 for none. Changes no result. */
  readonly cacheSize: number;
}

interface HashShape {
  hash_num: number;
  threads: number | undefined;
  cache_size?: number | undefined;
}

const minhashShape = object<HashShape>({ hash_num: int32, threads: optional(int32) });
const lshShape = object<Required<HashShape>>({
  hash_num: int32,
  threads: optional(int32),
  cache_size: optional(int32),
});

/** Checks a nearest-neighbour method and its parameters, which stand at `path`. Throws a ConfigError. */
export function readNearestNeighbor(method: ByteString, parameter: JsonValue, path: string): NearestNeighborConfig {
  if (method !== "lsh" && method !== "minhash" && method !== "euclid_lsh") throw unsupportedMethod(textOf(method));
  const { hash_num: hashNum, threads, cache_size }: HashShape = method === "minhash"
    ? readShape(minhashShape, parameter, path)
    : readShape(lshShape, parameter, path);
  const cacheSize = cache_size ?? 0;
  if (hashNum < 1) throw invalidParameter("1 <= hash_num");
  if (cacheSize < 0) throw invalidParameter("0 <= cache_size");
  return { method, hashNum, threads: threads || 1, cacheSize };
}
