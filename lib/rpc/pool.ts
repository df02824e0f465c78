import type { ByteString } from "../base/byte_string.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Reader } from "../msgpack/reader.ts";
import { ConnectionClosedError, QueueFullError } from "./call_errors.ts";
import { type Caller, type CallOptions, RpcClient, type RpcClientOptions, type SendOptions } from "./client.ts";
import type { Params } from "./request_queue.ts";
import { turnTime } from "./turn_time.ts";

/** Idle connections are looked for no more often than this. */
const SWEEP_MS_MIN = 1000;

/** Where a server listens. */
export interface Peer {
  /** Name or address. */
  readonly host: string;
  /** Port. */
  readonly port: number;
}

/** Limits of a pool; the rest holds for each connection. */
export interface ConnectionPoolOptions extends Omit<RpcClientOptions, "host" | "port"> {
  /** A connection that was not used for so long is closed. Default 60,000; less than a second counts as one. */
  readonly expireMs?: number;
  /** No more connections than this: the longest idle one makes room, or the call fails. Default 0: no limit. */
  readonly sizeMax?: number;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/** A client and when it was last used. */
interface Entry {
  readonly client: RpcClient;
  usedAt: number;
}

/**
 * Connections to many servers, one for each, which all callers share. Made when they are first needed and closed when
 * they have not been used for a while.
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #entries = new Map<string, Entry>();
  readonly #options: ConnectionPoolOptions;
  readonly #expireMs: number;
  readonly #sizeMax: number;
  readonly #clock: Clock;
  /** Closes idle connections as long as there are any. */
  #sweeper: Promise<void> | undefined;
  /** Connections being closed. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  /** Makes an empty pool. */
  constructor(options: ConnectionPoolOptions = {}) {
    this.#options = options;
    this.#expireMs = Math.max(options.expireMs ?? 60_000, SWEEP_MS_MIN);
    this.#sizeMax = options.sizeMax ?? 0;
    this.#clock = options.clock ?? { now: turnTime, sleep: systemClock.sleep };
  }

  /** Number of servers there is a connection for. */
  get size(): number {
    return this.#entries.size;
  }

  /** Calls a method of a server as {@link RpcClient.call} does; rejects with a {@link QueueFullError} when full. */
  call<T>(
    peer: Peer,
    method: ByteString,
    params: Params,
    read: (result: Reader) => T,
    options?: CallOptions,
  ): Promise<T> {
    try {
      return this.#clientOf(peer).call(method, params, read, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Calls a method of a server as {@link RpcClient.send} does. */
  send(peer: Peer, method: ByteString, params: Params, caller: Caller, options?: SendOptions): void {
    this.#clientOf(peer).send(method, params, caller, options);
  }

  /** Calls of a server without an answer. */
  outstanding(peer: Peer): number {
    return this.#entries.get(keyOf(peer))?.client.outstanding ?? 0;
  }

  /** Closes the connection to a server; its calls without an answer fail. The next call makes a new one. */
  async drop(peer: Peer): Promise<void> {
    await this.#remove(keyOf(peer));
  }

  /** Closes all connections; calls without an answer fail, and so do later ones. */
  async close(): Promise<void> {
    this.#closing.abort(new ConnectionClosedError());
    for (const key of this.#entries.keys()) void this.#remove(key);
    await Promise.all(this.#leaving);
    await this.#sweeper;
  }

  /** Does what {@link close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #clientOf(peer: Peer): RpcClient {
    const key = keyOf(peer);
    const entry = this.#entries.get(key) ?? this.#addEntry(key, peer);
    entry.usedAt = this.#clock.now();
    return entry.client;
  }

  #addEntry(key: string, { host, port }: Peer): Entry {
    this.#closing.signal.throwIfAborted();
    this.#makeRoom();
    const entry = { client: new RpcClient({ ...this.#options, host, port }), usedAt: this.#clock.now() };
    this.#entries.set(key, entry);
    this.#startSweeping();
    return entry;
  }

  #startSweeping(): void {
    this.#sweeper ??= this.#sweep().finally(() => {
      this.#sweeper = undefined;
      if (this.#entries.size > 0 && !this.#closing.signal.aborted) this.#startSweeping();
    });
  }

  #makeRoom(): void {
    if (this.#sizeMax === 0 || this.#entries.size < this.#sizeMax) return;
    const idle = [...this.#entries].filter(([, entry]) => entry.client.outstanding === 0);
    if (idle.length === 0) throw new QueueFullError("too many session");
    const [key] = idle.reduce((oldest, next) => next[1].usedAt < oldest[1].usedAt ? next : oldest);
    void this.#remove(key);
  }

  /** Takes a connection out and closes it; {@link close} waits for that. Never throws. */
  #remove(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return Promise.resolve();
    this.#entries.delete(key);
    const leaving = entry.client.close().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
    return leaving;
  }

  /** Closes what has expired, until there is nothing left or the pool is closed. Never throws. */
  async #sweep(): Promise<void> {
    const clock = this.#clock;
    while (this.#entries.size > 0) {
      let next = Infinity;
      for (const [key, entry] of this.#entries) {
        if (entry.client.outstanding > 0) entry.usedAt = clock.now();
        const left = entry.usedAt + this.#expireMs - clock.now();
        if (left <= 0) void this.#remove(key);
        else next = Math.min(next, left);
      }
      if (next === Infinity) return;
      try {
        await clock.sleep(Math.max(next, SWEEP_MS_MIN), this.#closing.signal);
      } catch {
        return;
      }
    }
  }
}

/** Keys of the peers seen: the same few objects come again and again. */
const keys = new WeakMap<Peer, string>();

function keyOf(peer: Peer): string {
  let key = keys.get(peer);
  if (key === undefined) {
    key = `${peer.host}:${peer.port}`;
    keys.set(peer, key);
  }
  return key;
}
