import { CoordinationError } from "./coordinator.ts";

/** An ensemble as users write it: `HOST:PORT,HOST:PORT/CHROOT`. */
export interface ConnectString {
  /** At least one. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Prefix of all paths; empty or beginning with a slash. */
  readonly chroot: string;
}

/** Splits a connect string; an IPv6 address stands in brackets. */
export function parseConnectString(hosts: string): ConnectString {
  const slash = hosts.indexOf("/");
  const list = slash < 0 ? hosts : hosts.slice(0, slash);
  const chroot = slash < 0 || slash === hosts.length - 1 ? "" : hosts.slice(slash);
  const servers = list.split(",").map((item) => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]]+)):(\d{1,5})$/.exec(item.trim());
    const port = Number(match?.[3]);
    if (match === null || port < 1 || port > 65535) {
      throw new CoordinationError(
        `failed to initialize zk: ${hosts}: '${item}' is not of the form HOST:PORT`,
        "bad_arguments",
        "",
      );
    }
    return { host: match[1] ?? match[2]!, port };
  });
  if (/\/\/|\/$|\/\.\.?(\/|$)/.test(chroot)) {
    throw new CoordinationError(`failed to initialize zk: ${hosts}: '${chroot}' is not a path`, "bad_arguments", "");
  }
  return { servers, chroot };
}
