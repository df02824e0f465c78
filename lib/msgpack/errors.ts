/** Bytes that are not msgpack as Jubatus reads it. The message is what 1.1.1 tells its clients. */
export class MsgpackError extends Error {
  override name = "MsgpackError";
}

/** A well-formed value of another type than was asked for; on the wire this is error 2, `std::bad_cast`. */
export class TypeMismatchError extends Error {
  override name = "TypeMismatchError";
  constructor(message = "std::bad_cast") {
    super(message);
  }
}

/** "parse error": a byte that begins no value, an ext type, or nesting beyond the limit. */
export function parseError(): MsgpackError {
  return new MsgpackError("parse error");
}

/** "insufficient bytes": the value goes on behind the end of the bytes. */
export function insufficientBytes(): MsgpackError {
  return new MsgpackError("insufficient bytes");
}
