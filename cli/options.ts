/**
 * Command lines: option tables, the parser and the usage text, with the rules of Jubatus 1.1.1.
 *
 * - `--name value`, `--name=value`, `-n value`; flags may be bundled and the last letter of a bundle may take a value.
 *   There is no `-p9199`.
 * - A value is always the next word, even if it starts with `-`. Other words are ignored. The last occurrence wins.
 * - All words are read, then the first error counts; `--help` wins over errors, `--version` does not.
 *
 * @module
 */
import { assert } from "../lib/base/assert.ts";

/** What kind of value a string option takes; for shell completions. */
export type ValueHint = "file" | "directory" | "interface" | "address" | "hosts" | "name" | "service" | "program";

/** What all options have. */
export interface CommonOption {
  /** Name after `--`. */
  readonly long: string;
  /** Letter after `-`; missing for options without one. */
  readonly short?: string;
  /** One line of help, without the type. */
  readonly help: string;
  /** Not an option of Jubatus 1.1.1: shown in a block of its own. */
  readonly extension?: true;
}

/** An option without a value. */
export interface FlagOption extends CommonOption {
  /** Discriminates {@link Option}. */
  readonly type: "flag";
}

/** A whole number; mandatory without a default. */
export interface NumberOption extends CommonOption {
  /** Discriminates {@link Option}. */
  readonly type: "int" | "unsigned";
  /** Used when the option is not given. */
  readonly defaultValue?: number;
  /** Smallest valid value. */
  readonly min?: number;
  /** Largest valid value. */
  readonly max?: number;
}

/** Text; mandatory without a default. */
export interface StringOption extends CommonOption {
  /** Discriminates {@link Option}. */
  readonly type: "string";
  /** Used when the option is not given. */
  readonly defaultValue?: string;
  /** The valid values; the parser refuses others. */
  readonly choices?: readonly string[];
  /** Values worth suggesting; not checked by the parser. */
  readonly suggestions?: readonly string[];
  /** What to complete. */
  readonly hint?: ValueHint;
}

/** One option. */
export type Option = FlagOption | NumberOption | StringOption;

/** The options of a program, in the order of its help. `--help` is added by the parser. */
export interface OptionTable {
  /** One line for the man page. */
  readonly description: string;
  /** All options but `--help`. */
  readonly options: readonly Option[];
}

type Value = number | string | boolean;

/** The values of all options of a table, defaults included. Asking for an unknown name is a bug of the caller. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, Value>;

  /** Made by {@link parse}. */
  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  /** Value of an `int` or `unsigned` option. */
  number(long: string): number {
    const value = this.#values.get(long);
    assert(typeof value === "number", `no number option --${long}`);
    return value;
  }

  /** Value of a `string` option. */
  string(long: string): string {
    const value = this.#values.get(long);
    assert(typeof value === "string", `no string option --${long}`);
    return value;
  }

  /** Whether a flag was given. */
  flag(long: string): boolean {
    const value = this.#values.get(long);
    assert(typeof value === "boolean", `no flag --${long}`);
    return value;
  }
}

/** What a command line asks for. `text` is what to print on standard error. */
export type ParseResult =
  | { readonly kind: "ok"; readonly values: OptionValues }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | { readonly kind: "error"; readonly message: string; readonly text: string };

/** What every program has beside the options of its table. */
export const helpOption: FlagOption = { long: "help", short: "?", type: "flag", help: "print this message" };

/** Reads a command line (without the program's name). Never throws on input. */
export function parse(table: OptionTable, argv: readonly string[], programName: string): ParseResult {
  const reading = new Reading(table);
  reading.readAll(argv);
  const message = reading.firstError ?? reading.missingOption();
  // Started with nothing at all, a program that needs something explains itself.
  const puzzled = argv.length === 0 && message !== undefined;
  if (puzzled || reading.isGiven("help")) {
    return { kind: "help", text: usage(table, programName) + extensionUsage(table) };
  }
  if (message !== undefined) return { kind: "error", message, text: `${message}\n${usage(table, programName)}` };
  if (reading.isGiven("version")) return { kind: "version" };
  return { kind: "ok", values: new OptionValues(reading.values) };
}

/** One pass over a command line. */
class Reading {
  readonly values = new Map<string, Value>();
  firstError: string | undefined;
  readonly #byLong = new Map<string, Option>();
  readonly #byShort = new Map<string, Option>();

  constructor(table: OptionTable) {
    for (const option of [...table.options, helpOption]) {
      this.#byLong.set(option.long, option);
      if (option.short !== undefined) this.#byShort.set(option.short, option);
      const value = option.type === "flag" ? false : option.defaultValue;
      if (value !== undefined) this.values.set(option.long, value);
    }
  }

  readAll(argv: readonly string[]): void {
    for (let i = 0; i < argv.length; i++) {
      const word = argv[i]!;
      if (word.startsWith("--")) i += this.#readLong(word.slice(2), argv[i + 1]);
      else if (word.startsWith("-") && word.length > 1) i += this.#readShort(word.slice(1), argv[i + 1]);
    }
  }

  isGiven(flag: string): boolean {
    return this.values.get(flag) === true;
  }

  /** The original reports the first in alphabetical order. */
  missingOption(): string | undefined {
    const missing = [...this.#byLong.keys()].filter((long) => !this.values.has(long)).sort()[0];
    return missing === undefined ? undefined : `need option: --${missing}`;
  }

  /** Returns how many further words were used. */
  #readLong(word: string, next: string | undefined): number {
    const equals = word.indexOf("=");
    const option = this.#byLong.get(equals < 0 ? word : word.slice(0, equals));
    if (option === undefined) {
      this.#fail(`undefined option: --${equals < 0 ? word : word.slice(0, equals)}`);
      return 0;
    }
    if (equals < 0) return this.#take(option, next);
    this.#set(option, word.slice(equals + 1));
    return 0;
  }

  /** Returns how many further words were used. */
  #readShort(letters: string, next: string | undefined): number {
    const all = [...letters];
    for (const [i, letter] of all.entries()) {
      const option = this.#byShort.get(letter);
      const last = i === all.length - 1;
      if (option === undefined) this.#fail(`undefined short option: -${letter}`);
      else if (last) return this.#take(option, next);
      else this.#take(option, undefined);
    }
    return 0;
  }

  #take(option: Option, next: string | undefined): number {
    if (option.type === "flag") {
      this.values.set(option.long, true);
      return 0;
    }
    if (next === undefined) {
      this.#fail(`option needs value: --${option.long}`);
      return 0;
    }
    this.#set(option, next);
    return 1;
  }

  #set(option: Option, text: string): void {
    const value = valueOf(option, text);
    if (value === undefined) {
      this.#fail(`option value is invalid: --${option.long}=${text}`);
      return;
    }
    this.values.set(option.long, value);
  }

  #fail(message: string): void {
    this.firstError ??= message;
  }
}

function valueOf(option: Option, text: string): Value | undefined {
  switch (option.type) {
    case "flag":
      return undefined;
    case "string":
      return option.choices === undefined || option.choices.includes(text) ? text : undefined;
    default: {
      if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
      const unsigned = option.type === "unsigned";
      const lowest = option.min ?? (unsigned ? 0 : -(2 ** 31));
      const highest = option.max ?? (unsigned ? 2 ** 32 - 1 : 2 ** 31 - 1);
      const value = Number(text);
      return value >= lowest && value <= highest ? value : undefined;
    }
  }
}

/** The help of Jubatus 1.1.1, byte for byte (the first line really ends with a space). */
export function usage(table: OptionTable, programName: string): string {
  const originals = table.options.filter((option) => option.extension !== true);
  const mandatory = originals.filter((option) => option.type !== "flag" && option.defaultValue === undefined);
  const words = mandatory.map((option) => `--${option.long}=${typeName(option)} `).join("");
  return `usage: ${programName} ${words}[options] ... \noptions:\n${optionLines([...originals, helpOption])}`;
}

/** The options Jubatus 1.1.1 does not have, as a block of its own; empty when there are none. */
export function extensionUsage(table: OptionTable): string {
  const extensions = table.options.filter((option) => option.extension === true);
  return extensions.length === 0 ? "" : `\noptions beyond 1.1.1:\n${optionLines(extensions)}`;
}

function optionLines(options: readonly Option[]): string {
  const width = Math.max(...options.map((option) => option.long.length)) + 4;
  return options.map((option) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    return `  ${short}--${option.long.padEnd(width)}${option.help}${valueNote(option)}\n`;
  }).join("");
}

function valueNote(option: Option): string {
  if (option.type === "flag") return "";
  if (option.defaultValue === undefined) return ` (${typeName(option)})`;
  return ` (${typeName(option)} [=${option.defaultValue}])`;
}

function typeName(option: Option): string {
  return option.type === "unsigned" ? "unsigned int" : option.type;
}
