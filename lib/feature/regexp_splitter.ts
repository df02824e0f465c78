import { type ByteString, textOf } from "../base/byte_string.ts";
import { converterError } from "../base/config_error.ts";
import { DecodedText } from "./decoded_text.ts";
import { compileRegularExpression } from "./regular_expression.ts";
import type { Splitter, WordSpans } from "./splitter.ts";

/**
 * Words are the matches of an expression, or one group of each. After a match the scan goes on
 * where the match began plus the length of the *group*, so with a group matches may overlap.
 * Unlike 1.1.1 it steps by character, and skips matches without the group.
 */
export class RegexpSplitter implements Splitter {
  readonly #expression: RegExp;
  /** Index of the wanted group in a match. */
  readonly #group: number;
  readonly #subject = new DecodedText();

  /** `group` 0 is the whole match. Throws a ConfigError. */
  constructor(pattern: ByteString, group: number) {
    const { source, groups } = compileRegularExpression(pattern);
    if (group < 0) throw converterError(`'group' must be positive: ${group}`);
    if (group >= groups.length) {
      const text = textOf(pattern);
      throw converterError(`regexp '${text}' only contains ${groups.length - 1} groups, but 'group' is ${group}`);
    }
    this.#expression = new RegExp(source, group === 0 ? "vg" : "vgd");
    this.#group = groups[group]!;
  }

  /** Appends the words, which may be empty. */
  split(bytes: Uint8Array, start: number, end: number, words: WordSpans): void {
    const subject = this.#subject;
    const expression = this.#expression;
    subject.decode(bytes, start, end);
    const text = subject.text;
    for (let unit = 0; unit < text.length;) {
      const match = subject.match(expression, unit);
      if (match === null || match.index >= text.length) return;
      const from = match.index;
      if (this.#group === 0) {
        const to = from + match[0].length;
        words.push(subject.positionOf(from), subject.positionOf(to));
        unit = to > from ? to : subject.nextCharacter(from);
        continue;
      }
      const span = match.indices?.[this.#group];
      unit = subject.nextCharacter(from);
      if (span === undefined) continue;
      const begin = subject.positionOf(span[0]);
      const stop = subject.positionOf(span[1]);
      words.push(begin, stop);
      if (stop > begin) unit = subject.unitAt(subject.positionOf(from) + stop - begin, unit);
    }
  }
}
