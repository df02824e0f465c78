/** Types of the argument parser, as far as the scripts use it. */

export interface ParseOptions {
  boolean?: readonly string[];
  string?: readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export function parseArgs(
  args: readonly string[],
  options?: ParseOptions,
): { [name: string]: unknown; _: (string | number)[] };
