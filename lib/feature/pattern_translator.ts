/**
 * The translator behind `regular_expression.ts`. Longer than our files are, as the rules of the
 * grammar call each other.
 *
 * @module
 */

import {
  classRange,
  escapedCharacter,
  posixClasses,
  posixClassesAnyCase,
  propertyClass,
  shorthands,
  shorthandsOutside,
} from "./character_classes.ts";

/** A pattern that is wrong or has no JavaScript counterpart. */
export class PatternError extends Error {
  /** The error's class, for logs. */
  override name = "PatternError";
}

/** Inline options in force. */
interface Options {
  /** Case does not matter. */
  readonly i: boolean;
  /** `^` and `$` match at lines. */
  readonly m: boolean;
  /** `.` matches newline. */
  readonly s: boolean;
  /** White space and `#` comments in the pattern mean nothing. */
  readonly x: boolean;
}

/** One translated item that repetition can apply to. */
interface Item {
  readonly source: string;
  /** Whether a repetition sign may follow without parentheses. */
  readonly single: boolean;
  /** Comes before the item and is not repeated with it. */
  readonly before?: string;
}

const depthMax = 500;
/** Oniguruma's limit for `{n,m}`. */
const repeatMax = 100_000;
const anything = "[^]";
const word = shorthandsOutside.get("w")!;
const anchors: ReadonlyMap<string, string> = new Map([
  ["A", "^"],
  ["z", "$"],
  ["Z", "(?=\\n?$)"],
  ["b", `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`],
  ["B", `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`],
]);
/** Keep, grapheme clusters and their boundaries. */
const unsupportedEscapes = "KXyY";
const controlEscapes: ReadonlyMap<string, number> = new Map([
  ["t", 0x09],
  ["n", 0x0a],
  ["r", 0x0d],
  ["f", 0x0c],
  ["a", 0x07],
  ["e", 0x1b],
]);

/** Writes a pattern of Oniguruma's Perl syntax as a JavaScript source for the `v` flag. Throws {@link PatternError}. */
export function translatePattern(pattern: string): { source: string; groups: number[] } {
  return new PatternTranslator(pattern).translate();
}

/**
 * Recursive descent; every method returns the translation of what it read. Capturing groups are
 * written as `(?<g1>` (the pattern's) and `(?<p1>` (ours, for atomic groups) until all are known.
 */
class PatternTranslator {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;
  #groupCount = 0;
  #atomicCount = 0;
  #backReferenceMax = 0;
  #lookBehindDepth = 0;

  constructor(pattern: string) {
    this.#chars = Array.from(pattern);
  }

  translate(): { source: string; groups: number[] } {
    if (this.#looking("\\G")) this.#at += 2;
    const marked = this.#alternatives({ i: false, m: false, s: false, x: false });
    if (this.#at < this.#chars.length) throw new PatternError('unmatched ")"');
    if (this.#backReferenceMax > this.#groupCount) {
      throw new PatternError(`there is no group ${this.#backReferenceMax} to refer to`);
    }
    const indexes = new Map<string, number>();
    const numbered = marked.replace(/\(\?<([gp]\d+)>/g, (_, name: string) => {
      indexes.set(name, indexes.size + 1);
      return "(";
    });
    const source = numbered.replace(/\\k<([gp]\d+)>/g, (_, name: string) => `(?:\\${indexes.get(name)})`);
    const groups = [0];
    for (let n = 1; n <= this.#groupCount; n++) groups.push(indexes.get(`g${n}`)!);
    return { source, groups };
  }

  /** Alternatives up to a closing parenthesis or the end, which is not consumed. */
  #alternatives(outer: Options): string {
    if (++this.#depth > depthMax) throw new PatternError("nested too deeply");
    let options = outer;
    let source = "";
    for (;;) {
      this.#skipComments(options);
      if (this.#at >= this.#chars.length || this.#looking(")")) break;
      const changed = this.#optionChange(options);
      if (changed !== undefined) options = changed;
      else if (this.#take("|")) source += "|";
      else source += this.#repetitions(this.#item(options), options);
    }
    this.#depth--;
    return source;
  }

  #item(options: Options): Item {
    const sign = this.#repetitionSign();
    if (sign !== undefined) throw new PatternError(`nothing to repeat before "${sign}"`);
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group(options);
      case "[":
        return { source: this.#characterClass(options), single: true };
      case "\\":
        return this.#take("Q") ? this.#quoted(options) : this.#escape(options);
      case ".":
        return { source: options.s ? anything : "[^\\n]", single: true };
      case "^":
        return { source: options.m ? `(?:^|(?<=\\n)(?=${anything}))` : "^", single: false };
      case "$":
        return { source: options.m ? "(?=\\n|$)" : "(?=\\n?$)", single: false };
    }
    return literal(char.codePointAt(0)!, options);
  }

  #repetitions(item: Item, options: Options): string {
    let { source, single } = item;
    /** The greedy `*`, `+` or `?` applied last, and to what. */
    let last: { operator: string; operand: string } | undefined;
    for (;;) {
      this.#skipComments(options);
      const operator = this.#repetitionSign();
      if (operator === undefined) return (item.before ?? "") + source;
      const isSimple = operator.length === 1;
      if (isSimple && last !== undefined && !this.#looking("?") && !this.#looking("+")) {
        // (a+)* is a*: nested loops over the same text would take exponential time.
        last = { operator: last.operator === operator ? operator : "*", operand: last.operand };
        source = last.operand + last.operator;
        continue;
      }
      const operand = single ? source : `(?:${source})`;
      const isLazy = this.#take("?");
      const isPossessive = !isLazy && this.#take("+");
      source = operand + operator + (isLazy ? "?" : "");
      last = isSimple && !isLazy && !isPossessive ? { operator, operand } : undefined;
      if (isPossessive) source = this.#atomic(source);
      single = false;
    }
  }

  /** `*`, `+`, `?` or `{n,m}`; anything else in braces is literal text. */
  #repetitionSign(): string | undefined {
    const char = this.#chars[this.#at];
    if (char === "*" || char === "+" || char === "?") {
      this.#at++;
      return char;
    }
    if (char !== "{") return undefined;
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#chars.slice(this.#at, this.#at + 24).join(""));
    if (match === null) return undefined;
    const low = Number(match[1]);
    const high = match[2] === undefined ? low : match[3] === "" ? Infinity : Number(match[3]);
    if (low > repeatMax || (high !== Infinity && high > repeatMax)) throw new PatternError("repetition is too large");
    if (low > high) throw new PatternError(`${match[0]} has its limits the wrong way round`);
    this.#at += match[0].length;
    return match[0];
  }

  /** After an opening parenthesis. */
  #group(options: Options): Item {
    if (!this.#take("?")) {
      const name = `g${++this.#groupCount}`;
      return { source: `(?<${name}>${this.#alternatives(options)}${this.#close()}`, single: true };
    }
    if (this.#take(":")) return { source: `(?:${this.#alternatives(options)}${this.#close()}`, single: true };
    if (this.#take("=")) return { source: `(?=${this.#alternatives(options)}${this.#close()}`, single: false };
    if (this.#take("!")) return { source: `(?!${this.#alternatives(options)}${this.#close()}`, single: false };
    if (this.#take(">")) {
      const body = this.#alternatives(options);
      this.#close();
      return { source: this.#atomic(body), single: false };
    }
    if (this.#looking("<=") || this.#looking("<!")) {
      const opening = "(?<" + this.#chars[this.#at + 1];
      this.#at += 2;
      this.#lookBehindDepth++;
      const source = opening + this.#alternatives(options) + this.#close();
      this.#lookBehindDepth--;
      return { source, single: false };
    }
    if (this.#looking("<")) throw new PatternError("named groups are not supported");
    return this.#optionGroup(options);
  }

  /** `(?i-m)`: options from here to the end of the enclosing group. Undefined when there is none here. */
  #optionChange(options: Options): Options | undefined {
    const match = /^\(\?(?!\))([imsx]*)(?:-([imsx]*))?\)/.exec(this.#chars.slice(this.#at, this.#at + 16).join(""));
    if (match === null) return undefined;
    this.#at += match[0].length;
    return withOptions(options, match[1]!, match[2]);
  }

  /** `(?i-m:...)`, of which the parenthesis and the question mark are behind. */
  #optionGroup(options: Options): Item {
    const match = /^([imsx]*)(?:-([imsx]*))?:/.exec(this.#chars.slice(this.#at, this.#at + 16).join(""));
    if (match === null) throw new PatternError(`unknown kind of group "(?${this.#next()}"`);
    this.#at += match[0].length;
    const body = this.#alternatives(withOptions(options, match[1]!, match[2]));
    return { source: `(?:${body}${this.#close()}`, single: true };
  }

  /** A match that is never reconsidered: a look-ahead finds it, a back reference takes it. */
  #atomic(source: string): string {
    if (this.#lookBehindDepth > 0) {
      throw new PatternError("atomic groups and possessive repetition are not supported in look-behind");
    }
    const name = `p${++this.#atomicCount}`;
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`;
  }

  /** After a backslash, outside a class. */
  #escape(options: Options): Item {
    const char = this.#next("the pattern ends with a backslash");
    const anchor = anchors.get(char);
    if (anchor !== undefined) return { source: anchor, single: false };
    if (char === "G") throw new PatternError("\\G is supported at the start of the pattern only");
    const reference = this.#backReference(char, options);
    if (reference !== undefined) return { source: reference, single: false };
    if (char === "R") return { source: this.#atomic("\\r\\n|[\\n-\\r\\u{85}\\u{2028}\\u{2029}]"), single: false };
    if (unsupportedEscapes.includes(char)) throw new PatternError(`\\${char} is not supported`);
    const shorthand = shorthandsOutside.get(char) ?? this.#classEscape(char);
    return shorthand !== undefined ? { source: shorthand, single: true } : literal(this.#charEscape(char), options);
  }

  /** After `\Q`, up to `\E` or the end. */
  #quoted(options: Options): Item {
    const items: Item[] = [];
    while (this.#at < this.#chars.length && !this.#looking("\\E")) {
      items.push(literal(this.#next().codePointAt(0)!, options));
    }
    this.#at = Math.min(this.#at + 2, this.#chars.length);
    // Repetition applies to the last character only.
    const last = items.pop();
    const before = items.map((item) => item.source).join("");
    return { source: last?.source ?? "", single: last !== undefined, before };
  }

  #backReference(first: string, options: Options): string | undefined {
    if (first < "1" || first > "9") return undefined;
    const digits = first + /^\d{0,3}/.exec(this.#chars.slice(this.#at, this.#at + 3).join(""))![0];
    const number = Number(digits);
    if (number > 9 && number > this.#groupCount) return undefined;
    this.#at += digits.length - 1;
    this.#backReferenceMax = Math.max(this.#backReferenceMax, number);
    const reference = `\\k<g${number}>`;
    // V8 14 lets the modifier leak to what follows, up to the next group.
    return options.i ? `(?i:${reference})(?:)` : reference;
  }

  /** `\w`, `\p{..}` and the like, also inside classes. */
  #classEscape(char: string): string | undefined {
    if ((char !== "p" && char !== "P") || this.#chars[this.#at] !== "{") return shorthands.get(char);
    const end = this.#chars.indexOf("}", this.#at);
    if (end < 0) throw new PatternError(`"}" is missing after \\${char}{`);
    const given = this.#chars.slice(this.#at + 1, end).join("");
    const name = given.replace(/^\^/, "");
    const property = propertyClass(name);
    if (property === undefined) throw new PatternError(`unknown character property "${name}"`);
    this.#at = end + 1;
    return (char === "P") !== (name !== given) ? `[^${property}]` : `[${property}]`;
  }

  /** The code point of an escape that stands for one character. */
  #charEscape(char: string): number {
    const control = controlEscapes.get(char);
    if (control !== undefined) return control;
    if (char === "c") return this.#next().codePointAt(0)! & 0x9f;
    this.#at--;
    const byte = this.#numericEscape();
    if (byte === undefined) return this.#next().codePointAt(0)!;
    return byte.isCodePoint || byte.value < 0x80 ? byte.value : this.#rawCharacter(byte.value);
  }

  /** `x41`, `x{3044}` or octal digits; the backslash is behind. Undefined for anything else. */
  #numericEscape(): { value: number; isCodePoint: boolean } | undefined {
    const text = this.#chars.slice(this.#at, this.#at + 12).join("");
    const match = /^(?:x\{([0-9A-Fa-f]{1,8})\}|x([0-9A-Fa-f]{0,2})|([0-7]{1,3}))/.exec(text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    if (match[1] !== undefined) {
      const value = parseInt(match[1], 16);
      if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        throw new PatternError(`\\${match[0]} is not a character`);
      }
      return { value, isCodePoint: true };
    }
    const value = match[2] !== undefined ? parseInt(match[2] || "0", 16) : parseInt(match[3]!, 8);
    return { value: value & 0xff, isCodePoint: false };
  }

  /** `\xe3\x81\x84` are the bytes of one character. */
  #rawCharacter(lead: number): number {
    const bytes = [lead];
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    while (bytes.length < length && this.#take("\\")) {
      const byte = this.#numericEscape();
      if (byte === undefined || byte.isCodePoint) break;
      bytes.push(byte.value);
    }
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes)).codePointAt(0)!;
    } catch {
      throw new PatternError("escaped bytes are not UTF-8");
    }
  }

  /** After an opening bracket. */
  #characterClass(options: Options): string {
    let source = this.#take("^") ? "[^" : "[";
    const start = this.#at;
    for (;;) {
      if (this.#looking("]") && (this.#at > start || !this.#chars.includes("]", this.#at + 1))) break;
      const low = this.#classMember(options);
      if (typeof low === "string") {
        source += low;
        continue;
      }
      let high: number | string = low;
      if (this.#looking("-") && this.#chars[this.#at + 1] !== "]") {
        this.#at++;
        high = this.#classMember(options);
      }
      if (typeof high === "number" && high < low) throw new PatternError("a range in brackets is the wrong way round");
      // A class cannot end a range: the hyphen is then a character of its own.
      source += typeof high === "string" ? `${escapedCharacter(low)}\\-${high}` : classRange(low, high, options.i);
    }
    if (this.#at === start) throw new PatternError("empty brackets");
    this.#at++;
    return source + "]";
  }

  /** A character of a class as its code point, or a nested class as source. */
  #classMember(options: Options): number | string {
    const char = this.#next('"]" is missing');
    if (char === "[" && this.#looking(":")) return this.#posixBracket(options) ?? 0x5b;
    if (char !== "\\") return char.codePointAt(0)!;
    const letter = this.#next("the pattern ends with a backslash");
    return letter === "b" ? 0x08 : this.#classEscape(letter) ?? this.#charEscape(letter);
  }

  /** `[:alpha:]` without its first bracket; undefined when it only looks like one. */
  #posixBracket(options: Options): string | undefined {
    const match = /^:(\^?)([^:\]\\]{0,20}):\]/.exec(this.#chars.slice(this.#at, this.#at + 26).join(""));
    if (match === null) return undefined;
    const posix = posixClasses.get(match[2]!);
    if (posix === undefined) throw new PatternError(`unknown class [:${match[2]}:]`);
    this.#at += match[0].length;
    return `[${match[1]}${(options.i ? posixClassesAnyCase.get(match[2]!) : undefined) ?? posix}]`;
  }

  /** What means nothing between an item and its repetition sign. */
  #skipComments(options: Options): void {
    for (;;) {
      const char = this.#chars[this.#at];
      if (char === undefined) return;
      if (options.x && /\s/.test(char)) this.#at++;
      else if (options.x && char === "#") this.#skipPast("\n");
      else if (char === "(" && this.#chars[this.#at + 1] === "?" && this.#chars[this.#at + 2] === "#") {
        this.#skipPast(")");
        if (this.#chars[this.#at - 1] !== ")") throw new PatternError('")" is missing after a comment');
      } else return;
    }
  }

  #skipPast(end: string): void {
    while (this.#at < this.#chars.length && this.#chars[this.#at++] !== end);
  }

  #close(): string {
    if (!this.#take(")")) throw new PatternError('")" is missing');
    return ")";
  }

  #looking(text: string): boolean {
    return this.#chars[this.#at] === text[0] && (text.length === 1 || this.#chars[this.#at + 1] === text[1]);
  }

  #take(char: string): boolean {
    if (this.#chars[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #next(problem = "the pattern ends too early"): string {
    const char = this.#chars[this.#at++];
    if (char === undefined) throw new PatternError(problem);
    return char;
  }
}

function withOptions(options: Options, on: string, off = ""): Options {
  const setting = (letter: keyof Options): boolean => (options[letter] || on.includes(letter)) && !off.includes(letter);
  return { i: setting("i"), m: setting("m"), s: setting("s"), x: setting("x") };
}

/** One character outside a class. */
function literal(code: number, options: Options): Item {
  const range = classRange(code, code, options.i);
  const isAlone = range === escapedCharacter(code);
  return { source: isAlone ? range : `[${range}]`, single: true };
}
