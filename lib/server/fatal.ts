/**
 * How a program that cannot start says so: the texts, streams and exit codes of the original, except that it ended
 * with a core dump (134) where this one exits 1.
 *
 * @module
 */
import { ConfigError, configErrorClass, ConfigSyntaxError } from "../base/config_error.ts";
import { log } from "../base/log.ts";
import { explainPermission } from "../base/permission.ts";
import { ConnectStringError } from "../cluster/connect_string.ts";
import { isCoordinationError } from "../cluster/coordinator.ts";
import { stderrWriter } from "./log_sinks.ts";
import { codeTextWithNumber, errorCode, errorText, errorTextWithNumber } from "./system_error.ts";

/**
 * Where a start error is told: `usage` and `stderr` on standard error, with or without the usage text behind it;
 * `error` and `fatal` in the log.
 */
export type StartErrorReport = "usage" | "stderr" | "error" | "fatal";

/** Ends the program before it serves; the message is printed as it is. */
export class StartError extends Error {
  /** The error's class, for logs. */
  override name = "StartError";
  /** Where the message goes. */
  readonly report: StartErrorReport;
  /** What the process exits with. */
  readonly exitCode: number;

  /** `exitCode` is 1 except where the original documents another. */
  constructor(message: string, report: StartErrorReport, exitCode = 1, options: ErrorOptions = {}) {
    super(message, options);
    this.report = report;
    this.exitCode = exitCode;
  }
}

/** An operation on the system failed; `details` are the `(#0) KEY: VALUE` lines printed below the message. */
export class OperationError extends Error {
  /** The error's class, for logs. */
  override name = "OperationError";
  /** Key and value of each line. */
  readonly details: readonly (readonly [key: string, value: string])[];

  /** An error without details prints its message only. */
  constructor(message: string, details: readonly (readonly [string, string])[] = [], options: ErrorOptions = {}) {
    super(message, options);
    this.details = details;
  }
}

/** The absolute path of `path` without symbolic links. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw new OperationError("Failed to get realpath", [
      ["API", "realpath"],
      ["File", path],
      ["Error", errorTextWithNumber(error)],
    ], { cause: error });
  }
}

/** An {@link OperationError} about a network interface; `code` is a system error code such as `ENODEV`. */
export function interfaceError(code: string): OperationError {
  return new OperationError("Failed to get IP address from interface", [["Error", codeTextWithNumber(code) ?? code]]);
}

/**
 * An error the way the original prints exceptions: class, message, then indented details. Scripts match on the
 * `Message:` lines, one per problem of a configuration.
 */
export function diagnostic(error: unknown): string {
  if (error instanceof ConfigError) return error.describe();
  const details = error instanceof OperationError ? error.details : coordinationDetails(error);
  const message = error instanceof Error ? error.message : String(error);
  return `${configErrorClass.runtime}: ${message}` +
    details.map(([key, value]) => `\n    (#0) ${key}: ${value}`).join("");
}

/** Why a connect string means nothing; what to do about nodes that somebody else has created with credentials. */
function coordinationDetails(error: unknown): readonly (readonly [string, string])[] {
  if (error instanceof ConnectStringError) {
    return [["API", "zookeeper_init"], ["Error", "Invalid argument (22)"], ["Message", error.reason]];
  }
  if (!isCoordinationError(error, "not_authenticated")) return [];
  return [["Message", `only its owner may change ${error.path}: see --zookeeper_auth`]];
}

/**
 * What to throw when a configuration cannot be loaded from `path`: syntax errors get their own texts, everything else
 * stays as it is.
 */
export function configLoadError(error: unknown, path: string): unknown {
  if (!(error instanceof ConfigSyntaxError)) return error;
  return error.atEnd
    ? new StartError(`error in main thread: ${error.message}`, "fatal", 1, { cause: error })
    : new StartError(`syntax error in configuration: ${path}:${error.message}`, "error", 1, { cause: error });
}

/** The message of an exception that nobody handled. */
export function exceptionInMainThread(error: unknown): string {
  return `exception in main thread: ${diagnostic(error)}`;
}

/** Logs `message` as the reason and ends the process with code 1. */
export function fatal(message: string): never {
  log.fatal(message);
  Deno.exit(1);
}

/** Why a port cannot be listened on, in the words of the three kinds of programs. */
export function listenError(error: unknown, port: number, program: "server" | "proxy" | "jubavisor"): StartError {
  const inUse = errorCode(error) === "EADDRINUSE";
  const unknownHost = error instanceof Error && error.message.startsWith("failed to lookup address");
  let reason = `bind failed: ${explainPermission(error) ?? errorText(error)}`;
  if (unknownHost) reason = "failed to resolve host name";
  else if (inUse && program === "server") reason = `any process using port ${port}?`;
  else if (inUse) reason += ` (any process using port ${port}?)`;
  const message = `server failed to start: ${reason}`;
  return program === "jubavisor"
    ? new StartError(message, "error", 255, { cause: error })
    : new StartError(message, "fatal", 1, { cause: error });
}

/** Tells why the program ends and returns the exit code. `usage` is the usage text of the program. */
export function reportStartError(error: unknown, usage: string): number {
  if (!(error instanceof StartError)) {
    log.fatal(`${exceptionInMainThread(error)}\n`);
    return 1;
  }
  if (error.report === "usage") stderrWriter().write(`${error.message}\n${usage}\n`);
  else if (error.report === "stderr") stderrWriter().write(`${error.message}\n`);
  else if (error.report === "error") log.error(error.message);
  else log.fatal(error.message);
  return error.exitCode;
}
