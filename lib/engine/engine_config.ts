import type { ByteString } from "../base/byte_string.ts";
import { invalidConfiguration } from "../base/config_error.ts";
import { anyJson, object, optional, parseConfig, readShape, type Shape, string } from "../base/config_reader.ts";
import type { JsonValue } from "../base/json_value.ts";
import {
  compileConverterPlan,
  type ConverterPlan,
  type ConverterShape,
  converterShape,
} from "../feature/converter_config.ts";
import type { ConverterPlugins } from "../feature/converter_plugins.ts";

/** The top level that most engines share. */
interface EngineShape {
  method: ByteString;
  parameter: JsonValue | undefined;
  converter: ConverterShape;
}

/** A configuration read as far as it is the same for all engines. */
export interface EngineConfig {
  /** Method name as configured. */
  readonly method: ByteString;
  /** Parameters of the method, or undefined when absent or null. */
  readonly parameter: JsonValue | undefined;
  /** Compiled converter. */
  readonly converter: ConverterPlan;
}

const engineShape: Shape<EngineShape> = object<EngineShape>({
  method: string,
  parameter: optional(anyJson),
  converter: converterShape,
});

/**
 * Reads `{method, parameter, converter}`: syntax, then the whole shape, then the meaning of the
 * converter. The method's own checks come after that, as in 1.1.1. Throws a ConfigError.
 */
export function readEngineConfig(text: ByteString, plugins?: ConverterPlugins): EngineConfig {
  const { method, parameter, converter } = readShape(engineShape, parseConfig(text).value);
  return { method, parameter, converter: compileConverterPlan(converter, plugins) };
}

/** Reads the `parameter` block of a method that needs one. Throws a ConfigError. */
export function readParameter<T>(shape: Shape<T>, parameter: JsonValue | undefined): T {
  if (parameter === undefined) throw invalidConfiguration("parameter block is not specified in config");
  return readShape(shape, parameter, ".parameter");
}
