/** `error` of a response to a method that the server does not have; `result` is the method's name. */
export const ERROR_NO_METHOD = 1;
/** `error` of a response to arguments of another number or type; `result` is `std::bad_cast`. */
export const ERROR_ARGUMENT = 2;

/** Bytes on a connection that are no message; the connection must be closed. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** A call failed: the other side answered with an error, or there was no answer. */
export class RpcError extends Error {
  /** The error's class, for logs. */
  override name = "RpcError";
}
