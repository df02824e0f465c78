import type { ByteString } from "../base/byte_string.ts";
import type { FeatureTable } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";
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
