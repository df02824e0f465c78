import { CoordinationError } from "./coordinator.ts";

/** An ensemble as users write it: `HOST:PORT,HOST:PORT/CHROOT`. */
export interface ConnectString {
  /** At least one. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Prefix of all paths; empty or beginning with a slash. */
  readonly chroot: string;
}

/** A connect string means nothing; its message is that of 1.1.1, which does not say why. */
export class ConnectStringError extends CoordinationError {
  override name = "ConnectStringError";

  /** @param reason what is wrong with it */
  constructor(hosts: string, readonly reason: string) {
    super(`failed to initialize zk: ${hosts}`, "bad_arguments", "");
  }
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
      throw new ConnectStringError(hosts, `'${item}' is not of the form HOST:PORT`);
    }
    return { host: match[1] ?? match[2]!, port };
  });
  if (/\/\/|\/$|\/\.\.?(\/|$)/.test(chroot)) {
    throw new ConnectStringError(hosts, `'${chroot}' is not a path`);
  }
  return { servers, chroot };
}
