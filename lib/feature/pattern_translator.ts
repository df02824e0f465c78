import {
  digitCharacters,
  posixClasses,
  propertyClass,
  spaceCharacters,
  wordCharacters,
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
}

const depthMax = 500;
/** Oniguruma's limit for `{n,m}`. */
const repeatMax = 100_000;
const anything = "[^]";
const shorthands: ReadonlyMap<string, string> = new Map([
  ["w", `[${wordCharacters}]`],
  ["W", `[^${wordCharacters}]`],
  ["d", `[${digitCharacters}]`],
  ["D", `[^${digitCharacters}]`],
  ["s", `[${spaceCharacters}]`],
  ["S", `[^${spaceCharacters}]`],
]);
const word = shorthands.get("w")!;
const anchors: ReadonlyMap<string, string> = new Map([
  ["A", "^"],
  ["z", "$"],
  ["Z", "(?=\\n?$)"],
  ["b", `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`],
  ["B", `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`],
]);
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
  #alternatives(options: Options): string {
    if (++this.#depth > depthMax) throw new PatternError("nested too deeply");
    let source = "";
    while (this.#at < this.#chars.length && this.#chars[this.#at] !== ")") {
      if (this.#take("|")) {
        source += "|";
        continue;
      }
      const item = this.#item(options);
      if (item !== undefined) source += this.#repetitions(item, options);
    }
    this.#depth--;
    return source;
  }

  /** One item, or undefined for what means nothing (comments, blanks under `x`). */
  #item(options: Options): Item | undefined {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group(options);
      case "[":
        return { source: this.#characterClass(), single: true };
      case "\\":
        return this.#escape();
      case ".":
        return { source: options.s ? anything : "[^\\n]", single: true };
      case "^":
        return { source: options.m ? `(?:^|(?<=\\n)(?=${anything}))` : "^", single: false };
      case "$":
        return { source: options.m ? "(?=\\n|$)" : "(?=\\n?$)", single: false };
      case "*":
      case "+":
      case "?":
        throw new PatternError(`nothing to repeat before "${char}"`);
    }
    if (options.x && /\s/.test(char)) return undefined;
    if (options.x && char === "#") {
      while (this.#at < this.#chars.length && this.#chars[this.#at++] !== "\n");
      return undefined;
    }
    return literal(char.codePointAt(0)!);
  }

  #repetitions(item: Item, options: Options): string {
    let { source, single } = item;
    /** The greedy `*`, `+` or `?` applied last, and to what. */
    let last: { operator: string; operand: string } | undefined;
    for (;;) {
      if (options.x) this.#skipExtended();
      const operator = this.#repetitionSign();
      if (operator === undefined) return source;
      const isSimple = operator.length === 1;
      if (isSimple && last !== undefined && !this.#looking("?") && !this.#looking("+")) {
        // (a+)* is a*: nested loops over the same text would take exponential time.
        last = { operator: last.operator === operator ? operator : "*", operand: last.operand };
        source = last.operand + last.operator;
        continue;
      }
      const operand = single ? source : `(?:${source})`;
      const isLazy = this.#take("?");
      const isPossessive = isSimple && !isLazy && this.#take("+");
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
  #group(options: Options): Item | undefined {
    if (!this.#take("?")) {
      const name = `g${++this.#groupCount}`;
      return { source: `(?<${name}>${this.#alternatives(options)}${this.#close()}`, single: true };
    }
    if (this.#take("#")) {
      while (this.#next() !== ")");
      return undefined;
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

  /** `(?i-m:...)`, or `(?i-m)` which lasts to the end of the enclosing group, alternatives included. */
  #optionGroup(outer: Options): Item {
    const changed = { ...outer };
    let isOn = true;
    for (;;) {
      const char = this.#next();
      if (char === "i" || char === "m" || char === "s" || char === "x") changed[char] = isOn;
      else if (char === "-" && isOn) isOn = false;
      else if (char === ":" || char === ")") {
        const body = this.#alternatives(changed);
        if (char === ":") this.#close();
        const opening = changed.i === outer.i ? "(?:" : changed.i ? "(?i:" : "(?-i:";
        return { source: `${opening}${body})`, single: true };
      } else throw new PatternError(`unknown group option "(?${char}"`);
    }
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
  #escape(): Item {
    const char = this.#next("the pattern ends with a backslash");
    const anchor = anchors.get(char);
    if (anchor !== undefined) return { source: anchor, single: false };
    if (char === "G") throw new PatternError("\\G is supported at the start of the pattern only");
    if (char === "Q") {
      let source = "";
      while (this.#at < this.#chars.length && !this.#looking("\\E")) {
        source += literal(this.#next().codePointAt(0)!).source;
      }
      this.#at = Math.min(this.#at + 2, this.#chars.length);
      return { source: `(?:${source})`, single: true };
    }
    const reference = this.#backReference(char);
    if (reference !== undefined) return { source: reference, single: false };
    const shorthand = this.#classEscape(char);
    return shorthand !== undefined ? { source: shorthand, single: true } : literal(this.#charEscape(char));
  }

  #backReference(first: string): string | undefined {
    if (first < "1" || first > "9") return undefined;
    const digits = first + /^\d{0,3}/.exec(this.#chars.slice(this.#at, this.#at + 3).join(""))![0];
    const number = Number(digits);
    if (number > 9 && number > this.#groupCount) return undefined;
    this.#at += digits.length - 1;
    this.#backReferenceMax = Math.max(this.#backReferenceMax, number);
    return `\\k<g${number}>`;
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
  #characterClass(): string {
    let source = this.#take("^") ? "[^" : "[";
    const start = this.#at;
    for (;;) {
      if (this.#looking("]") && (this.#at > start || !this.#chars.includes("]", this.#at + 1))) break;
      const low = this.#classMember();
      if (typeof low === "string") {
        source += low;
        continue;
      }
      source += literal(low).source;
      if (!this.#looking("-") || this.#chars[this.#at + 1] === "]") continue;
      this.#at++;
      const high = this.#classMember();
      if (typeof high === "string") {
        source += "\\-" + high;
      } else {
        if (high < low) throw new PatternError("a range in brackets is the wrong way round");
        source += "-" + literal(high).source;
      }
    }
    if (this.#at === start) throw new PatternError("empty brackets");
    this.#at++;
    return source + "]";
  }

  /** A character of a class as its code point, or a nested class as source. */
  #classMember(): number | string {
    const char = this.#next('"]" is missing');
    if (char === "[" && this.#looking(":")) return this.#posixBracket() ?? 0x5b;
    if (char !== "\\") return char.codePointAt(0)!;
    const escaped = this.#next("the pattern ends with a backslash");
    return escaped === "b" ? 0x08 : this.#classEscape(escaped) ?? this.#charEscape(escaped);
  }

  /** `[:alpha:]` without its first bracket; undefined when it only looks like one. */
  #posixBracket(): string | undefined {
    const match = /^:(\^?)([^:\]\\]{0,20}):\]/.exec(this.#chars.slice(this.#at, this.#at + 26).join(""));
    if (match === null) return undefined;
    const posix = posixClasses.get(match[2]!);
    if (posix === undefined) throw new PatternError(`unknown class [:${match[2]}:]`);
    this.#at += match[0].length;
    return `[${match[1]}${posix}]`;
  }

  #skipExtended(): void {
    while (this.#at < this.#chars.length && /\s/.test(this.#chars[this.#at]!)) this.#at++;
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

/** One character, escaped unless it is a letter or digit of ASCII; valid inside and outside classes. */
function literal(code: number): Item {
  const char = String.fromCodePoint(code);
  return { source: /^[0-9A-Za-z]$/.test(char) ? char : `\\u{${code.toString(16)}}`, single: true };
}
