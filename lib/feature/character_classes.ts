/** Contents of character classes (for the `v` flag) that mean what Oniguruma's Unicode classes mean. */
export const wordCharacters = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
/** `\d`. */
export const digitCharacters = "\\p{Nd}";
/** `\s`. */
export const spaceCharacters = "\\p{White_Space}";

/** POSIX brackets, which are also property names. */
export const posixClasses: ReadonlyMap<string, string> = new Map([
  ["alnum", "\\p{Alphabetic}\\p{M}\\p{Nd}"],
  ["alpha", "\\p{Alphabetic}\\p{M}"],
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
