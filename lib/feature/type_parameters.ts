import type { ByteString } from "../base/byte_string.ts";
import { converterError } from "../base/config_error.ts";

/** Parameters of a configured type: all are strings, also the numbers. */
export type TypeParameters = ReadonlyMap<ByteString, ByteString>;

/** A parameter that must be there. */
export function parameterOf(parameters: TypeParameters, name: string): ByteString {
  const value = parameters.get(name);
  if (value === undefined) throw converterError(`"${name}" is not specified in parameters`);
  return value;
}

/** The 32-bit integer at the start of a text, as a C++ stream reads it: blanks before and anything after are ignored. */
export function parseLeadingInteger(text: ByteString): number | undefined {
  const match = /^[\t-\r ]*([+-]?\d+)/.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]);
  return value >= -0x80000000 && value <= 0x7fffffff ? value : undefined;
}

/** The number at the start of a text, likewise; `inf`, `nan` and an exponent without digits are refused. */
export function parseLeadingNumber(text: ByteString): number | undefined {
  const match = /^[\t-\r ]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([eE])?/.exec(text);
  if (match === null || match[2] !== undefined) return undefined;
  const value = Number(match[1]);
  return Number.isFinite(value) ? value : undefined;
}
