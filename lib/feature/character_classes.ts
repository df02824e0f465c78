/**
 * What Oniguruma's characters and classes are in a JavaScript pattern with the `v` flag.
 *
 * @module
 */

import { caseVariants } from "./case_variants.ts";

const wordCharacters = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
const digitCharacters = "\\p{Nd}";
const spaceCharacters = "\\p{White_Space}";

/** Classes of one letter behind a backslash. */
export const shorthands: ReadonlyMap<string, string> = new Map([
  ["w", `[${wordCharacters}]`],
  ["W", `[^${wordCharacters}]`],
  ["d", `[${digitCharacters}]`],
  ["D", `[^${digitCharacters}]`],
  ["s", `[${spaceCharacters}]`],
  ["S", `[^${spaceCharacters}]`],
]);

/** What Oniguruma takes for word characters by `\w` and `\b`, but not in brackets: superscript digits and fractions. */
const wordCharactersOutside = "\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}";

/** The same, where it differs outside brackets. */
export const shorthandsOutside: ReadonlyMap<string, string> = new Map([
  ["w", `[${wordCharacters}${wordCharactersOutside}]`],
  ["W", `[^${wordCharacters}${wordCharactersOutside}]`],
  ["N", "[^\\n]"],
  ["O", "[^]"],
]);

/** Contents of the POSIX brackets, which are also property names. */
export const posixClasses: ReadonlyMap<string, string> = new Map([
  ["alnum", "\\p{Alphabetic}\\p{Nd}"],
  ["alpha", "\\p{Alphabetic}"],
  ["ascii", "\\u{0}-\\u{7f}"],
  ["blank", "\\p{Zs}\\t"],
  ["cntrl", "\\p{Cc}"],
  ["digit", digitCharacters],
  ["graph", "[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]"],
  ["lower", "\\p{Lowercase}"],
  ["print", "[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]\\p{Zs}"],
  ["punct", "\\p{P}"],
  ["space", spaceCharacters],
  ["upper", "\\p{Uppercase}"],
  ["xdigit", "0-9A-Fa-f"],
  ["word", wordCharacters],
]);

/** Those that have more characters when case does not matter. */
export const posixClassesAnyCase: ReadonlyMap<string, string> = new Map([
  ["lower", "\\p{Lowercase}\\p{Changes_When_Lowercased}"],
  ["upper", "\\p{Uppercase}\\p{Changes_When_Uppercased}"],
]);

/** The class of `\p{name}`: a POSIX name, general category, script or binary property; undefined when unknown. */
export function propertyClass(name: string): string | undefined {
  const words = name.split(/[ _-]+/);
  const plain = words.join("").toLowerCase();
  if (plain === "any") return "[^]";
  const posix = posixClasses.get(plain);
  if (posix !== undefined) return `[${posix}]`;
  const title = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()).join("_");
  for (const spelling of new Set([name, title])) {
    if (!/^\w+$/.test(spelling)) continue;
    for (const property of [`General_Category=${spelling}`, `Script=${spelling}`, spelling]) {
      if (isProperty(property)) return `\\p{${property}}`;
    }
  }
  return undefined;
}

function isProperty(property: string): boolean {
  try {
    new RegExp(`\\p{${property}}`, "u");
    return true;
  } catch {
    return false;
  }
}

/** Characters `low` to `high` inside a class, with those of the other case if `ignoresCase`. */
export function classRange(low: number, high: number, ignoresCase: boolean): string {
  const range = low === high ? escapedCharacter(low) : `${escapedCharacter(low)}-${escapedCharacter(high)}`;
  return ignoresCase ? range + caseVariants(low, high).map(escapedCharacter).join("") : range;
}

/** One character, escaped unless it is a letter or digit of ASCII; valid inside and outside classes. */
export function escapedCharacter(code: number): string {
  const char = String.fromCodePoint(code);
  return /^[0-9A-Za-z]$/.test(char) ? char : `\\u{${code.toString(16)}}`;
}
