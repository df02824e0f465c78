import { parseOptions, readCommandLine } from "./command_line.ts";

/** What can be chosen for executables and packages of them. */
export interface BuildOptions {
  only?: string;
  target?: string;
  net?: string;
  output?: string;
  install?: string;
}

/** Reads the command line of a task that builds, as {@link readCommandLine} does. */
export function readBuildOptions(usage: string): BuildOptions {
  const texts = ["only", "target", "net", "output", "install"] as const;
  return readCommandLine(usage, (args) => parseOptions(args, { texts }).options);
}
