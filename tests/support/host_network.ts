/**
 * Hosts with addresses of their own, made of Linux network namespaces: for what cannot be told apart when everything
 * runs on the loopback address. Takes root. Nothing of it is seen outside, and other runs are not in the way.
 *
 * @module
 */

/** Why there can be no such hosts here; undefined when there can. */
export const hostsMissing: string | undefined = findMissing();

function findMissing(): string | undefined {
  if (Deno.build.os !== "linux") return "network namespaces are Linux's";
  if (Deno.uid() !== 0) return "making network namespaces takes root";
  const probe = uniqueName("probe");
  try {
    ipNow("netns", "add", probe);
    try {
      ipNow("-n", probe, "link", "add", "bridge", "type", "bridge");
    } finally {
      ipNow("netns", "del", probe);
    }
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

if (hostsMissing !== undefined) console.log(`tests with several hosts are skipped: ${hostsMissing}`);

/** One of the hosts. */
export interface Host {
  readonly address: string;
  /** Name of its namespace. */
  readonly namespace: string;
  /** Words to put before a command that shall run on the host. */
  readonly prefix: readonly string[];
}

/** A switch with hosts. Whatever still runs on them ends with it. */
export class HostNetwork implements AsyncDisposable {
  readonly hosts: readonly Host[];
  /** Names of all namespaces; the first one is the switch. */
  readonly #namespaces: readonly string[];

  private constructor(hosts: readonly Host[], namespaces: readonly string[]) {
    this.hosts = hosts;
    this.#namespaces = namespaces;
  }

  /** Makes a host for each address of one /24 network. */
  static async create(addresses: readonly string[]): Promise<HostNetwork> {
    const center = uniqueName("switch");
    const names = addresses.map((_, i) => uniqueName(`host${i}`));
    const hosts = addresses.map((address, i) => {
      const namespace = names[i]!;
      return { address, namespace, prefix: ["ip", "netns", "exec", namespace] };
    });
    const network = new HostNetwork(hosts, [center, ...names]);
    try {
      for (const name of [center, ...names]) ipNow("netns", "add", name);
      ipNow("-n", center, "link", "add", "bridge", "type", "bridge");
      ipNow("-n", center, "link", "set", "bridge", "up");
      for (const [i, name] of names.entries()) {
        const plug = `plug${i}`;
        ipNow("link", "add", "eth0", "netns", name, "type", "veth", "peer", "name", plug, "netns", center);
        ipNow("-n", center, "link", "set", plug, "master", "bridge", "up");
        ipNow("-n", name, "address", "add", `${addresses[i]}/24`, "dev", "eth0");
        for (const device of ["lo", "eth0"]) ipNow("-n", name, "link", "set", device, "up");
      }
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  /** Plugs this process's own host in as well, with an address of the network. The plug goes with the network. */
  plugInSelf(address: string): void {
    const device = `juba${crypto.randomUUID().slice(0, 8)}`;
    ipNow("link", "add", device, "type", "veth", "peer", "name", "self", "netns", this.#switch);
    ipNow("-n", this.#switch, "link", "set", "self", "master", "bridge", "up");
    ipNow("address", "add", `${address}/24`, "dev", device);
    ipNow("link", "set", device, "up");
  }

  /** What these hosts send each other gets lost from now on; other hosts they reach as before. */
  separate(...hosts: readonly Host[]): void {
    for (const host of hosts) this.#isolate(host, "on");
  }

  /** Undoes {@link separate}. */
  rejoin(...hosts: readonly Host[]): void {
    for (const host of hosts) this.#isolate(host, "off");
  }

  /** Pulls the plug of a host: for the others it vanishes without a word. */
  unplug(host: Host): void {
    ipNow("-n", this.#switch, "link", "set", this.#plugOf(host), "nomaster");
  }

  get #switch(): string {
    return this.#namespaces[0]!;
  }

  #isolate(host: Host, state: "on" | "off"): void {
    ipNow("-n", this.#switch, "link", "set", this.#plugOf(host), "type", "bridge_slave", "isolated", state);
  }

  #plugOf(host: Host): string {
    return `plug${this.hosts.indexOf(host)}`;
  }

  /** Processes on a host that run a program, compiled or from source. */
  pids(host: Host, program: string): number[] {
    const name = new RegExp(`/${program}(\\.ts)?$`);
    return pidsIn(host.namespace).filter((pid) => commandLine(pid).some((word) => name.test(word)));
  }

  /** Ends every process on the hosts, then the hosts. */
  async [Symbol.asyncDispose](): Promise<void> {
    const existing = ipNow("netns", "list").split("\n").map((line) => line.split(" ")[0]!);
    for (const name of this.#namespaces.filter((it) => existing.includes(it))) {
      for (let pids = pidsIn(name); pids.length > 0; pids = pidsIn(name)) {
        for (const pid of pids) killIfThere(pid);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      ipNow("netns", "del", name);
    }
  }
}

function uniqueName(what: string): string {
  return `juba-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}-${what}`;
}

/** Runs `ip` and returns what it prints; throws what it complains of. */
function ipNow(...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command("ip", { args }).outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}

function pidsIn(namespace: string): number[] {
  return ipNow("netns", "pids", namespace).split("\n").filter((line) => line !== "").map(Number);
}

function commandLine(pid: number): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
  } catch {
    return [];
  }
}

function killIfThere(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
