/**
 * Version numbers, in one place.
 *
 * @module
 */

/** The Jubatus release whose behaviour, wire format and files this program reproduces. */
export const JUBATUS_VERSION = "1.1.1";

/** Name of this implementation, shown below the line of the original. */
export const IMPLEMENTATION_NAME = "jubatus-deno";

/** Version of this implementation, which deno.json repeats for the registry. */
export const IMPLEMENTATION_VERSION = "0.1.0";

/** What `--version` prints: the line of the original, on which scripts match, then ours with how it was built. */
export function versionText(program: string): string {
  return `jubatus-${JUBATUS_VERSION} (${program})\n${IMPLEMENTATION_NAME}-${IMPLEMENTATION_VERSION} (${buildText()})\n`;
}

/** The commit an executable was built from, the runtime and the platform. */
function buildText(): string {
  const source = builtFrom() ?? (Deno.build.standalone ? undefined : "from source");
  return [...source ? [source] : [], `Deno ${Deno.version.deno}`, Deno.build.target].join(", ");
}

/** What `deno task compile` has put into the executable. */
function builtFrom(): string | undefined {
  try {
    return Deno.env.get("JUBATUS_BUILD");
  } catch {
    return undefined;
  }
}
