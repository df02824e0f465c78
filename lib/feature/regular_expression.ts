/**
 * Jubatus' regular expressions (Oniguruma, UTF-8, Perl syntax) on JavaScript's engine: a pattern is
 * parsed and written again with the same meaning.
 *
 * Supported: literals; `.`, classes with ranges, `\d \w \s` and POSIX brackets (Unicode-aware);
 * `\p{..}` with categories, scripts and the POSIX names; `\R \N \O`; `^ $ \A \z \Z \b \B` and a leading `\G`;
 * groups, alternatives, back references, greedy, lazy and possessive repetition, atomic groups,
 * look-ahead and look-behind; inline options `i m s x`, comments; `\x41`, `\x{3044}`, octal and
 * control escapes, `\Q..\E`. Everything else is refused when it is compiled.
 *
 * Known differences: a back reference to a group that took no part matches the empty text instead
 * of failing; a group inside a repetition forgets its text when a later round does not use it; a
 * repetition does not stop at an empty round but tries a longer one (`(a??)*`); `(?i)` does not fold
 * one letter to several (`ß`, `ss`); look-behind may have any length. A pattern like `(a+)+b` can
 * take exponential time, as it does in Jubatus: nothing limits it.
 *
 * @module
 */

import { type ByteString, textOf } from "../base/byte_string.ts";
import { converterError } from "../base/config_error.ts";
import { PatternError, translatePattern } from "./pattern_translator.ts";

/** A pattern ready for JavaScript. */
export interface CompiledExpression {
  /** Source for `new RegExp(source, "v...")`. */
  readonly source: string;
  /** Where the pattern's groups are in the result of `exec`: index 0 is the match, index n its group n. */
  readonly groups: readonly number[];
}

/** Compiles a pattern. Throws a ConfigError `invalid regular expression: <pattern>` whose hint says why. */
export function compileRegularExpression(pattern: ByteString): CompiledExpression {
  const text = textOf(pattern);
  try {
    const compiled = translatePattern(text);
    new RegExp(compiled.source, "v");
    return compiled;
  } catch (error) {
    if (!(error instanceof PatternError || error instanceof SyntaxError)) throw error;
    throw converterError(`invalid regular expression: ${text}`, error.message);
  }
}
