import type { ByteString } from "../../lib/base/byte_string.ts";
import type { Endpoint } from "../../lib/cluster/paths.ts";
import { type Members, Proxy, type ProxyOptions } from "../../lib/proxy/proxy.ts";
import { RpcServer } from "../../lib/rpc/server.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { classifierService } from "../../lib/service/classifier_service.ts";
import { encodeValue, type WireValue } from "../support/wire_value.ts";

/** Members as a test says; nothing is known without asking until `isKnown` is set. */
export class FixedMembers implements Members {
  endpoints: readonly Endpoint[];
  isKnown = true;
  readonly #error: string | undefined;
  /** What the ring was asked for. */
  readonly asked: { cluster: ByteString; key: ByteString; count: number }[] = [];

  constructor(endpoints: readonly Endpoint[], error?: string) {
    this.endpoints = endpoints;
    this.#error = error;
  }

  knownActives(): readonly Endpoint[] | undefined {
    return this.isKnown && this.#error === undefined ? this.endpoints : undefined;
  }

  actives(cluster: ByteString): Promise<readonly Endpoint[]> {
    return this.#answer(cluster, this.endpoints);
  }

  owners(cluster: ByteString, key: ByteString, count: number): Promise<readonly Endpoint[]> {
    this.asked.push({ cluster, key, count });
    return this.#answer(key, this.endpoints.slice(0, count));
  }

  #answer(what: ByteString, endpoints: readonly Endpoint[]): Promise<readonly Endpoint[]> {
    return this.#error === undefined
      ? Promise.resolve(endpoints)
      : Promise.reject(new Error(`${this.#error}: ${what}`));
  }
}

/** Options of a proxy for the classifier, with which tests mostly do. */
export type SetupOptions = Partial<ProxyOptions> & { readonly members?: Members; readonly idleTimeoutMs?: number };

/** A proxy that listens, scripted servers behind it, and a client in front. */
export class ProxySetup implements AsyncDisposable {
  readonly peers: readonly ScriptedPeer[];
  readonly members: Members;
  readonly proxy: Proxy;
  readonly server: RpcServer;
  readonly client: RawConnection;
  #lastId = 0n;

  private constructor(
    peers: readonly ScriptedPeer[],
    members: Members,
    proxy: Proxy,
    server: RpcServer,
    client: RawConnection,
  ) {
    this.peers = peers;
    this.members = members;
    this.proxy = proxy;
    this.server = server;
    this.client = client;
  }

  /** Random choices take the first server unless `random` says otherwise. */
  static async start(peerCount: number, options: SetupOptions = {}): Promise<ProxySetup> {
    const peers = Array.from({ length: peerCount }, () => new ScriptedPeer());
    const members = options.members ?? new FixedMembers(peers.map(({ host, port }) => ({ host, port })));
    const proxy = new Proxy({
      service: classifierService,
      interconnectTimeoutMs: 30_000,
      owner: "192.0.2.2_9199",
      status: () => [],
      random: () => 0,
      ...options,
      members,
    });
    const { idleTimeoutMs = 0 } = options;
    const server = new RpcServer(proxy, { hostname: "127.0.0.1", port: 0, idleTimeoutMs });
    const client = await RawConnection.open({ hostname: "127.0.0.1", port: server.port });
    return new ProxySetup(peers, members, proxy, server, client);
  }

  /** Calls through the proxy: `[error, result]`; undefined when the connection was closed. */
  async call(method: string, ...params: WireValue[]): Promise<[WireValue, WireValue] | undefined> {
    const id = ++this.#lastId;
    const answer = await this.client.exchange(encodeValue([0n, id, method, params]), 1);
    if (answer === undefined) return undefined;
    const [type, answeredId, error, result] = answer.messages[0] as readonly WireValue[];
    if (type !== 1n || answeredId !== id) throw new Error(`not the answer to ${id}: ${answer.messages[0]}`);
    return [error!, result!];
  }

  /** Answers a peer's next request with a result, and returns the request. */
  async answer(peer: number, result: WireValue, error: WireValue = null): Promise<WireValue> {
    const request = await this.peers[peer]!.next();
    await this.peers[peer]!.send(request.connection, ...encodeValue([1n, BigInt(request.id), error, result]));
    return [request.method, request.params];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.proxy.close();
    await this.server.close();
    await Promise.all(this.peers.map((peer) => peer[Symbol.asyncDispose]()));
  }
}
