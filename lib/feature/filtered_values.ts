import { bytesOf, byteStringOf } from "../base/byte_string.ts";
import { type DatumBatch, NUMBER_STRIDE, STRING_STRIDE } from "../service/datum_batch.ts";
import type { NumberFilterRule, StringFilterRule } from "./converter_config.ts";
import { applies } from "./rule_match.ts";

/** A value made by a string filter. */
export interface FilteredString {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A value made by a number filter. */
export interface FilteredNumber {
  readonly key: Uint8Array;
  readonly value: number;
}

/** Filtered numbers: each rule sees the datum's own values, then what earlier rules made. */
export function filterNumbers(
  rules: readonly NumberFilterRule[],
  batch: DatumBatch,
  first: number,
  end: number,
): FilteredNumber[] {
  const made: FilteredNumber[] = [];
  for (const rule of rules) {
    const before = made.length;
    for (let i = first; i < end; i++) {
      const start = batch.numberKeys[i * NUMBER_STRIDE]!;
      const keyEnd = batch.numberKeys[i * NUMBER_STRIDE + 1]!;
      if (!applies(rule, batch.bytes, start, keyEnd)) continue;
      const key = bytesOf(byteStringOf(batch.bytes, start, keyEnd) + rule.suffix);
      made.push({ key, value: rule.filter(batch.numberValues[i]!) });
    }
    for (let i = 0; i < before; i++) {
      const { key, value } = made[i]!;
      if (!applies(rule, key, 0, key.length)) continue;
      made.push({ key: bytesOf(byteStringOf(key, 0, key.length) + rule.suffix), value: rule.filter(value) });
    }
  }
  return made;
}

/** Filtered strings: each rule sees the datum's own values, then what earlier rules made. */
export function filterStrings(
  rules: readonly StringFilterRule[],
  batch: DatumBatch,
  first: number,
  end: number,
): FilteredString[] {
  const made: FilteredString[] = [];
  for (const rule of rules) {
    const before = made.length;
    for (let i = first * STRING_STRIDE; i < end * STRING_STRIDE; i += STRING_STRIDE) {
      const keyStart = batch.strings[i]!;
      const keyEnd = keyStart + batch.strings[i + 1]!;
      if (!applies(rule, batch.bytes, keyStart, keyEnd)) continue;
      const start = batch.strings[i + 2]!;
      const value = rule.filter.filter(batch.bytes, start, start + batch.strings[i + 3]!);
      made.push({ key: bytesOf(byteStringOf(batch.bytes, keyStart, keyEnd) + rule.suffix), value: value });
    }
    for (let i = 0; i < before; i++) {
      const { key, value } = made[i]!;
      if (!applies(rule, key, 0, key.length)) continue;
      made.push({
        key: bytesOf(byteStringOf(key, 0, key.length) + rule.suffix),
        value: rule.filter.filter(value, 0, value.length),
      });
    }
  }
  return made;
}
