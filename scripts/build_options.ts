import { parseArgs } from "node:util";

/** What can be chosen for executables and packages of them. */
export interface BuildOptions {
  only?: string;
  target?: string;
  net?: string;
  output?: string;
  install?: string;
}

/** Reads the command line of a task that builds; wrong options and `--help` print `usage` and end the process. */
export function readBuildOptions(usage: string): BuildOptions {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        only: text,
        target: text,
        net: text,
        output: text,
        install: text,
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      console.log(usage);
      Deno.exit(0);
    }
    return values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return Deno.exit(1);
  }
}
