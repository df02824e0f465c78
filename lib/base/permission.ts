/**
 * What to say when the runtime refuses what a program was not built to do: which limits it was built with, and how to
 * get others.
 *
 * @module
 */

/** Names the network list that a program runs with; built into executables, set by the tasks that run sources. */
const NET_VARIABLE = "JUBATUS_NET";

/** Explains an error of the runtime that stands for a missing permission; undefined for all other errors. */
export function explainPermission(error: unknown): string | undefined {
  if (!(error instanceof Deno.errors.NotCapable)) return undefined;
  const [, kind, what] = /^Requires (\w+) access to "([^"]*)"/.exec(error.message) ?? [];
  if (kind === "net" && what !== undefined) return netRefusal(what);
  if (kind === "run" && what !== undefined) return runRefusal(what);
  return error.message;
}

/** Why this program may not connect to an address; undefined when it may. */
export function explainConnectPermission(host: string, port: number): string | undefined {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  // Asks the user where that is possible, as connecting would.
  const { state } = Deno.permissions.requestSync({ name: "net", host: address });
  return state === "granted" ? undefined : netRefusal(address);
}

/** Gives up for good what only `--daemon` needs. */
export function giveUpStartingPrograms(): void {
  Deno.permissions.revokeSync({ name: "run" });
}

function netRefusal(address: string): string {
  const host = address.replace(/:\d+$/, "");
  const isName = !/^[\d.]+$|^\[/.test(host);
  const list = netList();
  const limits = Deno.build.standalone
    ? `this executable was built for ${list ?? "no network"}; another list is built in with ` +
      `\`deno task compile --net=+${host}\``
    : list === undefined
    ? "it is not in the --allow-net list this program was started with"
    : `this program was started for ${list}; ${NET_VARIABLE}=+${host} adds to the list`;
  return `network access to ${address} is not permitted: ${limits}` +
    (isName ? " (a host name counts as a name, whatever its address)" : "");
}

function runRefusal(program: string): string {
  return `starting ${program} is not permitted: ` +
    (Deno.build.standalone
      ? "this executable may start juba* programs only, from its own directory when it was built and those given to " +
        "`deno task compile --install`"
      : "it is not in the --allow-run list this program was started with");
}

function netList(): string | undefined {
  try {
    return Deno.env.get(NET_VARIABLE);
  } catch {
    return undefined;
  }
}
