/**
 * Why a call failed. All are {@link RpcError}s; those that stand for an answer of the other side are
 * {@link RemoteError}s. Messages are those of Jubatus 1.1.1 where it has one.
 *
 * @module
 */
import { explainPermission } from "../base/permission.ts";
import { decodeText } from "../base/text.ts";
import { Reader } from "../msgpack/reader.ts";
import { ERROR_ARGUMENT, ERROR_NO_METHOD, RpcError } from "./errors.ts";
import { printValue } from "./printed_value.ts";

/** No answer came in time. The server may have executed the call, or may still do so. */
export class RequestTimeoutError extends RpcError {
  /** The error's class, for logs. */
  override name = "RequestTimeoutError";

  /** After how many milliseconds the call was given up. */
  readonly timeoutMs: number;

  /** `timeoutMs` is how long the call was waited for. */
  constructor(timeoutMs: number) {
    super("request timed out");
    this.timeoutMs = timeoutMs;
  }
}

/** No connection could be made; nothing was sent. The cause says why. */
export class ConnectError extends RpcError {
  /** The error's class, for logs. */
  override name = "ConnectError";
  /** Name or address that was tried. */
  readonly host: string;
  /** Port that was tried. */
  readonly port: number;

  /** `cause` is what the system said. */
  constructor(host: string, port: number, cause: unknown) {
    super(explainPermission(cause) ?? "connect failed", { cause });
    this.host = host;
    this.port = port;
  }
}

/** The connection ended before the answer came. The server may have executed the call. */
export class ConnectionClosedError extends RpcError {
  /** The error's class, for logs. */
  override name = "ConnectionClosedError";

  /** `cause` is what ended the connection, unless the other side just closed it. */
  constructor(cause?: unknown) {
    super(cause instanceof Deno.errors.ConnectionReset ? "Connection reset by peer" : "connection closed", { cause });
  }
}

/** Too many calls, or bytes of them, wait for an answer already; nothing was sent. Wait for some, then try again. */
export class QueueFullError extends RpcError {
  /** The error's class, for logs. */
  override name = "QueueFullError";
}

/** The other side answered, but with a value of another type than the method has. */
export class ResultError extends RpcError {
  /** The error's class, for logs. */
  override name = "ResultError";

  /** `cause` is what could not be read. */
  constructor(cause: unknown) {
    super("no result", { cause });
  }
}

/** The server answered with an error; its text is the message. */
export class RemoteError extends RpcError {
  /** The error's class, for logs. */
  override name = "RemoteError";
  /** The error as the server sent it: one msgpack value, most often a string. */
  readonly value: Uint8Array;

  /** `value` is the response's error field. */
  constructor(message: string, value: Uint8Array) {
    super(message);
    this.value = value;
  }
}

/** The server does not have the method (error 1): it is of another type, or a method of clusters on a single server. */
export class MethodNotFoundError extends RemoteError {
  /** The error's class, for logs. */
  override name = "MethodNotFoundError";
}

/** The server takes arguments of another number or type (error 2). */
export class ArgumentError extends RemoteError {
  /** The error's class, for logs. */
  override name = "ArgumentError";
}

/** The error that a response's error field stands for. */
export function remoteError(method: string, value: Uint8Array): RemoteError {
  const reader = new Reader(value);
  switch (reader.peek()) {
    case "raw":
      return new RemoteError(decodeText(reader.readRaw()), value);
    case "integer":
      switch (reader.readInteger()) {
        case ERROR_NO_METHOD:
          return new MethodNotFoundError(`the server has no method "${method}"`, value);
        case ERROR_ARGUMENT:
          return new ArgumentError(`the server cannot take the arguments of "${method}"`, value);
      }
  }
  return new RemoteError(printValue(new Reader(value)), value);
}
