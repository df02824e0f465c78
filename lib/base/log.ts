/**
 * The log. Silent until a program says where lines go ({@link Logger.setSinks}), so that the library can be embedded
 * without printing anything.
 *
 * @module
 */
import {
  DEFAULT_PATTERN,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  type LogRecord,
  patternFormat,
} from "./log_format.ts";

/** One place log lines go to. */
export interface LogSink {
  /** Receives each finished line, with its line end. */
  readonly write: (line: string) => void;
  /** Layout of the lines; the original's when missing. */
  readonly format?: LogFormat;
  /** Records below this level are not written here. */
  readonly threshold?: LogLevel;
}

/** What a program may tell its logger; fields that are left out stay as they are. */
export interface LogSettings {
  /** Records below this level are dropped. */
  readonly level?: LogLevel;
  /** Printed as the thread id. */
  readonly threadId?: number;
  /** Printed as the source file where the caller cannot be found (stripped or minified code). */
  readonly component?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Where a message came from. */
interface CallSite {
  readonly file: string;
  readonly line: number;
}

const defaultFormat = patternFormat(DEFAULT_PATTERN);

/** Writes records of sufficient level to its sinks. Use {@link log}; other instances are for tests. */
export class Logger {
  #sinks: readonly LogSink[] = [];
  /** Index into LOG_LEVELS of the lowest level that is written. */
  #lowest = LOG_LEVELS.indexOf("info");
  #threadId = 0;
  #component = "jubatus";
  #now: () => number = Date.now;
  /** Call sites by the stack line they were read from: parsing is done once per site. */
  readonly #callSites = new Map<string, CallSite>();

  /** The lowest level that is written. */
  get level(): LogLevel {
    return LOG_LEVELS[this.#lowest]!;
  }

  /** Changes what is given and keeps the rest. */
  configure(settings: LogSettings): void {
    if (settings.level !== undefined) this.#lowest = LOG_LEVELS.indexOf(settings.level);
    if (settings.threadId !== undefined) this.#threadId = settings.threadId;
    if (settings.component !== undefined) this.#component = settings.component;
    if (settings.now !== undefined) this.#now = settings.now;
  }

  /** Replaces all sinks. None: the log is silent. */
  setSinks(sinks: readonly LogSink[]): void {
    this.#sinks = sinks;
  }

  /** Whether a message of `level` would be written; for messages that are expensive to build. */
  enabled(level: LogLevel): boolean {
    return this.#sinks.length > 0 && LOG_LEVELS.indexOf(level) >= this.#lowest;
  }

  /** For following a single request through the program. */
  trace(message: string): void {
    if (this.enabled("trace")) this.#write("trace", message);
  }

  /** For finding a fault. */
  debug(message: string): void {
    if (this.enabled("debug")) this.#write("debug", message);
  }

  /** Normal operation. */
  info(message: string): void {
    if (this.enabled("info")) this.#write("info", message);
  }

  /** Something failed and the program carries on. */
  warn(message: string): void {
    if (this.enabled("warn")) this.#write("warn", message);
  }

  /** Something the operator must look at. */
  error(message: string): void {
    if (this.enabled("error")) this.#write("error", message);
  }

  /** The reason why the program ends; see `lib/server/fatal.ts`. */
  fatal(message: string): void {
    if (this.enabled("fatal")) this.#write("fatal", message);
  }

  #write(level: LogLevel, message: string): void {
    const site = this.#callSite();
    const record: LogRecord = {
      timeMs: this.#now(),
      level,
      threadId: this.#threadId,
      file: site.file,
      line: site.line,
      message,
    };
    for (const sink of this.#sinks) {
      if (sink.threshold !== undefined && LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(sink.threshold)) continue;
      sink.write((sink.format ?? defaultFormat)(record));
    }
  }

  /** Stack line 0 is "Error", 1 this method, 2 #write, 3 the level's method, 4 its caller. */
  #callSite(): CallSite {
    const stackLine = new Error().stack?.split("\n", 5)[4] ?? "";
    const known = this.#callSites.get(stackLine);
    if (known !== undefined) return known;
    const match = /([^\\/()\s]+):(\d+):\d+\)?$/.exec(stackLine);
    if (match === null) return { file: this.#component, line: 0 };
    const site = { file: match[1]!, line: Number(match[2]) };
    this.#callSites.set(stackLine, site);
    return site;
  }
}

/** The log of this process. */
export const log: Logger = new Logger();
