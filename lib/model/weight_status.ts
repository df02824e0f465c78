import type { MixedWeights } from "./weight_mix.ts";
import { IN_DIFF, IN_MASTER } from "./weight_table.ts";

/** The `get_status` keys of linear models. */
export function weightStatus({ table, registry, version }: MixedWeights): [string, string][] {
  const entries: [string, string][] = [
    ["num_features", String(table.isMixed ? table.rowsOn(IN_MASTER) : table.rowCount)],
    ["num_classes", String(registry.size)],
    ["storage", table.isMixed ? "local_storage_mixture" : "local_storage"],
  ];
  if (!table.isMixed) return entries;
  return [...entries, ["num_features_diff", String(table.rowsOn(IN_DIFF))], ["model_version", String(version)]];
}
