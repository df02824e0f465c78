/** Ports for servers, lent in turn. Ports that somebody else uses are passed over. */
export class PortPool {
  /** Free as far as the pool is concerned; the next to be lent comes first. */
  readonly #ports: number[];
  readonly #isFree: (port: number) => boolean;

  /** Has the ports `first` to `first + count - 1`, as far as there are such ports. */
  constructor(first: number, count: number, isFree: (port: number) => boolean = canListen) {
    this.#ports = Array.from({ length: count }, (_, i) => first + i).filter((port) => port <= 65535);
    this.#isFree = isFree;
  }

  /** How many are not lent, in use by others or not. */
  get size(): number {
    return this.#ports.length;
  }

  /** Lends `count` ports, or none and gives nothing when fewer can be listened on. */
  take(count: number): number[] | undefined {
    const taken: number[] = [];
    for (const port of this.#ports) {
      if (taken.length === count) break;
      if (this.#isFree(port)) taken.push(port);
    }
    if (taken.length < count) return undefined;
    for (const port of taken) this.#ports.splice(this.#ports.indexOf(port), 1);
    return taken;
  }

  /** Takes a port back; it is lent again after all others. */
  giveBack(port: number): void {
    this.#ports.push(port);
  }
}

function canListen(port: number): boolean {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}
