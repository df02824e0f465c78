/**
 * What all tasks do with their command lines: `--help` prints the usage; of a wrong one it is said what is wrong, and
 * nothing is done.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

/** Takes the command line apart with `read`; what that throws is told, with the usage, and ends the task with code 2. */
export function readCommandLine<Options>(usage: string, read: (args: string[]) => Options): Options {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(usage);
    Deno.exit(0);
  }
  try {
    return read(Deno.args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return Deno.exit(2);
  }
}

/** What a task takes. */
export interface Accepted<Text extends string, Flag extends string> {
  /** Names of options with a value. */
  readonly texts?: readonly Text[];
  /** Names of options without. */
  readonly flags?: readonly Flag[];
  /** There may be arguments that are no options. */
  readonly takesFiles?: boolean;
}

/** Reads options and files; throws for what is not accepted. */
export function parseOptions<Text extends string = never, Flag extends string = never>(
  args: readonly string[],
  { texts = [], flags = [], takesFiles = false }: Accepted<Text, Flag>,
): { options: { readonly [name in Text]?: string } & { readonly [name in Flag]: boolean }; files: string[] } {
  const files: string[] = [];
  const options: Record<string, unknown> = parseArgs([...args], {
    string: [...texts] as string[],
    boolean: [...flags] as string[],
    unknown: (argument: string, name?: string) => {
      if (name !== undefined) throw new Error(`Unknown option '${argument}'`);
      if (!takesFiles) throw new Error(`Unexpected argument '${argument}'`);
      files.push(argument);
    },
  });
  const empty = texts.find((name) => options[name] === "");
  if (empty !== undefined) throw new Error(`--${empty} takes a value`);
  return { options: options as { [name in Text]?: string } & { [name in Flag]: boolean }, files };
}

/** The value of an option for whole numbers; throws when it is none, or less than `min` or more than `max`. */
export function wholeNumber(option: string, text: string, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new Error(`--${option} ${text}: it takes a whole number ${range}`);
}
