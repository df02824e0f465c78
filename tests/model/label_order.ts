import type { ByteString } from "../../lib/base/byte_string.ts";
import { HashOrderedSet } from "../../lib/model/hash_order.ts";

/**
 * The order in which a linear classifier lists its labels: that of a fresh table of labels, filled
 * in the order of the registry's table of label ids.
 */
export function labelOrder(ids: HashOrderedSet<number>, labelOf: (id: number) => ByteString): number[] {
  const idByLabel = new Map<ByteString, number>();
  const labels = new HashOrderedSet<ByteString>();
  for (const id of ids.keys()) {
    const label = labelOf(id);
    idByLabel.set(label, id);
    labels.insert(label);
  }
  return labels.keys().map((label) => idByLabel.get(label)!);
}
