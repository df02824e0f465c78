import { type ByteString, textOf } from "../base/byte_string.ts";
import { converterError, invalidParameter } from "../base/config_error.ts";
import { exponential } from "../base/exponential.ts";
import { parameterOf, parseLeadingNumber, type TypeParameters } from "./type_parameters.ts";

/** Computes a new number from a number. */
export type NumberFilter = (value: number) => number;

/** The number filter of a `num_filter_types` entry. Throws a ConfigError. */
export function compileNumberFilter(method: ByteString, parameters: TypeParameters): NumberFilter {
  switch (method) {
    case "add": {
      const value = numberOf(parameters, "value");
      return (x) => x + value;
    }
    case "linear_normalization":
      return linearNormalization(parameters);
    case "gaussian_normalization":
      return gaussianNormalization(parameters);
    case "sigmoid_normalization": {
      const gain = numberOf(parameters, "gain", "1");
      const bias = numberOf(parameters, "bias", "0");
      if (gain === 0) throw invalidParameter("gain must not be zero");
      return (x) => 1 / (1 + exponential(-gain * (x - bias)));
    }
  }
  throw converterError(`unknown num filter name: ${textOf(method)}`);
}

function linearNormalization(parameters: TypeParameters): NumberFilter {
  const min = numberOf(parameters, "min");
  const max = numberOf(parameters, "max");
  if (max <= min) throw invalidParameter("maximum must be bigger than minimum");
  const scale = (x: number): number => (x - min) / (max - min);
  // Only the exact word turns truncation on; "true" does not.
  if ((parameters.get("truncate") ?? "True") !== "True") return scale;
  return (x) => x > max ? 1 : x < min ? 0 : scale(x);
}

function gaussianNormalization(parameters: TypeParameters): NumberFilter {
  const average = numberOf(parameters, "average");
  const deviation = numberOf(parameters, "standard_deviation");
  if (deviation < 0) throw invalidParameter("standard deviation must be non-negative");
  // 1.1.1 accepts 0 and then makes infinite and NaN features.
  if (deviation === 0) throw invalidParameter("standard deviation must not be zero");
  return (x) => (x - average) / deviation;
}

function numberOf(parameters: TypeParameters, name: string, fallback?: string): number {
  const text = parameters.get(name) ?? fallback ?? parameterOf(parameters, name);
  const value = parseLeadingNumber(text);
  if (value === undefined) throw converterError(`"${name}" must be a number: ${textOf(text)}`);
  return value;
}
