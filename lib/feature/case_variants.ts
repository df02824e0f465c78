/** Code points that differ in case only, by each of them; made when the first pattern needs it. */
let variants: ReadonlyMap<number, readonly number[]> | undefined;

/** The last code point with a case. */
const casedMax = 0x1e943;

/** The other code points that equal one of `low` to `high` when case does not matter. */
export function caseVariants(low: number, high = low): number[] {
  variants ??= findVariants();
  const found = new Set<number>();
  for (let code = low; code <= Math.min(high, casedMax); code++) {
    for (const variant of variants.get(code) ?? []) {
      if (variant < low || variant > high) found.add(variant);
    }
  }
  return [...found];
}

function findVariants(): Map<number, number[]> {
  const byFold = new Map<number, number[]>();
  for (let code = 0; code <= casedMax; code++) {
    // The dotless i has an upper case, but that is not the same letter without regard to case.
    const fold = code === 0x131 ? code : single(single(code, "toUpperCase"), "toLowerCase");
    const equals = byFold.get(fold);
    if (equals === undefined) byFold.set(fold, [code]);
    else equals.push(code);
  }
  const byCode = new Map<number, number[]>();
  for (const equals of byFold.values()) {
    if (equals.length > 1) equals.forEach((code) => byCode.set(code, equals));
  }
  return byCode;
}

/** The code point in the other case, or itself when that is several characters. */
function single(code: number, convert: "toUpperCase" | "toLowerCase"): number {
  const text = String.fromCodePoint(code)[convert]();
  const converted = text.codePointAt(0)!;
  return text.length === String.fromCodePoint(converted).length ? converted : code;
}
