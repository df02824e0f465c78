import { bytesOf, type ByteString } from "../base/byte_string.ts";
import { DecodedText } from "./decoded_text.ts";
import { compileRegularExpression } from "./regular_expression.ts";

/** Decides which keys a rule is for. */
export interface KeyMatcher {
  /** Whether every key matches. */
  readonly matchesAll: boolean;
  /** Whether the key `bytes[start, end)` matches. */
  matches(bytes: Uint8Array, start: number, end: number): boolean;
  /** The same for a key, label or feature name as a byte string. */
  matchesName(name: ByteString): boolean;
}

/**
 * Compiles a key pattern: `*` or nothing for all, `*suffix`, `prefix*`, `/expression/` anchored at
 * the start only, anything else exact. The first form that fits counts, so `/a*` is a prefix.
 * Throws a ConfigError for a bad expression.
 */
export function compileKeyMatcher(pattern: ByteString): KeyMatcher {
  if (pattern === "" || pattern === "*") return { matchesAll: true, matches: () => true, matchesName: () => true };
  if (pattern.startsWith("*")) return suffixMatcher(pattern.slice(1));
  if (pattern.endsWith("*")) return prefixMatcher(pattern.slice(0, -1));
  if (pattern.length >= 2 && pattern.startsWith("/") && pattern.endsWith("/")) {
    return expressionMatcher(pattern.slice(1, -1));
  }
  return exactMatcher(pattern);
}

function exactMatcher(name: ByteString): KeyMatcher {
  const expected = bytesOf(name);
  return {
    matchesAll: false,
    matches: (bytes, start, end) => end - start === expected.length && equalAt(bytes, start, expected),
    matchesName: (other) => other === name,
  };
}

function prefixMatcher(prefix: ByteString): KeyMatcher {
  const expected = bytesOf(prefix);
  return {
    matchesAll: false,
    matches: (bytes, start, end) => end - start >= expected.length && equalAt(bytes, start, expected),
    matchesName: (name) => name.startsWith(prefix),
  };
}

function suffixMatcher(suffix: ByteString): KeyMatcher {
  const expected = bytesOf(suffix);
  return {
    matchesAll: false,
    matches: (bytes, start, end) => end - start >= expected.length && equalAt(bytes, end - expected.length, expected),
    matchesName: (name) => name.endsWith(suffix),
  };
}

function expressionMatcher(pattern: ByteString): KeyMatcher {
  const expression = new RegExp(compileRegularExpression(pattern).source, "vy");
  const subject = new DecodedText();
  const matches = (bytes: Uint8Array, start: number, end: number): boolean => {
    subject.decode(bytes, start, end);
    expression.lastIndex = 0;
    return expression.test(subject.text);
  };
  return {
    matchesAll: pattern === "",
    matches,
    matchesName: (name) => {
      const bytes = bytesOf(name);
      return matches(bytes, 0, bytes.length);
    },
  };
}

function equalAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (bytes[at + i] !== expected[i]) return false;
  }
  return true;
}
