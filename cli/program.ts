/**
 * What every program does around its own work: command line, help, version, log, signals, exit code.
 *
 * @module
 */
import { argv0 } from "node:process";
import { log } from "../lib/base/log.ts";
import { versionText } from "../lib/base/version.ts";
import { reportStartError } from "../lib/server/fatal.ts";
import { logToStream } from "../lib/server/log_config.ts";
import { stderrWriter, stdoutWriter } from "../lib/server/log_sinks.ts";
import { baseName } from "../lib/server/process_status.ts";
import { Signals } from "../lib/server/signals.ts";
import { type OptionTable, type OptionValues, parse, usage } from "./options.ts";

/** What a program's main function gets besides its options. */
export interface ProgramContext {
  /** Name of the program without its directory, for `PROGNAME`, log lines and file names. */
  readonly program: string;
  /** TERM, INT and HUP. `signals.stop` aborts when the program shall end. */
  readonly signals: Signals;
  /** The usage text of the original options, for messages about wrong options. */
  readonly usage: string;
}

/** The work of a program; returns the exit code. A `StartError` is reported, anything else thrown is fatal. */
export type ProgramMain = (options: OptionValues, context: ProgramContext) => Promise<number> | number;

/** How a program differs from a server. */
export interface ProgramTraits {
  /** Where the log goes until the program decides; tools keep standard output for their results. */
  readonly logTo?: "stdout" | "stderr";
}

/** Runs a program to its end. `name` counts when it is run from source; a compiled program is named by its file. */
export async function runProgram(
  name: string,
  table: OptionTable,
  main: ProgramMain,
  traits: ProgramTraits = {},
): Promise<never> {
  const typedName = Deno.build.standalone ? argv0 : name;
  const program = baseName(typedName);
  log.configure({ threadId: Deno.pid, component: program });
  logToStream(traits.logTo ?? "stdout");
  const parsed = parse(table, Deno.args, typedName);
  switch (parsed.kind) {
    case "help":
      stderrWriter().write(parsed.text);
      return Deno.exit(0);
    case "version":
      stdoutWriter().write(versionText(program));
      return Deno.exit(0);
    case "error":
      stderrWriter().write(parsed.text);
      return Deno.exit(1);
    case "ok":
      return Deno.exit(await runMain(main, parsed.values, program, usage(table, typedName)));
  }
}

async function runMain(main: ProgramMain, options: OptionValues, program: string, usageText: string): Promise<number> {
  using signals = new Signals();
  try {
    return await main(options, { program, signals, usage: usageText });
  } catch (error) {
    return reportStartError(error, usageText);
  }
}
