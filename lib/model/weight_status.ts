import { IN_DIFF, IN_MASTER } from "./mixed_cells.ts";
import type { StoredWeights } from "./weight_table_file.ts";

/** The `get_status` keys of linear models. */
export function weightStatus({ table, mixed, features, registry, version }: StoredWeights): [string, string][] {
  const { idEnd } = features;
  const entries: [string, string][] = [
    ["num_features", String(mixed?.rowsOn(IN_MASTER, idEnd) ?? table.rowCount)],
    ["num_classes", String(registry.size)],
    ["storage", mixed === undefined ? "local_storage" : "local_storage_mixture"],
  ];
  if (mixed === undefined) return entries;
  return [
    ...entries,
    ["num_features_diff", String(mixed.rowsOn(IN_DIFF, idEnd))],
    ["model_version", String(version)],
  ];
}
