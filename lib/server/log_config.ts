/**
 * Where the log goes: the default, or a log4cxx XML file (`--log_config`).
 *
 * Of log4cxx XML this much is understood:
 *
 * - `<appender name class>` with class `ConsoleAppender` (parameter `Target`: System.out, System.err), `FileAppender`
 *   (`File`, `Append`) and `RollingFileAppender` (also `MaxFileSize`, `MaxBackupIndex`), each with `Threshold`;
 * - its `<layout>` with parameter `ConversionPattern`; see `patternFormat`. Without one the message alone is written;
 * - `<root>`, `<logger name="jubatus">` and `<category name="jubatus">` with `<level value>` or `<priority value>`,
 *   `<appender-ref ref>` and `additivity`;
 * - `${NAME}` in values: `JUBATUS_PID`, `JUBATUS_PROCESS`, `JUBATUS_HOST`, `JUBATUS_PORT`, else the environment.
 *
 * Other appenders and elements are ignored. Parameter names do not distinguish upper and lower case.
 *
 * @module
 */
import { log, type LogSink } from "../base/log.ts";
import {
  DEFAULT_PATTERN,
  jsonFormat,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  patternFormat,
} from "../base/log_format.ts";
import { exceptionInMainThread, OperationError, realPath, StartError } from "./fatal.ts";
import { fileWriter, type LineWriter, stderrWriter, stdoutWriter } from "./log_sinks.ts";

/** Values of `${NAME}` in a log configuration. */
export type LogVariables = Readonly<Record<string, string>>;

/** One appender that is in use. */
export interface LogAppender {
  /** Where lines go. */
  readonly target: "stdout" | "stderr" | "file";
  /** File name; empty for the standard streams. */
  readonly file: string;
  /** Whether an existing file is kept. */
  readonly append: boolean;
  /** Size at which the file is renamed; 0 for never. */
  readonly maxBytes: number;
  /** How many renamed files are kept. */
  readonly backups: number;
  /** Conversion pattern. */
  readonly pattern: string;
  /** Lowest level written. */
  readonly threshold: LogLevel;
}

/** What a log configuration file says. */
export interface LogConfiguration {
  /** Lowest level logged; "off" for none. */
  readonly level: LogLevel | "off";
  /** Appenders of the logger and, unless additivity is off, of the root. */
  readonly appenders: readonly LogAppender[];
}

/** What relative file names start from: the directory of the start, which a daemon leaves before a reload. */
let baseDirectory: string | undefined;

/** The files of the configuration in use. */
let openWriters: readonly LineWriter[] = [];

/**
 * Logs to a standard stream: `format` is `json` for JSON lines, else the layout of the original; `level` is the lowest
 * level written, `info` if that is none of {@link LOG_LEVELS}.
 */
export function logToStream(stream: "stdout" | "stderr", format = "text", level = "info"): void {
  const writer = stream === "stdout" ? stdoutWriter() : stderrWriter();
  const lineFormat = format === "json" ? jsonFormat : patternFormat(DEFAULT_PATTERN);
  log.configure({ level: LOG_LEVELS.find((name) => name === level) ?? "info" });
  replaceSinks([writer], [{ write: (line) => writer.write(line), format: lineFormat }]);
}

/**
 * Logs as the file says and returns its real path. Errors are {@link StartError}s for standard error, because there is
 * no log yet.
 */
export function configureLog(path: string, variables: LogVariables): string {
  try {
    const real = realPath(path);
    const text = Deno.readTextFileSync(real);
    if (text === "") throw new OperationError("invalid log configuration", [["File", real]]);
    use(parseLogConfig(text, variables));
    return real;
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(exceptionInMainThread(error), "stderr", 255, { cause: error });
  }
}

/** Reads the file again (SIGHUP). Anything wrong leaves the log as it is. */
export function reloadLogConfig(path: string, variables: LogVariables): void {
  log.info(`reloading log configuration: ${path}`);
  try {
    const text = Deno.readTextFileSync(path);
    if (text === "") throw new RangeError("the file is empty");
    use(parseLogConfig(text, variables));
  } catch (error) {
    log.debug(String(error));
    log.error("invalid log configuration; reload aborted");
  }
}

/** Understands a log configuration; throws a {@link StartError} when nothing in it says where to log to. */
export function parseLogConfig(text: string, variables: LogVariables): LogConfiguration {
  const document = scan(text, (name) => variables[name] ?? environment(name));
  const root = document.loggers.get("root");
  const own = document.loggers.get("jubatus");
  const names = [...own?.appenders ?? [], ...own?.additive === false ? [] : root?.appenders ?? []];
  const appenders = [...new Set(names)].flatMap((name) => {
    const appender = document.appenders.get(name);
    return appender === undefined ? [] : appenderOf(appender.className, appender.parameters) ?? [];
  });
  if (appenders.length === 0) throw new StartError("failed to configure logger", "stderr");
  return { level: own?.level ?? root?.level ?? "debug", appenders };
}

function use(configuration: LogConfiguration): void {
  const writers: LineWriter[] = [];
  const sinks = configuration.appenders.map((appender): LogSink => {
    const writer = openWriter(appender);
    writers.push(writer);
    const format: LogFormat = patternFormat(appender.pattern);
    return { write: (line) => writer.write(line), format, threshold: appender.threshold };
  });
  if (configuration.level !== "off") log.configure({ level: configuration.level });
  replaceSinks(writers, configuration.level === "off" ? [] : sinks);
}

function replaceSinks(writers: readonly LineWriter[], sinks: readonly LogSink[]): void {
  log.setSinks(sinks);
  for (const writer of openWriters) writer.close();
  openWriters = writers;
}

function openWriter(appender: LogAppender): LineWriter {
  if (appender.target === "stdout") return stdoutWriter();
  if (appender.target === "stderr") return stderrWriter();
  baseDirectory ??= Deno.cwd();
  const path = /^(\/|[A-Za-z]:)/.test(appender.file) ? appender.file : `${baseDirectory}/${appender.file}`;
  const rolling = appender.maxBytes > 0 ? { maxBytes: appender.maxBytes, backups: appender.backups } : undefined;
  return fileWriter(path, appender.append, rolling);
}

interface ScannedAppender {
  readonly className: string;
  /** By lower-case name. */
  readonly parameters: Map<string, string>;
}

interface ScannedLogger {
  level: LogLevel | "off" | undefined;
  readonly additive: boolean;
  readonly appenders: string[];
}

interface ScannedDocument {
  readonly appenders: Map<string, ScannedAppender>;
  readonly loggers: Map<string, ScannedLogger>;
}

/** Collects appenders and loggers tag by tag; which of them a tag belongs to is all the nesting that matters. */
function scan(text: string, variable: (name: string) => string): ScannedDocument {
  const document: ScannedDocument = { appenders: new Map(), loggers: new Map() };
  let parameters: Map<string, string> | undefined;
  let logger: ScannedLogger | undefined;
  const tags = text.replace(/<!--[\s\S]*?-->/g, "").matchAll(/<(\/?)([\w:.-]+)((?:[^<>"']|"[^"]*"|'[^']*')*?)\/?>/g);
  for (const [, closing, tag, attributeText] of tags) {
    const attribute = attributesOf(attributeText ?? "", variable);
    switch (closing === "/" ? `/${tag}` : tag) {
      case "appender":
        parameters = new Map();
        document.appenders.set(attribute("name"), { className: attribute("class"), parameters });
        break;
      case "param":
        parameters?.set(attribute("name").toLowerCase(), attribute("value"));
        break;
      case "root":
      case "logger":
      case "category":
        logger = { level: undefined, additive: attribute("additivity") !== "false", appenders: [] };
        document.loggers.set(tag === "root" ? "root" : attribute("name"), logger);
        break;
      case "level":
      case "priority":
        if (logger !== undefined) logger.level = levelOf(attribute("value"));
        break;
      case "appender-ref":
        logger?.appenders.push(attribute("ref"));
        break;
      case "/appender":
        parameters = undefined;
        break;
      case "/root":
      case "/logger":
      case "/category":
        logger = undefined;
        break;
    }
  }
  return document;
}

function attributesOf(text: string, variable: (name: string) => string): (name: string) => string {
  const attributes = new Map<string, string>();
  for (const [, name, doubleQuoted, singleQuoted] of text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(name!, withVariables(unescape(doubleQuoted ?? singleQuoted ?? ""), variable));
  }
  return (name) => attributes.get(name) ?? "";
}

function unescape(text: string): string {
  const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name]!);
}

function withVariables(text: string, variable: (name: string) => string): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => variable(name));
}

function environment(name: string): string {
  try {
    return Deno.env.get(name) ?? "";
  } catch {
    return ""; // not permitted: log4cxx, too, replaces unknown names by nothing
  }
}

/** Undefined for names that are no level, which then count as not given. */
function levelOf(text: string): LogLevel | "off" | undefined {
  const name = text.toLowerCase();
  if (name === "off") return "off";
  if (name === "all") return "trace";
  return LOG_LEVELS.find((level) => level === name);
}

function appenderOf(className: string, parameters: ReadonlyMap<string, string>): LogAppender | undefined {
  const kind = className.slice(className.lastIndexOf(".") + 1);
  const isFile = kind === "FileAppender" || kind === "RollingFileAppender";
  const file = parameters.get("file") ?? parameters.get("filename") ?? "";
  if (!isFile && kind !== "ConsoleAppender" || isFile && file === "") return undefined;
  const threshold = levelOf(parameters.get("threshold") ?? "");
  if (threshold === "off") return undefined;
  const toStderr = /^(System\.err|stderr)$/i.test(parameters.get("target") ?? "");
  return {
    target: isFile ? "file" : toStderr ? "stderr" : "stdout",
    file: isFile ? file : "",
    append: parameters.get("append")?.toLowerCase() !== "false",
    maxBytes: kind === "RollingFileAppender" ? bytesOf(parameters.get("maxfilesize") ?? "10MB") : 0,
    backups: Number(parameters.get("maxbackupindex") ?? 1) || 0,
    pattern: parameters.get("conversionpattern") ?? "%m%n",
    threshold: threshold ?? "trace",
  };
}

/** "10MB" and the like, with log4cxx' default for what is no size. */
function bytesOf(text: string): number {
  const match = /^\s*(\d+)\s*(KB|MB|GB|)\s*$/i.exec(text);
  const unit = { "": 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }[(match?.[2] ?? "").toUpperCase()] ?? 1;
  return match === null ? 10 * 2 ** 20 : Number(match[1]) * unit;
}
