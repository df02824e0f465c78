/**
 * Which address a server binds and which one it tells others.
 *
 * @module
 */
import { interfaceError } from "./fatal.ts";

/** One address of one interface; `Deno.networkInterfaces()` gives these. */
export interface InterfaceAddress {
  /** Name of the interface, such as `eth0`. */
  readonly name: string;
  /** Only IPv4 is used. */
  readonly family: "IPv4" | "IPv6";
  /** The address as text. */
  readonly address: string;
}

/** Where to listen, and under which address to be known (znodes, status, file names, boot message). */
export interface ListenAddress {
  /** What the socket is bound to. */
  readonly bindAddress: string;
  /** What other processes are told. */
  readonly advertisedAddress: string;
}

const ANY = "0.0.0.0";

/**
 * Chooses by `--listen_addr`, else `--listen_if`, else everything under the default address. `--listen_addr 0.0.0.0`
 * advertises the default address: the original advertised 0.0.0.0, which no other host can connect to.
 */
export function chooseListenAddress(
  listenAddress: string,
  listenInterface: string,
  interfaces: () => readonly InterfaceAddress[] = Deno.networkInterfaces,
): ListenAddress {
  if (listenAddress !== "" && listenAddress !== ANY) {
    return { bindAddress: listenAddress, advertisedAddress: listenAddress };
  }
  if (listenAddress === "" && listenInterface !== "") {
    const address = interfaceAddress(listenInterface, interfaces());
    return { bindAddress: address, advertisedAddress: address };
  }
  return { bindAddress: ANY, advertisedAddress: defaultAddress(interfaces()) };
}

/** The first IPv4 address that is not a loopback address; the loopback address if there is nothing else. */
export function defaultAddress(interfaces: readonly InterfaceAddress[] = Deno.networkInterfaces()): string {
  const addresses = interfaces.filter((entry) => entry.family === "IPv4").map((entry) => entry.address);
  return addresses.find((address) => !address.startsWith("127.")) ?? addresses[0] ?? "127.0.0.1";
}

function interfaceAddress(name: string, interfaces: readonly InterfaceAddress[]): string {
  const entries = interfaces.filter((entry) => entry.name === name);
  const found = entries.find((entry) => entry.family === "IPv4");
  if (found === undefined) throw interfaceError(entries.length === 0 ? "ENODEV" : "EADDRNOTAVAIL");
  return found.address;
}
