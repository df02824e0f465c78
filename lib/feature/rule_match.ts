import type { KeyMatcher } from "./key_matcher.ts";

/** Which keys a rule is for. */
export interface KeyedRule {
  readonly key: KeyMatcher;
  readonly except: KeyMatcher | undefined;
}

/** Whether a rule is for the key `bytes[start, end)`. */
export function applies(rule: KeyedRule, bytes: Uint8Array, start: number, end: number): boolean {
  return (rule.key.matchesAll || rule.key.matches(bytes, start, end)) &&
    !(rule.except !== undefined && rule.except.matches(bytes, start, end));
}
