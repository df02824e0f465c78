/**
 * JSON as configurations need it: integers and floats stay apart (1 is not 1.0), 64-bit integers
 * keep all digits, and errors name line and column.
 *
 * @module
 */

import { bytesOf, type ByteString } from "./byte_string.ts";

/** A JSON value. Strings are ordinary text; integers beyond 2^53 are bigints. */
export type JsonValue =
  | { readonly kind: "null" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "integer"; readonly value: number | bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly JsonValue[] }
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, JsonValue> };

/** A place in a text, both counted from 1; columns count characters. */
export interface TextPosition {
  /** Line. */
  readonly line: number;
  /** Character in the line. */
  readonly column: number;
}

/** The first value of a text, and where other text follows it. */
export interface JsonDocument {
  /** The value. */
  readonly value: JsonValue;
  /** First character after the value that is not white space: Jubatus ignores it, so callers may want to warn. */
  readonly trailingText: TextPosition | undefined;
}

/** A text that is not JSON. */
export class JsonSyntaxError extends Error {
  /** The error's class, for logs. */
  override name = "JsonSyntaxError";

  /** `reason` says what is wrong at the position; `atEnd` when the text merely stops too early. */
  constructor(readonly line: number, readonly column: number, readonly reason: string, readonly atEnd = false) {
    super(atEnd ? reason : `${line}:${column} ${reason}`);
  }
}

/** Reads the first JSON value of a UTF-8 text; later text is reported, not read. Throws {@link JsonSyntaxError}. */
export function parseJson(source: ByteString | Uint8Array): JsonDocument {
  return new JsonParser(typeof source === "string" ? bytesOf(source) : source).document();
}

/** Whether two values mean the same: member order does not matter, array order does, 1 differs from 1.0. */
export function jsonEquals(a: JsonValue, b: JsonValue): boolean {
  if (a.kind === "array") {
    return b.kind === "array" && a.items.length === b.items.length &&
      a.items.every((item, i) => jsonEquals(item, b.items[i]!));
  }
  if (a.kind === "object") {
    if (b.kind !== "object" || a.members.size !== b.members.size) return false;
    for (const [key, value] of a.members) {
      const other = b.members.get(key);
      if (other === undefined || !jsonEquals(value, other)) return false;
    }
    return true;
  }
  if (a.kind === "null") return b.kind === "null";
  return a.kind === b.kind && a.value === (b as typeof a).value;
}

/** Deeper nesting is refused, for a text must not be able to exhaust the stack. */
const depthMax = 500;
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const quote = 0x22, comma = 0x2c, minus = 0x2d, point = 0x2e, colon = 0x3a;
const openBracket = 0x5b, backslash = 0x5c, closeBracket = 0x5d, openBrace = 0x7b, closeBrace = 0x7d;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const shortEscapes: ReadonlyMap<number, string> = new Map(
  [['"', '"'], ["\\", "\\"], ["/", "/"], ["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"]].map(
    ([letter, meaning]) => [letter!.charCodeAt(0), meaning!],
  ),
);

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Recursive descent over the bytes of one text. */
class JsonParser {
  readonly #bytes: Uint8Array;
  /** Next byte to read. */
  #at = 0;
  /** Arrays and objects around the current value. */
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  document(): JsonDocument {
    const value = this.#value();
    while (this.#at < this.#bytes.length && isBlank(this.#bytes[this.#at]!)) this.#at++;
    return { value, trailingText: this.#at < this.#bytes.length ? this.#position(this.#at) : undefined };
  }

  #value(): JsonValue {
    const first = this.#skipBlanks();
    switch (first) {
      case quote:
        return { kind: "string", value: this.#string() };
      case openBrace:
        return this.#nested(() => this.#object());
      case openBracket:
        return this.#nested(() => this.#array());
      case 0x74:
        this.#word("true");
        return { kind: "bool", value: true };
      case 0x66:
        this.#word("false");
        return { kind: "bool", value: false };
      case 0x6e:
        this.#word("null");
        return { kind: "null" };
    }
    return first === minus || isDigit(first) ? this.#number() : this.#fail(`invalid char: ${this.#charHere()}`);
  }

  #nested(read: () => JsonValue): JsonValue {
    if (++this.#depth > depthMax) this.#fail(`nested too deeply (more than ${depthMax} levels)`);
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): JsonValue {
    const members = new Map<string, JsonValue>();
    this.#at++;
    if (this.#skipBlanks() !== closeBrace) {
      for (;;) {
        this.#require(quote);
        const key = this.#string();
        this.#require(colon);
        this.#at++;
        members.set(key, this.#value());
        if (this.#skipBlanks() !== comma) break;
        this.#at++;
      }
      this.#require(closeBrace);
    }
    this.#at++;
    return { kind: "object", members };
  }

  #array(): JsonValue {
    const items: JsonValue[] = [];
    this.#at++;
    if (this.#skipBlanks() !== closeBracket) {
      for (;;) {
        items.push(this.#value());
        if (this.#skipBlanks() !== comma) break;
        this.#at++;
      }
      this.#require(closeBracket);
    }
    this.#at++;
    return { kind: "array", items };
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#peek() !== word.charCodeAt(i)) this.#fail(`'${word[i]}' is required but got '${this.#textHere()}'`);
    }
  }

  #number(): JsonValue {
    const start = this.#at;
    if (this.#bytes[this.#at] === minus) this.#at++;
    this.#digits();
    let isFloat = false;
    if (this.#bytes[this.#at] === point) {
      isFloat = true;
      this.#at++;
      this.#digits();
    }
    if (((this.#bytes[this.#at] ?? 0) | 0x20) === 0x65) {
      isFloat = true;
      this.#at++;
      const sign = this.#peek();
      if (sign === 0x2b || sign === minus) this.#at++;
      this.#digits();
    }
    const text = lenientUtf8.decode(this.#bytes.subarray(start, this.#at));
    if (isFloat) {
      const value = Number(text);
      if (!Number.isFinite(value)) this.#fail("strtod overflow range over. Too huge value for double.", start);
      return { kind: "float", value };
    }
    if (text.length <= 15) return { kind: "integer", value: Number(text) + 0 };
    const digits = BigInt(text.replace("-", ""));
    const value = text.startsWith("-") ? -digits : digits;
    if (value < int64Min || value > int64Max) {
      this.#fail("strtoll overflow range over. Too huge value for int64_t.", start);
    }
    return { kind: "integer", value: Number.isSafeInteger(Number(value)) ? Number(value) : value };
  }

  #digits(): void {
    if (!isDigit(this.#peek())) this.#fail(`invalid char: ${this.#charHere()}`);
    while (isDigit(this.#bytes[this.#at])) this.#at++;
  }

  #string(): string {
    let text = "";
    let start = ++this.#at;
    for (;;) {
      const byte = this.#peek();
      if (byte === quote || byte === backslash) {
        text += this.#decode(start);
        if (byte === quote) {
          this.#at++;
          return text;
        }
        text += this.#escape();
        start = this.#at;
      } else if (byte < 0x20) {
        this.#fail(`unexpected unescaped char: ${this.#charHere()}`);
      } else {
        this.#at++;
      }
    }
  }

  #decode(start: number): string {
    try {
      return strictUtf8.decode(this.#bytes.subarray(start, this.#at));
    } catch {
      this.#fail("invalid UTF-8 in a string", start);
    }
  }

  /** The character of an escape sequence. Halves of a surrogate pair join by themselves, as JavaScript is UTF-16. */
  #escape(): string {
    this.#at++;
    const letter = this.#peek();
    if (letter !== 0x75) {
      const meaning = shortEscapes.get(letter);
      if (meaning === undefined) this.#fail(`invalid char: ${this.#charHere()}`);
      this.#at++;
      return meaning;
    }
    this.#at++;
    let unit = 0;
    for (let i = 0; i < 4; i++, this.#at++) {
      const digit = parseInt(String.fromCharCode(this.#peek()), 16);
      if (Number.isNaN(digit)) this.#fail(`hex required but got '${this.#textHere()}'`);
      unit = unit * 16 + digit;
    }
    return String.fromCharCode(unit);
  }

  #skipBlanks(): number {
    while (isBlank(this.#peek())) this.#at++;
    return this.#peek();
  }

  #require(byte: number): void {
    if (this.#skipBlanks() !== byte) {
      this.#fail(`'${String.fromCharCode(byte)}' is required but got '${this.#textHere()}'`);
    }
  }

  #peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte !== undefined) return byte;
    const { line, column } = this.#position(this.#at);
    throw new JsonSyntaxError(line, column, "json_parser reached end of data", true);
  }

  #fail(reason: string, at = this.#at): never {
    const { line, column } = this.#position(at);
    throw new JsonSyntaxError(line, column, reason);
  }

  #textHere(): string {
    const text = lenientUtf8.decode(this.#bytes.subarray(this.#at, this.#at + 4));
    return String.fromCodePoint(text.codePointAt(0)!);
  }

  #charHere(): string {
    const text = this.#textHere();
    return `'${text}' (U+${text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")})`;
  }

  #position(at: number): TextPosition {
    let line = 1;
    let column = 1;
    for (let i = 0; i < at; i++) {
      const byte = this.#bytes[i]!;
      if (byte === 0x0a) {
        line++;
        column = 1;
      } else if ((byte & 0xc0) !== 0x80) {
        column++;
      }
    }
    return { line, column };
  }
}
