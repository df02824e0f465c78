import { AssertionError } from "../../lib/base/assert.ts";

/** What the runtime says when our code has a mistake; no bad input may lead to that. */
export const ownMistake =
  /undefined|is not (a function|iterable|defined)|outside the bounds|Invalid (typed )?array|allocation failed|call stack|internal error/;

/** The result of reading bad input; undefined where it was refused. Throws when the refusal is a mistake of ours. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const isOurs = error instanceof TypeError || error instanceof ReferenceError || error instanceof AssertionError ||
      ownMistake.test(String(error));
    if (isOurs) throw error;
    return undefined;
  }
}
