/**
 * Version numbers, in one place.
 *
 * @module
 */

/** The Jubatus release whose behaviour, wire format and files this program reproduces. */
export const JUBATUS_VERSION = "1.1.1";

/** Name of this implementation, shown below the line of the original. */
export const IMPLEMENTATION_NAME = "jubatus-deno";

/** Version of this implementation. */
export const IMPLEMENTATION_VERSION = "0.1.0";

/** What `--version` prints: the line of the original, on which scripts match, then ours. */
export function versionText(program: string): string {
  return `jubatus-${JUBATUS_VERSION} (${program})\n${IMPLEMENTATION_NAME}-${IMPLEMENTATION_VERSION}\n`;
}
