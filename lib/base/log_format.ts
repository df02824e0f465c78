/**
 * How a log record becomes a line: the pattern language of log4cxx (the part that is used in
 * practice) and JSON lines.
 *
 * @module
 */

/** Severities, least first. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/** Everything a format can print about one message. */
export interface LogRecord {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  /** Severity. */
  readonly level: LogLevel;
  /** What identifies the thread in the original; here the process id. */
  readonly threadId: number;
  /** Basename of the calling source file, or the component's name when that is unknown. */
  readonly file: string;
  /** Line in that file; 0 when unknown. */
  readonly line: number;
  /** The message; may span lines. */
  readonly message: string;
}

/** Turns a record into the text to write, including the line end. */
export type LogFormat = (record: LogRecord) => string;

/** The layout of the original when no log configuration is given. */
export const DEFAULT_PATTERN = "%d %X{tid} %-5p [%F:%L] %m%n";

/** Name of the only logger there is. */
const LOGGER_NAME = "jubatus";

/**
 * Compiles a log4cxx conversion pattern.
 *
 * Known: `%d` (optionally `%d{...}` with `yyyy MM dd HH mm ss SSS` or `ISO8601`), `%X{tid}`, `%t`, `%p`, `%c`, `%F`,
 * `%L`, `%m`, `%n`, `%%`, each with width modifiers such as `%-5p` or `%.10m`. Other `%X{...}` are empty, as they are
 * in log4cxx; any other conversion throws a `RangeError`.
 */
export function patternFormat(pattern: string): LogFormat {
  const parts: LogFormat[] = [];
  const conversion = /%(-?)(\d*)(?:\.(\d+))?([a-zA-Z%])(?:\{([^}]*)\})?/y;
  for (let at = 0; at < pattern.length;) {
    conversion.lastIndex = at;
    const match = pattern[at] === "%" ? conversion.exec(pattern) : null;
    if (pattern[at] === "%" && match === null) throw new RangeError(`incomplete conversion at the end of "${pattern}"`);
    if (match === null) {
      const end = pattern.indexOf("%", at) < 0 ? pattern.length : pattern.indexOf("%", at);
      const literal = pattern.slice(at, end);
      parts.push(() => literal);
      at = end;
      continue;
    }
    const [whole, minus, width, maximum, letter, argument] = match;
    parts.push(padded(conversionOf(letter!, argument), minus === "-", Number(width), maximum));
    // %m{x} is not a conversion with an argument: only d, X and c take one.
    at += "dXc".includes(letter!) || argument === undefined ? whole.length : whole.indexOf("{");
  }
  return (record) => {
    let text = "";
    for (const part of parts) text += part(record);
    return text;
  };
}

/** One JSON object per line, for log collectors. */
export function jsonFormat(record: LogRecord): string {
  return JSON.stringify({
    time: new Date(record.timeMs).toISOString(),
    level: record.level,
    pid: record.threadId,
    source: `${record.file}:${record.line}`,
    message: record.message,
  }) + "\n";
}

function conversionOf(letter: string, argument: string | undefined): LogFormat {
  switch (letter) {
    case "d":
      return dateFormat(argument);
    case "X":
      return argument === "tid" ? (record) => String(record.threadId) : () => "";
    case "t":
      return (record) => String(record.threadId);
    case "p":
      return (record) => record.level.toUpperCase();
    case "c":
      return () => LOGGER_NAME;
    case "F":
      return (record) => record.file;
    case "L":
      return (record) => String(record.line);
    case "m":
      return (record) => record.message;
    case "n":
      return () => "\n";
    case "%":
      return () => "%";
    default:
      throw new RangeError(`unknown conversion %${letter}; known are %d %X{tid} %t %p %c %F %L %m %n %%`);
  }
}

/** Applies `%-5p` (minimum width, left aligned) and `%.10m` (keep the last 10 characters). */
function padded(format: LogFormat, left: boolean, width: number, maximum: string | undefined): LogFormat {
  if (width === 0 && maximum === undefined) return format;
  return (record) => {
    let text = format(record);
    if (maximum !== undefined) text = text.slice(Math.max(0, text.length - Number(maximum)));
    return left ? text.padEnd(width) : text.padStart(width);
  };
}

/** Local time, as in the original. */
function dateFormat(argument: string | undefined): LogFormat {
  const layout = argument === undefined || argument === "" || argument === "ISO8601"
    ? "yyyy-MM-dd HH:mm:ss,SSS"
    : argument;
  return (record) => {
    const date = new Date(record.timeMs);
    return layout.replace(/yyyy|MM|dd|HH|mm|ss|SSS/g, (field) => dateField(date, field).padStart(field.length, "0"));
  };
}

function dateField(date: Date, field: string): string {
  switch (field) {
    case "yyyy":
      return String(date.getFullYear());
    case "MM":
      return String(date.getMonth() + 1);
    case "dd":
      return String(date.getDate());
    case "HH":
      return String(date.getHours());
    case "mm":
      return String(date.getMinutes());
    case "ss":
      return String(date.getSeconds());
    default:
      return String(date.getMilliseconds());
  }
}
