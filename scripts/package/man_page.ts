/**
 * Manual pages, made from the option tables that `--help` is printed from.
 *
 * @module
 */
import { helpOption, type Option, type OptionTable } from "../../cli/options.ts";
import { IMPLEMENTATION_NAME, IMPLEMENTATION_VERSION } from "../../lib/base/version.ts";

/** A program to describe. */
export interface ManPageSubject {
  readonly name: string;
  readonly table: OptionTable;
  /** Pages to point to, such as `jubactl`. */
  readonly seeAlso: readonly string[];
}

/** The page in troff, section 1. */
export function manPage({ name, table, seeAlso }: ManPageSubject): string {
  const originals = table.options.filter((option) => option.extension !== true);
  const extensions = table.options.filter((option) => option.extension === true);
  const has = (long: string): boolean => table.options.some((option) => option.long === long);
  const mandatory = originals.filter((option) => option.type !== "flag" && option.defaultValue === undefined);
  const lines = [
    `.TH ${name.toUpperCase()} 1 "" "${IMPLEMENTATION_NAME} ${IMPLEMENTATION_VERSION}" "Jubatus"`,
    ".ad l",
    ".nh",
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(table.description)}`,
    ".SH SYNOPSIS",
    `.B ${escaped(name)}`,
    ...mandatory.flatMap((option) => [`\\fB${escaped(`--${option.long}`)}\\fR=\\fI${valueName(option)}\\fR`]),
    "[\\fIoptions\\fR]",
    ".SH OPTIONS",
    ...[...originals, helpOption].flatMap(described),
    ...extensions.length === 0 ? [] : [".SH OPTIONS BEYOND JUBATUS 1.1.1", ...extensions.flatMap(described)],
    ...section(
      "ENVIRONMENT",
      !has("cmd") ? [] : [".TP", ".B ZK", "used in place of --zookeeper where that is not given"],
    ),
    ...section(
      "SIGNALS",
      !has("log_config") || has("cmd") ? [] : [
        ".TP",
        "SIGTERM, SIGINT",
        "stop: requests under way are answered. A second one ends the program at once.",
        ".TP",
        "SIGHUP",
        "read the file of --log_config again",
      ],
    ),
    ".SH EXIT STATUS",
    escaped("0 when all went well or the program was told to stop, otherwise 1 or 255."),
    ".SH SEE ALSO",
    seeAlso.filter((other) => other !== name).map((other) => `.BR ${escaped(other)} (1)`).join(" ,\n"),
  ];
  return lines.join("\n") + "\n";
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0
    ? []
    : [`.SH ${title}`, ...lines.map((line) => line.startsWith(".") ? line : escaped(line))];
}

function described(option: Option): string[] {
  const value = option.type === "flag" ? "" : `=\\fI${valueName(option)}\\fR`;
  const short = option.short === undefined ? "" : `\\fB${escaped(`-${option.short}`)}\\fR, `;
  return [".TP", `${short}\\fB${escaped(`--${option.long}`)}\\fR${value}`, escaped(option.help), ...notes(option)];
}

/** What the help text leaves out: suggestions, bounds, default. */
function notes(option: Option): string[] {
  if (option.type === "flag") return [];
  const texts: string[] = [];
  if (option.type === "string") {
    const values = option.choices ?? option.suggestions;
    if (values !== undefined) texts.push(`${option.choices ? "One of" : "Such as"} ${values.join(", ")}.`);
  } else if (option.min !== undefined || option.max !== undefined) {
    texts.push(option.max === undefined ? `At least ${option.min}.` : `From ${option.min ?? 0} to ${option.max}.`);
  }
  if (option.defaultValue === undefined) texts.push("Must be given.");
  else if (option.defaultValue !== "") texts.push(`Default: ${option.defaultValue}.`);
  return texts.length === 0 ? [] : [".br", escaped(texts.join(" "))];
}

function valueName(option: Option): string {
  return option.type === "string" ? option.hint ?? "text" : "number";
}

/** Hyphens that are typed, and no line that troff takes for a request. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/, "\\&$1");
}
