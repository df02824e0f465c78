import { formatTable } from "../text_table.ts";
import { type Figure, isMet } from "./section.ts";

/** The figures of one section as an aligned table. */
export function sectionTable(title: string, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    `  ${figure.name}`,
    number(figure.value),
    figure.unit,
    figure.floorShare === undefined ? "" : percent(figure.floorShare),
    wantedText(figure),
    figure.note ?? "",
  ]);
  return `${title}\n${formatTable([["", "", "", "of floor", "", ""], ...rows])}\n`;
}

function wantedText(figure: Figure): string {
  const { wanted, unit } = figure;
  if (wanted === undefined) return "";
  const parts: string[] = [];
  if (wanted.atLeast !== undefined) parts.push(`>= ${number(wanted.atLeast)}${unit === "" ? "" : ` ${unit}`}`);
  if (wanted.atMost !== undefined) parts.push(`<= ${number(wanted.atMost)}${unit === "" ? "" : ` ${unit}`}`);
  if (wanted.floorShare !== undefined) parts.push(`>= ${percent(wanted.floorShare)} of floor`);
  return `${isMet(figure) ? "ok  " : "MISS"} ${parts.join(", ")}`;
}

/** Four significant digits, thousands grouped. */
function number(value: number): string {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.max(1e-3, Math.abs(value)))));
  return value.toLocaleString("en-US", { maximumFractionDigits: digits }).padStart(9);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(8);
}
