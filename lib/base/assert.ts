/** Thrown when the program itself is wrong; never caused by input. */
export class AssertionError extends Error {
  /** The error's class, for logs. */
  override name = "AssertionError";
}

/** Throws an {@link AssertionError} unless `condition` holds. For our own bugs, not for bad input. */
export function assert(condition: unknown, message = "internal error"): asserts condition {
  if (!condition) throw new AssertionError(message);
}
