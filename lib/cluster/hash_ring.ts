/**
 * Consistent hashing as Jubatus 1.1.1 does it: each server stands at eight places of a ring of MD5
 * digests, and a key belongs to the servers at the next places after its own digest.
 *
 * @module
 */
import { bytesOf, type ByteString, byteStringOfText } from "../base/byte_string.ts";
import { md5Hex } from "../base/md5.ts";
import { type Endpoint, formatEndpoint } from "./paths.ts";

/** Places each server has. */
export const PLACES_PER_SERVER = 8;

/** Digests at which a server stands; they are also the names of its nodes. */
export function ringPlaces(endpoint: Endpoint): string[] {
  const name = formatEndpoint(endpoint);
  return Array.from(
    { length: PLACES_PER_SERVER },
    (_, i) => digestOf(byteStringOfText(i === 0 ? name : `${name}_${i}`)),
  );
}

/** Which servers a key belongs to. Immutable. */
export class HashRing {
  /** Digests, ascending. */
  readonly #places: readonly string[];
  /** The server at each place. */
  readonly #endpoints: readonly Endpoint[];

  /** `places` maps digests to servers. */
  constructor(places: Iterable<readonly [string, Endpoint]>) {
    const sorted = [...places].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
    this.#places = sorted.map(([digest]) => digest);
    this.#endpoints = sorted.map(([, endpoint]) => endpoint);
  }

  /** Number of places. */
  get size(): number {
    return this.#places.length;
  }

  /**
   * The servers at the `count` places that follow the key's digest, each once. There may be fewer
   * than `count`: looking further for distinct ones would place keys differently than Jubatus 1.1.1,
   * which calls the same server repeatedly instead.
   */
  find(key: ByteString, count: number): Endpoint[] {
    const found: Endpoint[] = [];
    if (this.size === 0) return found;
    const first = this.#firstAtOrAfter(digestOf(key));
    for (let i = 0; i < count; i++) {
      const endpoint = this.#endpoints[(first + i) % this.size]!;
      if (!found.some(({ host, port }) => host === endpoint.host && port === endpoint.port)) found.push(endpoint);
    }
    return found;
  }

  #firstAtOrAfter(digest: string): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#places[middle]! < digest) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function digestOf(key: ByteString): string {
  return md5Hex(bytesOf(key));
}
