import { type ByteString, textOf } from "../base/byte_string.ts";
import { ConfigError, configErrorClass, invalidConfiguration, unsupportedMethod } from "../base/config_error.ts";
import { anyJson, int32, int64, object, optional, readShape, type Shape, string } from "../base/config_reader.ts";
import type { JsonValue } from "../base/json_value.ts";
import { compileKeyMatcher, type KeyMatcher } from "../feature/key_matcher.ts";

/** How a bounded model forgets. */
export type UnlearnerConfig =
  | {
    /** Forgets what was used least recently. */
    readonly method: "lru";
    /** Most keys held. */
    readonly maxSize: number;
    /** Keys that are never forgotten. */
    readonly stickyPattern: KeyMatcher | undefined;
  }
  | {
    /** Forgets at random. */
    readonly method: "random";
    /** Most keys held. */
    readonly maxSize: number;
    /** 32-bit seed of the generator; from the clock if undefined. */
    readonly seed: number | undefined;
  };

/** The two members of a `parameter` block that configure an unlearner. */
export interface UnlearnerMembers {
  /** Method name. */
  unlearner: ByteString | undefined;
  /** Its parameters, ignored without a method. */
  unlearner_parameter: JsonValue | undefined;
}

/** Shapes of {@link UnlearnerMembers}, to be spread into a block's shape. */
export const unlearnerMembers: { readonly [K in keyof UnlearnerMembers]: Shape<UnlearnerMembers[K]> } = {
  unlearner: optional(string),
  unlearner_parameter: optional(anyJson),
};

const lruShape = object<{ max_size: number; sticky_pattern: ByteString | undefined }>({
  max_size: int32,
  sticky_pattern: optional(string),
});
const randomShape = object<{ max_size: number; seed: number | bigint | undefined }>({
  max_size: int32,
  seed: optional(int64),
});

/** Checks an unlearner; undefined when none is configured. `path` is that of the `parameter` block. Throws a ConfigError. */
export function readUnlearner(members: UnlearnerMembers, path = ".parameter"): UnlearnerConfig | undefined {
  const { unlearner, unlearner_parameter: parameter } = members;
  if (unlearner === undefined) return undefined;
  if (parameter === undefined) {
    throw new ConfigError("Unlearner is set but unlearner_parameter is not found", configErrorClass.runtime);
  }
  const parameterPath = `${path}.unlearner_parameter`;
  if (unlearner === "lru") {
    const { max_size, sticky_pattern } = readShape(lruShape, parameter, parameterPath);
    return {
      method: "lru",
      maxSize: checkMaxSize(max_size),
      stickyPattern: sticky_pattern === undefined ? undefined : compileKeyMatcher(sticky_pattern),
    };
  }
  if (unlearner === "random") {
    const { max_size, seed } = readShape(randomShape, parameter, parameterPath);
    return { method: "random", maxSize: checkMaxSize(max_size), seed: checkSeed(seed) };
  }
  throw unsupportedMethod(`unlearner(${textOf(unlearner)})`);
}

function checkMaxSize(size: number): number {
  if (size <= 0) throw invalidConfiguration("max_size must be a positive integer");
  return size;
}

function checkSeed(seed: number | bigint | undefined): number | undefined {
  if (seed === undefined) return undefined;
  if (seed < 0 || seed > 0xffffffff) {
    throw invalidConfiguration("unlearner seed must be within unsigned 32 bit integer");
  }
  return Number(seed);
}
