import type { ByteString } from "../base/byte_string.ts";
import type { FeatureTable } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";
import { HashOrderedSet } from "../model/hash_order.ts";
import type { CombinationRule } from "./converter_config.ts";

/** Appends the combinations of the vector's features, by `push`. */
export function combineFeatures(
  rules: readonly CombinationRule[],
  vector: FeatureVector,
  features: FeatureTable,
  push: (name: ByteString, value: number) => void,
): void {
  const count = vector.count;
  if (count < 2) return;
  const names: ByteString[] = [];
  for (let i = 0; i < count; i++) names.push(features.nameOf(vector.ids[i]!));
  for (const rule of rules) {
    const left = names.map((name) => rule.left.matchesName(name) && !(rule.exceptLeft?.matchesName(name) ?? false));
    const right = names.map((name) => rule.right.matchesName(name) && !(rule.exceptRight?.matchesName(name) ?? false));
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        if (!((left[i] && right[j]) || (left[j] && right[i]))) continue;
        const a = vector.values[i]!;
        const b = vector.values[j]!;
        push(`${names[i]}&${names[j]}/${rule.typeName}`, rule.kind === "add" ? a + b : a * b);
      }
    }
  }
}

/**
 * Puts the words of one value, the features from `start` on, in the order of 1.1.1's hash table: the names of
 * combinations depend on it. All names end in `suffix`; without it in what follows their last `@`, which is the same
 * unless the type's name has one.
 */
export function orderWords(vector: FeatureVector, start: number, features: FeatureTable, suffix?: ByteString): void {
  const count = vector.count - start;
  if (count < 2) return;
  const order = new HashOrderedSet<ByteString>();
  const places = new Map<ByteString, number>();
  for (let i = start; i < vector.count; i++) {
    const name = features.nameOf(vector.ids[i]!);
    const word = name.slice(name.indexOf("$") + 1, suffix === undefined ? name.lastIndexOf("@") : -suffix.length);
    places.set(word, i);
    order.insert(word);
  }
  const ids = vector.ids.slice(start, vector.count);
  const values = vector.values.slice(start, vector.count);
  let at = start;
  for (const word of order.keys()) {
    const from = places.get(word)! - start;
    vector.ids[at] = ids[from]!;
    vector.values[at++] = values[from]!;
  }
}
