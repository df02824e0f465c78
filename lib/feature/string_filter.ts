import { bytesOf, type ByteString } from "../base/byte_string.ts";
import { converterError } from "../base/config_error.ts";
import { DecodedText } from "./decoded_text.ts";
import { compileRegularExpression } from "./regular_expression.ts";

/** Computes a new string value from a string value. */
export interface StringFilter {
  /** The new value of `bytes[start, end)`, in a buffer of its own. */
  filter(bytes: Uint8Array, start: number, end: number): Uint8Array;
}

/**
 * Replaces all matches of an expression. An empty match replaces before the character, also at the
 * end of the text. A group that took no part in the match is replaced by nothing (1.1.1 fails).
 */
export class RegexpFilter implements StringFilter {
  readonly #expression: RegExp;
  /** Literal bytes, or a group as its index in the match. */
  readonly #replacement: readonly (Uint8Array | number)[];
  readonly #subject = new DecodedText();
  #output = new Uint8Array(256);
  #length = 0;

  /** `replace` may use `\0` to `\9` for groups and `\\`. Throws a ConfigError. */
  constructor(pattern: ByteString, replace: ByteString) {
    const { source, groups } = compileRegularExpression(pattern);
    this.#replacement = parseReplacement(replace, groups);
    const usesGroups = this.#replacement.some((part) => typeof part === "number");
    this.#expression = new RegExp(source, usesGroups ? "vgd" : "vg");
  }

  /** The value after replacement. */
  filter(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const subject = this.#subject;
    const expression = this.#expression;
    subject.decode(bytes, start, end);
    const text = subject.text;
    this.#length = 0;
    /** Bytes before this are in the output. */
    let copied = start;
    for (let unit = 0; unit <= text.length;) {
      const match = subject.match(expression, unit);
      if (match === null) break;
      const from = match.index;
      const to = from + match[0].length;
      this.#append(bytes, copied, subject.positionOf(from));
      this.#replace(bytes, match.indices);
      copied = subject.positionOf(to);
      unit = to > from ? to : subject.nextCharacter(to);
    }
    this.#append(bytes, copied, end);
    return this.#output.slice(0, this.#length);
  }

  #replace(bytes: Uint8Array, indices: RegExpIndicesArray | undefined): void {
    for (const part of this.#replacement) {
      if (typeof part !== "number") {
        this.#append(part, 0, part.length);
        continue;
      }
      const group = indices?.[part];
      if (group === undefined) continue;
      this.#append(bytes, this.#subject.positionOf(group[0]), this.#subject.positionOf(group[1]));
    }
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const needed = this.#length + to - from;
    if (needed > this.#output.length) {
      const output = new Uint8Array(Math.max(needed, this.#output.length * 2));
      output.set(this.#output);
      this.#output = output;
    }
    this.#output.set(bytes.subarray(from, to), this.#length);
    this.#length = needed;
  }
}

function parseReplacement(replace: ByteString, groups: readonly number[]): (Uint8Array | number)[] {
  const parts: (Uint8Array | number)[] = [];
  let literal = "";
  for (let i = 0; i < replace.length; i++) {
    if (replace[i] !== "\\") {
      literal += replace[i];
      continue;
    }
    const next = replace[++i];
    if (next === "\\") {
      literal += next;
    } else if (next !== undefined && next >= "0" && next <= "9") {
      const group = groups[Number(next)];
      if (group === undefined) throw converterError("invalid number of capture group");
      if (literal !== "") parts.push(bytesOf(literal));
      literal = "";
      parts.push(group);
    } else {
      throw converterError("invalid replacement expression. 0-9 or \\ are required after \\");
    }
  }
  if (literal !== "") parts.push(bytesOf(literal));
  return parts;
}
