/** Rows as aligned lines; cells from column `rightFrom` on are aligned to the right. */
export function formatTable(
  rows: readonly (readonly string[])[],
  options: { readonly rightFrom?: number } = {},
): string {
  const { rightFrom = Infinity } = options;
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column]!))));
  return rows.map((row) =>
    row.map((cell, column) => {
      const padding = " ".repeat(widths[column]! - displayWidth(cell));
      return column >= rightFrom ? padding + cell : cell + padding;
    }).join("  ").trimEnd()
  ).join("\n");
}

/** Columns that a text takes in a terminal: East Asian wide characters take two, combining ones none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
