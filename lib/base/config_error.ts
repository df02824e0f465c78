import type { TextPosition } from "./json_value.ts";

/** The kind of a configuration fault, by the name under which Jubatus 1.1.1 prints it at start-up. */
export const configErrorClass = {
  /** A value of the wrong type where nothing else can be read. */
  type: "jubatus::core::common::jsonconfig::type_error",
  /** One or more collected problems. */
  config: "jubatus::core::common::config_exception",
  /** A value out of range. */
  parameter: "jubatus::core::common::invalid_parameter",
  /** An unknown method. */
  method: "jubatus::core::common::unsupported_method",
  /** A fault in the converter's types or rules. */
  converter: "jubatus::core::fv_converter::converter_exception",
  /** Anything else. */
  runtime: "jubatus::core::common::exception::runtime_error",
} as const;

/** A configuration that cannot be used. Nothing has been changed when it is thrown. */
export class ConfigError extends Error {
  /** The error's class, for logs. */
  override name = "ConfigError";

  /** `exceptionClass` is one of {@link configErrorClass}; `problems`, and a `hint` of our own, are listed below the message. */
  constructor(
    message: string,
    readonly exceptionClass: string = configErrorClass.runtime,
    readonly problems: readonly string[] = [],
    readonly hint: string | undefined = undefined,
  ) {
    super(message);
  }

  /** Several lines for an operator: class, message, one `Message:` line per problem, the hint; no final newline. */
  describe(): string {
    const hint = this.hint === undefined ? "" : `\n    (#0) Hint: ${this.hint}`;
    return `${this.exceptionClass}: ${this.message}` + this.problems.map((p) => `\n    (#0) Message: ${p}`).join("") +
      hint;
  }
}

/** A configuration text that is not JSON. Its message is `line:column reason`, or the bare reason at the end. */
export class ConfigSyntaxError extends ConfigError implements TextPosition {
  /** The error's class, for logs. */
  override name = "ConfigSyntaxError";

  /** `atEnd`: the text stops too early, which Jubatus reports as a fatal error without a position. */
  constructor(readonly line: number, readonly column: number, readonly reason: string, readonly atEnd: boolean) {
    super(atEnd ? reason : `${line}:${column} ${reason}`);
  }

  /** The message alone: syntax errors have no class. */
  override describe(): string {
    return this.message;
  }
}

/** `invalid configuration` with its problems. */
export function invalidConfiguration(...problems: string[]): ConfigError {
  return new ConfigError("invalid configuration", configErrorClass.config, problems);
}

/** A value out of range; `expected` is the condition that does not hold. */
export function invalidParameter(expected: string): ConfigError {
  return new ConfigError(`invalid parameter (expected: ${expected})`, configErrorClass.parameter);
}

/** A method that does not exist. */
export function unsupportedMethod(name: string): ConfigError {
  return new ConfigError(`unsupported method (${name})`, configErrorClass.method);
}

/** A fault in the converter's types or rules. */
export function converterError(message: string, hint?: string): ConfigError {
  return new ConfigError(message, configErrorClass.converter, [], hint);
}
