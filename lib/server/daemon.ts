/**
 * `--daemon`. A Deno program cannot fork, so it starts itself a second time in a session of its own, with the same
 * arguments and a mark in the environment, and ends.
 *
 * @module
 */
import { log } from "../base/log.ts";
import { explainPermission } from "../base/permission.ts";
import { StartError } from "./fatal.ts";

/** Present in the environment of the process that runs on. */
const MARK = "JUBATUS_DAEMON_CHILD";

/** What the original warns about. */
export interface DaemonOptions {
  /** "server" or "proxy"; undefined for programs that do not warn. */
  readonly kind?: "server" | "proxy";
  /** `--log_config`; empty when not given. */
  readonly logConfig: string;
  /** `--logdir`; empty when not given. */
  readonly logdir: string;
}

/** A program and its arguments. */
export interface CommandLine {
  /** Path of the executable. */
  readonly program: string;
  /** Everything after it. */
  readonly args: readonly string[];
}

/**
 * Goes into the background: in the process the user started it never returns, in the one that goes on it changes the
 * directory to `/` and returns. Call it after all options have been checked and relative paths made absolute.
 */
export function enterDaemonMode(options: DaemonOptions): void {
  try {
    if (isDaemon()) return;
    warnOfLostLogs(options);
    startAgain();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new StartError(`--daemon: ${explainPermission(error)}`, "stderr", 1, { cause: error });
  }
  Deno.exit(0);
}

/** Completes the process that runs on. */
function isDaemon(): boolean {
  if (Deno.env.get(MARK) === undefined) return false;
  Deno.env.delete(MARK); // children of this process are no daemons
  Deno.chdir("/");
  return true;
}

function startAgain(): void {
  const { program, args } = ownCommandLine();
  const command = new Deno.Command(program, {
    args: [...args],
    env: { [MARK]: "1" },
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  command.spawn().unref();
}

/** The command that starts this program again. */
function ownCommandLine(): CommandLine {
  if (Deno.build.standalone) return { program: Deno.execPath(), args: Deno.args };
  let words: string;
  try {
    words = Deno.readTextFileSync("/proc/self/cmdline");
  } catch (cause) {
    const message = "cannot find out how this program was started: --daemon needs a compiled program, " +
      "or `deno run --allow-all` on Linux";
    throw new StartError(message, "stderr", 1, { cause });
  }
  return { program: Deno.execPath(), args: argumentsOf(words) };
}

/** The arguments in the text of `/proc/PID/cmdline`, where each word ends with a NUL. */
export function argumentsOf(cmdline: string): string[] {
  return cmdline.split("\0").slice(1, -1);
}

/** The warnings of the original: only where somebody can read them. */
function warnOfLostLogs(options: DaemonOptions): void {
  if (options.kind === undefined || !Deno.stderr.isTerminal()) return;
  if (options.logConfig === "") {
    log.warn(`${options.kind} logs will be lost because started in daemon mode without log config specified`);
  }
  if (options.logdir === "") {
    log.warn("ZooKeeper logs will be lost because started in daemon mode without log directory specified");
  }
}
