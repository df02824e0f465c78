/**
 * JSON as data: how jubaconv sees them.
 *
 * @module
 */
import type { JsonValue } from "../base/json_value.ts";
import { byteStringOfText, textOf } from "../base/byte_string.ts";
import { HashOrderedSet } from "../model/hash_order.ts";

/** Keys and values of one datum, in order. */
export interface FlatDatum {
  readonly strings: readonly (readonly [key: string, value: string])[];
  readonly numbers: readonly (readonly [key: string, value: number])[];
  readonly binaries: readonly (readonly [key: string, value: string])[];
}

/** Names of the three parts in JSON. */
const STRINGS = "string_values";
const NUMBERS = "num_values";
const BINARIES = "binary_values";

/** The JSON is not a datum. */
export class DatumFormatError extends Error {
  /** The error's class, for logs. */
  override name = "DatumFormatError";
}

/**
 * Any JSON as a datum whose keys are paths such as `/nested/a[2]`. Booleans are the numbers 1 and 0, null is the text
 * `null`, empty arrays and objects are nothing.
 */
export function flattenJson(value: JsonValue): FlatDatum {
  const strings: [string, string][] = [];
  const numbers: [string, number][] = [];
  const visit = (path: string, item: JsonValue): void => {
    switch (item.kind) {
      case "null":
        return void strings.push([path, "null"]);
      case "bool":
        return void numbers.push([path, item.value ? 1 : 0]);
      case "integer":
      case "float":
        return void numbers.push([path, Number(item.value)]);
      case "string":
        return void strings.push([path, item.value]);
      case "array":
        return item.items.forEach((element, index) => visit(`${path}[${index}]`, element));
      case "object":
        for (const [key, member] of item.members) visit(`${path}/${key}`, member);
    }
  };
  visit("", value);
  return { strings, numbers, binaries: [] };
}

/** A datum from JSON of the form that {@link datumToJson} makes; all three parts must be there. */
export function datumOfJson(value: JsonValue): FlatDatum {
  const members = (name: string): [string, JsonValue][] => {
    const part = value.kind === "object" ? value.members.get(name) : undefined;
    if (part?.kind !== "object") throw new DatumFormatError(`${name} is not an object`);
    return [...part.members];
  };
  const texts = (name: string): [string, string][] =>
    members(name).map(([key, item]) => {
      if (item.kind !== "string") throw new DatumFormatError(`${name}: the value of ${key} is not a string`);
      return [key, item.value];
    });
  const numbers = members(NUMBERS).map(([key, item]): [string, number] => {
    if (item.kind !== "integer" && item.kind !== "float") {
      throw new DatumFormatError(`${NUMBERS}: the value of ${key} is not a number`);
    }
    return [key, Number(item.value)];
  });
  return { strings: texts(STRINGS), numbers, binaries: texts(BINARIES) };
}

/** A datum as JSON: objects of strings, numbers and binaries; the last value of a repeated key. */
export function datumToJson(datum: FlatDatum): JsonValue {
  const text = (value: string): JsonValue => ({ kind: "string", value });
  const number = (value: number): JsonValue => ({ kind: "float", value });
  return objectOf([
    [STRINGS, objectOf(datum.strings.map(([key, value]) => [key, text(value)]))],
    [NUMBERS, objectOf(datum.numbers.map(([key, value]) => [key, number(value)]))],
    [BINARIES, objectOf(datum.binaries.map(([key, value]) => [key, text(value)]))],
  ]);
}

/** The same value with the members of its objects in the order in which the original keeps them. */
export function inHashOrder(value: JsonValue): JsonValue {
  if (value.kind === "array") return { kind: "array", items: value.items.map(inHashOrder) };
  if (value.kind !== "object") return value;
  const order = new HashOrderedSet<string>();
  for (const key of value.members.keys()) order.insert(byteStringOfText(key));
  return objectOf(
    order.keys().map((bytes) => {
      const key = textOf(bytes);
      return [key, inHashOrder(value.members.get(key)!)];
    }),
  );
}

function objectOf(members: Iterable<readonly [string, JsonValue]>): JsonValue {
  return { kind: "object", members: new Map(members) };
}
