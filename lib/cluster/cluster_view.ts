import { type ByteString, textOf } from "../base/byte_string.ts";
import { log } from "../base/log.ts";
import { CoordinationError, type Coordinator, isCoordinationError, OPERATION } from "./coordinator.ts";
import { HashRing } from "./hash_ring.ts";
import { MemberCache } from "./member_cache.ts";
import { ClusterPaths, type Endpoint, parseEndpoint } from "./paths.ts";

const decoder = new TextDecoder();

/**
 * Who is in the clusters of one type, from watched lists: what proxies route by. Any cluster name
 * may be asked for.
 */
export class ClusterView implements Disposable {
  readonly #coordinator: Coordinator;
  readonly #type: string;
  readonly #cache: MemberCache;
  /** Endpoints of each list of names handed out by the cache. */
  readonly #endpoints = new WeakMap<readonly string[], readonly Endpoint[]>();
  /** Rings of each list of places handed out by the cache. */
  readonly #rings = new WeakMap<readonly string[], Promise<HashRing>>();
  /** Servers by place; a place never changes hands, being the server's digest. */
  readonly #places = new Map<string, Endpoint>();
  /** The name last asked for: most likely that of the next request. */
  #lastName: ByteString | undefined;
  #lastPaths: ClusterPaths | undefined;

  constructor(coordinator: Coordinator, type: string) {
    this.#coordinator = coordinator;
    this.#type = type;
    this.#cache = new MemberCache(coordinator);
  }

  /** The active servers if they are known without asking; never empty. */
  knownActives(name: ByteString): readonly Endpoint[] | undefined {
    const names = this.#cache.known(this.#paths(name).actives);
    if (names === undefined) return undefined;
    const endpoints = this.#endpointsOf(names);
    return endpoints.length === 0 ? undefined : endpoints;
  }

  /** The active servers of a cluster, at least one; fails with `no server found: NAME`. */
  async actives(name: ByteString): Promise<readonly Endpoint[]> {
    let cause: unknown;
    try {
      const endpoints = this.#endpointsOf(await this.#list(this.#paths(name).actives));
      if (endpoints.length > 0) return endpoints;
    } catch (error) {
      cause = told(error);
    }
    throw new CoordinationError(`no server found: ${name}`, codeOf(cause), this.#paths(name).actives, cause);
  }

  /** The servers a key belongs to, at most `count` and at least one; fails with `failed to fetch list of CHT entry: KEY`. */
  async owners(name: ByteString, key: ByteString, count: number): Promise<readonly Endpoint[]> {
    let cause: unknown;
    const directory = this.#paths(name).ring;
    try {
      const owners = (await this.#ring(directory)).find(key, count);
      if (owners.length > 0) return owners;
    } catch (error) {
      cause = told(error);
    }
    const message = `failed to fetch list of CHT entry: ${key}`;
    throw new CoordinationError(message, codeOf(cause), directory, cause);
  }

  /** Stops following changes. */
  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
  }

  #paths(name: ByteString): ClusterPaths {
    if (name !== this.#lastName) {
      this.#lastPaths = new ClusterPaths(this.#type, textOf(name));
      this.#lastName = name;
    }
    return this.#lastPaths!;
  }

  /** Reads a list; one that was never read fails at once while the service cannot be reached. */
  #list(path: string): Promise<readonly string[]> {
    if (this.#cache.known(path) === undefined && this.#coordinator.state !== "connected") {
      const what = OPERATION.children;
      return Promise.reject(CoordinationError.ofOperation(what, path, "connection_loss"));
    }
    return this.#cache.list(path);
  }

  #endpointsOf(names: readonly string[]): readonly Endpoint[] {
    let endpoints = this.#endpoints.get(names);
    if (endpoints === undefined) {
      endpoints = names.map(parseEndpoint).filter((endpoint) => endpoint !== undefined);
      this.#endpoints.set(names, endpoints);
    }
    return endpoints;
  }

  async #ring(directory: string): Promise<HashRing> {
    const names = await this.#list(directory);
    let ring = this.#rings.get(names);
    if (ring === undefined) {
      ring = this.#readRing(directory, names);
      this.#rings.set(names, ring);
      ring.catch(() => this.#rings.delete(names));
    }
    return await ring;
  }

  async #readRing(directory: string, names: readonly string[]): Promise<HashRing> {
    const places = await Promise.all(names.map(async (place) => {
      const endpoint = await this.#placeHolder(`${directory}/${place}`);
      return endpoint === undefined ? undefined : [place, endpoint] as const;
    }));
    return new HashRing(places.filter((place) => place !== undefined));
  }

  /** The server at a place; nothing when the place has been given up since it was listed. */
  async #placeHolder(path: string): Promise<Endpoint | undefined> {
    const known = this.#places.get(path);
    if (known !== undefined) return known;
    try {
      const { data } = await this.#coordinator.get(path);
      const endpoint = parseEndpoint(decoder.decode(data));
      if (endpoint !== undefined) this.#places.set(path, endpoint);
      return endpoint;
    } catch (error) {
      if (isCoordinationError(error, "no_node")) return undefined;
      throw error;
    }
  }
}

/** Logs why a list is missing, which the caller is not told, and returns it. */
function told(error: unknown): unknown {
  log.error(error instanceof Error ? error.message : String(error));
  return error;
}

function codeOf(cause: unknown): CoordinationError["code"] {
  return cause instanceof CoordinationError ? cause.code : "no_node";
}
