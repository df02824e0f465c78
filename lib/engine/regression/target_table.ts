import type { ByteString } from "../../base/byte_string.ts";
import { ColumnTable } from "../../model/column_table.ts";
import { DoubleColumn } from "../../model/double_column.ts";

/** The targets of stored examples by their ids. */
export class TargetTable {
  /** The rows, for model files and MIX. */
  readonly table: ColumnTable;
  readonly #targets = new DoubleColumn();

  /** @param owner written into the versions of rows; "" unless the server takes part in MIX */
  constructor(owner?: ByteString) {
    this.table = new ColumnTable([this.#targets], owner);
  }

  /** Keeps a target. */
  set(id: ByteString, target: number): void {
    const row = this.table.write(id);
    this.#targets.values[row] = target;
  }

  /** The target of an example; undefined when there is none, which only happens while MIX is under way. */
  find(id: ByteString): number | undefined {
    const row = this.table.find(id);
    return row < 0 ? undefined : this.#targets.values[row];
  }
}
