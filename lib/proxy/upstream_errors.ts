/**
 * What a caller is told when a server fails: the texts of Jubatus 1.1.1, which clients match on.
 *
 * @module
 */
import { type ByteString, byteStringOf, byteStringOfText, textOf } from "../base/byte_string.ts";
import { explainPermission } from "../base/permission.ts";
import { Reader } from "../msgpack/reader.ts";
import { ArgumentError, ConnectError, MethodNotFoundError, RemoteError } from "../rpc/call_errors.ts";

const CONNECT_ERROR = "connect error in proxy";
/** Errors without a text of their own are told by their class. */
const ERROR_CLASS = "jubatus::server::common::mprpc::";

/** Texts of the Linux errors that a negative number may stand for; those of networks, as 1.1.1's client makes them. */
const SYSTEM_ERRORS: ReadonlyMap<number, string> = new Map([
  [1, "Operation not permitted"],
  [2, "No such file or directory"],
  [4, "Interrupted system call"],
  [5, "Input/output error"],
  [9, "Bad file descriptor"],
  [11, "Resource temporarily unavailable"],
  [12, "Cannot allocate memory"],
  [13, "Permission denied"],
  [22, "Invalid argument"],
  [24, "Too many open files"],
  [32, "Broken pipe"],
  [101, "Network is unreachable"],
  [103, "Software caused connection abort"],
  [104, "Connection reset by peer"],
  [107, "Transport endpoint is not connected"],
  [110, "Connection timed out"],
  [111, "Connection refused"],
  [113, "No route to host"],
]);

/** The error that the caller of a proxy gets for a server's. */
export function errorForCaller(error: unknown): ByteString {
  if (error instanceof MethodNotFoundError) return `${ERROR_CLASS}rpc_method_not_found`;
  if (error instanceof ArgumentError) return `${ERROR_CLASS}rpc_type_error`;
  if (error instanceof RemoteError) return remoteErrorText(error);
  if (error instanceof ConnectError) {
    const refusal = explainPermission(error.cause);
    if (refusal !== undefined) return byteStringOfText(refusal);
    return isUnknownHost(error.cause) ? "failed to resolve host name" : CONNECT_ERROR;
  }
  return byteStringOfText(error instanceof Error ? error.message : String(error));
}

/** What the log tells of a server's error: the class that 1.1.1 has for it, the method, and what else there is to say. */
export function describeFailure(method: ByteString, error: unknown): string {
  const text = textOf(errorForCaller(error));
  const isClass = text.startsWith(ERROR_CLASS);
  const kind = isClass ? text : ERROR_CLASS + (error instanceof RemoteError ? "rpc_call_error" : "rpc_io_error");
  const message = isClass || text === CONNECT_ERROR ? "" : `\n       (#0) Message: ${text}`;
  return `   ${kind}\n       (#0) Method: ${textOf(method)}${message}`;
}

/** The error that speaks for several: a connection that could not be made, else the first that came. */
export function mostTelling(errors: readonly unknown[]): unknown {
  return errors.find((error) => error instanceof ConnectError) ?? errors[0];
}

/** A string stays as its bytes are; they need not be UTF-8. */
function remoteErrorText(error: RemoteError): ByteString {
  const reader = new Reader(error.value);
  const kind = reader.peek();
  if (kind === "raw") return `rpc_server error: "${byteStringOf(reader.readRaw())}"`;
  const number = kind === "integer" ? reader.readInteger() : 0;
  if (number < 0) return SYSTEM_ERRORS.get(-number) ?? `Unknown error ${-number}`;
  return byteStringOfText(`rpc_server error: ${error.message}`);
}

function isUnknownHost(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith("failed to lookup address");
}
