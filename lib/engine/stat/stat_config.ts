import type { ByteString } from "../../base/byte_string.ts";
import { invalidParameter } from "../../base/config_error.ts";
import { int32, object, parseConfig, readShape, type Shape } from "../../base/config_reader.ts";

/** A checked configuration of the stat engine. */
export interface StatConfig {
  /** How many values of all keys together are remembered, at least 1. */
  readonly windowSize: number;
}

const statShape: Shape<{ window_size: number }> = object<{ window_size: number }>({ window_size: int32 });

/** Reads a stat configuration. Negative sizes are refused; 1.1.1 takes them for no limit. Throws a ConfigError. */
export function readStatConfig(text: ByteString): StatConfig {
  const { window_size: windowSize } = readShape(statShape, parseConfig(text).value);
  if (windowSize < 1) throw invalidParameter("1 <= window_size");
  return { windowSize };
}
