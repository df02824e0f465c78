/**
 * Checks the shape of a configuration against a declared one and reads it into plain objects. All
 * problems of one block are collected, in the order of Jubatus 1.1.1: unknown keys by name, then
 * the members as declared.
 *
 * ```ts
 * const shape = object<{ window_size: number }>({ window_size: int32 });
 * const { window_size } = readShape(shape, parseConfig(text).value);
 * ```
 *
 * @module
 */

import { type ByteString, byteStringOfText, compareByteStrings } from "./byte_string.ts";
import { ConfigError, configErrorClass, ConfigSyntaxError, invalidConfiguration } from "./config_error.ts";
import { type JsonDocument, JsonSyntaxError, type JsonValue, parseJson } from "./json_value.ts";

/** What a member of a configuration has to look like. */
export interface Shape<T> {
  /** Whether the member may be absent or null, which reads as undefined. */
  readonly optional: boolean;
  /** Reads `value`. Appends to `problems` what is wrong with it; the result is then meaningless. */
  read(value: JsonValue, path: string, problems: string[]): T;
}

/** Reads a configuration text; text after its first value is ignored as in 1.1.1. Throws {@link ConfigSyntaxError}. */
export function parseConfig(text: ByteString | Uint8Array): JsonDocument {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ConfigSyntaxError(error.line, error.column, error.reason, error.atEnd);
  }
}

/** A warning for operators about text behind the configuration, which is ignored; undefined when there is none. */
export function trailingTextWarning(document: JsonDocument): string | undefined {
  const at = document.trailingText;
  if (at === undefined) return undefined;
  return `configuration ends before line ${at.line}, column ${at.column}; the text from there on is ignored`;
}

/** Reads one block. `path` is where it stands (the root is ""). Throws {@link ConfigError} with all problems. */
export function readShape<T>(shape: Shape<T>, value: JsonValue, path = ""): T {
  const problems: string[] = [];
  const result = shape.read(value, path, problems);
  if (problems.length > 0) throw invalidConfiguration(...problems);
  return result;
}

/** Any JSON value. */
export const anyJson: Shape<JsonValue> = { optional: false, read: (value) => value };

/** A string, read as its UTF-8 bytes. */
export const string: Shape<ByteString> = {
  optional: false,
  read(value, path, problems) {
    if (value.kind === "string") return byteStringOfText(value.value);
    problems.push(typeProblem("String", value, path));
    return "";
  },
};

/** `true` or `false`. */
export const bool: Shape<boolean> = {
  optional: false,
  read(value, path, problems) {
    if (value.kind === "bool") return value.value;
    problems.push(typeProblem("Bool", value, path));
    return false;
  },
};

/** An integer or a float. */
export const float: Shape<number> = {
  optional: false,
  read(value, path, problems) {
    if (value.kind === "float" || value.kind === "integer") return Number(value.value);
    problems.push(typeProblem("Float", value, path));
    return 0;
  },
};

/** A 64-bit integer. */
export const int64: Shape<number | bigint> = {
  optional: false,
  read(value, path, problems) {
    if (value.kind === "integer") return value.value;
    problems.push(typeProblem("Integer", value, path));
    return 0;
  },
};

/** A 32-bit integer. Larger ones are refused; 1.1.1 silently wraps them. */
export const int32: Shape<number> = {
  optional: false,
  read(value, path, problems) {
    if (value.kind !== "integer") {
      problems.push(typeProblem("Integer", value, path));
    } else if (value.value < -0x80000000 || value.value > 0x7fffffff) {
      problems.push(`Integer from -2147483648 to 2147483647 is expected, but ${value.value} is given. (${path})`);
    } else {
      return Number(value.value);
    }
    return 0;
  },
};

/** A member that may be absent or null. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return {
    optional: true,
    read: (value, path, problems) => value.kind === "null" ? undefined : shape.read(value, path, problems),
  };
}

/** An array of `shape`. */
export function listOf<T>(shape: Shape<T>): Shape<T[]> {
  return {
    optional: false,
    read(value, path, problems) {
      if (value.kind === "array") return value.items.map((item, i) => shape.read(item, `${path}[${i}]`, problems));
      problems.push(typeProblem("Array", value, path));
      return [];
    },
  };
}

/** An object with free member names; the map is in byte order of the names. */
export function mapOf<T>(shape: Shape<T>): Shape<Map<ByteString, T>> {
  return {
    optional: false,
    read(value, path, problems) {
      const map = new Map<ByteString, T>();
      if (value.kind !== "object") {
        problems.push(typeProblem("Object", value, path));
        return map;
      }
      for (const [key, member] of sortedMembers(value.members)) {
        map.set(byteStringOfText(key), shape.read(member, `${path}.${key}`, problems));
      }
      return map;
    },
  };
}

/** An object with exactly the given members. Anything but an object ends the reading at once, as in 1.1.1. */
export function object<T>(members: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const declared = Object.entries(members) as [string, Shape<unknown>][];
  return {
    optional: false,
    read(value, path, problems) {
      if (value.kind !== "object") throw new ConfigError(typeProblem("Object", value, path), configErrorClass.type);
      for (const [key] of sortedMembers(value.members)) {
        if (!Object.hasOwn(members, key)) problems.push(`"${key}" is not used (${path})`);
      }
      const result: Record<string, unknown> = {};
      for (const [key, shape] of declared) {
        const member = value.members.get(key);
        if (member !== undefined) {
          result[key] = shape.read(member, `${path}.${key}`, problems);
        } else if (!shape.optional) {
          problems.push(`"${key}" is not found (${path})`);
        } else {
          result[key] = undefined;
        }
      }
      return result as T;
    },
  };
}

const typeNames: { readonly [K in JsonValue["kind"]]: string } = {
  null: "Null",
  integer: "Integer",
  float: "Float",
  bool: "Bool",
  string: "String",
  array: "Array",
  object: "Object",
};

function typeProblem(expected: string, given: JsonValue, path: string): string {
  return `${expected} is expected, but ${typeNames[given.kind]} is given. (${path})`;
}

function sortedMembers(members: ReadonlyMap<string, JsonValue>): [string, JsonValue][] {
  return [...members].sort(([a], [b]) => compareByteStrings(byteStringOfText(a), byteStringOfText(b)));
}
