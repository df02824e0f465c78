import type { JsonValue } from "./json_value.ts";

/** Pretty text in the layout of `jubaconv`: two blanks of indent, one element per line, `/` escaped, no final newline. */
export function printJson(value: JsonValue, indent = ""): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "bool":
      return value.value ? "true" : "false";
    case "integer":
      return value.value.toString();
    case "float":
      return printFloat(value.value);
    case "string":
      return printString(value.value);
    case "array":
      return printLines("[", value.items.map((item) => printJson(item, indent + "  ")), "]", indent);
    case "object": {
      const lines = Array.from(value.members, ([k, v]) => `${printString(k)}: ${printJson(v, indent + "  ")}`);
      return printLines("{", lines, "}", indent);
    }
  }
}

function printLines(open: string, lines: string[], close: string, indent: string): string {
  const body = lines.map((line) => `${indent}  ${line}`).join(",\n");
  return `${open}\n${body}${body === "" ? "" : "\n"}${indent}${close}`;
}

function printString(text: string): string {
  return JSON.stringify(text).replaceAll("/", "\\/");
}

/** Whole numbers without a point, as Jubatus prints them; huge ones with an exponent, for the digits would not be exact. */
function printFloat(value: number): string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
