import { type ByteString, messageText } from "../base/byte_string.ts";
import { log } from "../base/log.ts";
import type { Endpoint } from "../cluster/paths.ts";
import { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ConnectError, RequestTimeoutError } from "../rpc/call_errors.ts";
import type { Request, RequestHandler } from "../rpc/connection.ts";
import { ConnectionPool } from "../rpc/pool.ts";
import { writeErrorReply, writeNoMethodReply, writeReplyHead } from "../rpc/reply.ts";
import { mapResult, stringResult } from "../service/codecs.ts";
import { commonService } from "../service/common_service.ts";
import type { Service } from "../service/service.ts";
import { ProxiedCall } from "./proxied_call.ts";
import { ProxiedMethod, Target } from "./proxied_method.ts";
import { RecentName } from "./recent_name.ts";
import { createReducer } from "./reducer.ts";
import { describeFailure, errorForCaller, mostTelling } from "./upstream_errors.ts";

/** Answered by the proxy itself, with whatever parameters. */
const OWN_STATUS = "get_proxy_status";
const statusResult = mapResult(mapResult(stringResult));

/** Who is in the clusters; a `ClusterView` is one. */
export interface Members {
  /** The active servers, if they are known without asking; never empty. */
  knownActives(cluster: ByteString): readonly Endpoint[] | undefined;
  /** The active servers, at least one. */
  actives(cluster: ByteString): Promise<readonly Endpoint[]>;
  /** The servers a key belongs to, at most `count` and at least one, each once. */
  owners(cluster: ByteString, key: ByteString, count: number): Promise<readonly Endpoint[]>;
}

/** What a proxy is made of. */
export interface ProxyOptions {
  /** The methods beside those that every server has. */
  readonly service: Service;
  /** Who is in the clusters. */
  readonly members: Members;
  /** A server that does not answer for so long has failed; 0: never. */
  readonly interconnectTimeoutMs: number;
  /** An unused connection to a server is closed after so long. Default 60,000. */
  readonly poolExpireMs?: number;
  /** Most connections to servers; 0, the default, for no limit. */
  readonly poolSize?: number;
  /** `<ip>_<port>` of the proxy. */
  readonly owner: ByteString;
  /** What `get_proxy_status` tells beside the counters. */
  readonly status: () => Iterable<readonly [ByteString, ByteString]>;
  /** Chooses servers: a number from 0 to just below 1. */
  readonly random?: () => number;
}

/**
 * Sends requests on to the servers of a cluster and their replies back. The bytes of parameters and results are
 * forwarded as they are; only what several servers answer is read and reduced to one result.
 *
 * A call is sent once. Where no connection can be made, nothing was executed, and a method that only reads is then
 * tried on the other servers; updates are not, as in Jubatus 1.1.1, so that the caller learns of the lost server.
 */
export class Proxy implements RequestHandler, AsyncDisposable {
  readonly #methods = new Map<ByteString, ProxiedMethod>();
  readonly #options: ProxyOptions;
  readonly #random: () => number;
  readonly #pool: ConnectionPool;
  readonly #reader = new Reader(new Uint8Array(0));
  /** Of the request at hand. */
  readonly #target = new Target();
  readonly #methodName = new RecentName();
  /** Requests whose parameters were right. */
  #requestCount = 0;
  /** Servers that requests were sent to. */
  #forwardCount = 0;

  /** Makes a proxy; connections to servers are made when they are needed. */
  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    for (const [name, method] of Object.entries({ ...options.service, ...commonService })) {
      this.#methods.set(name, new ProxiedMethod(name, method));
    }
    this.#pool = new ConnectionPool({
      timeoutMs: options.interconnectTimeoutMs,
      expireMs: options.poolExpireMs ?? 60_000,
      sizeMax: options.poolSize ?? 0,
    });
  }

  handle(request: Request, replies: Writer): void {
    const { bytes, methodStart, methodEnd, paramsStart, paramsEnd, id, isNotification } = request;
    const name = this.#methodName.of(bytes, methodStart, methodEnd);
    if (name === OWN_STATUS) return this.#answerStatus(request, replies);
    const method = this.#methods.get(name);
    if (method === undefined) {
      if (!isNotification) writeNoMethodReply(replies, id, name);
      return;
    }
    const target = this.#target;
    try {
      this.#reader.reset(bytes, paramsStart, paramsEnd);
      method.readTarget(this.#reader, target);
    } catch (error) {
      if (!isNotification) writeErrorReply(replies, id, error);
      return;
    }
    this.#requestCount++;
    this.#route(new ProxiedCall(method, target.cluster, request, this.#answerFailure), target.key);
  }

  /** Closes the connections to servers; calls without an answer fail. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** Does what {@link close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answerStatus(request: Request, replies: Writer): void {
    this.#requestCount++;
    if (request.isNotification) return;
    const counters: [string, number][] = [
      ["request_count", this.#requestCount],
      ["forward_count", this.#forwardCount],
    ];
    const status = [
      ...this.#options.status(),
      ...counters.map(([key, count]): [ByteString, ByteString] => [key, String(count)]),
    ];
    writeReplyHead(replies, request.id);
    statusResult.write(replies, [[this.#options.owner, status]]);
  }

  /** Finds the servers and sends the call: at once where they are known, else when they are. */
  #route(call: ProxiedCall, key: ByteString): void {
    const { members } = this.#options;
    const { route } = call.method.declaration;
    if (route.kind === "cht") {
      this.#sendLater(call, members.owners(call.cluster, key, route.replicas));
      return;
    }
    const known = members.knownActives(call.cluster);
    if (known === undefined) this.#sendLater(call, members.actives(call.cluster));
    else this.#send(call, known);
  }

  #sendLater(call: ProxiedCall, finding: Promise<readonly Endpoint[]>): void {
    call.keep();
    finding.then((peers) => this.#send(call, peers), (error) => {
      const message = error instanceof Error ? error.message : String(error);
      log.warn(`exception in RPC thread: jubatus::server::framework::no_worker: ${messageText(message)}`);
      call.fail(message);
    });
  }

  #send(call: ProxiedCall, peers: readonly Endpoint[]): void {
    const { route } = call.method.declaration;
    if (route.kind === "random") {
      if (call.method.isRepeatable && peers.length > 1) call.keep();
      this.#sendToOne(call, peers);
    } else if (peers.length === 1) {
      this.#sendToOne(call, peers);
    } else {
      void this.#sendToAll(call, peers);
    }
  }

  /** Sends a call to one of the servers. */
  #sendToOne(call: ProxiedCall, peers: readonly Endpoint[]): void {
    const peer = peers.length === 1 ? peers[0]! : peers[Math.floor(this.#random() * peers.length)]!;
    const { name, callOptions } = call.method;
    call.peer = peer;
    call.peers = peers;
    this.#forwardCount++;
    try {
      this.#pool.send(peer, name, call.params, call, callOptions);
    } catch (error) {
      call.failed(error);
    }
  }

  /** Answers for the server that failed; if that cannot be reached, and the call only reads, asks another one. */
  readonly #answerFailure = (call: ProxiedCall, error: unknown): void => {
    const peer = call.peer!;
    this.#noteTimeout(peer, error);
    logFailures(call.method, [[peer, error]], 1);
    const others = call.peers.filter((other) => other !== peer);
    if (error instanceof ConnectError && call.method.isRepeatable && others.length > 0) this.#sendToOne(call, others);
    else call.fail(errorForCaller(error));
  };

  /** Sends a call to several servers and answers when all have. Never throws. */
  async #sendToAll(call: ProxiedCall, peers: readonly Endpoint[]): Promise<void> {
    const reducer = createReducer(call.method.declaration);
    const failures: [Endpoint, unknown][] = [];
    const { name, callOptions } = call.method;
    this.#forwardCount += peers.length;
    await Promise.all(peers.map(async (peer) => {
      try {
        await this.#pool.call(peer, name, call.params, (result) => reducer.add(result), callOptions);
      } catch (error) {
        this.#noteTimeout(peer, error);
        failures.push([peer, error]);
      }
    }));
    if (failures.length === 0) return call.succeed((writer) => reducer.write(writer));
    logFailures(call.method, failures, peers.length);
    call.fail(errorForCaller(mostTelling(failures.map(([, error]) => error))));
  }

  #noteTimeout(peer: Endpoint, error: unknown): void {
    if (!(error instanceof RequestTimeoutError)) return;
    log.warn(`request timeout occurred: ${peer.host}:${peer.port}`);
    // Nobody else waits for anything from this server: a new connection may do better than this one.
    if (this.#pool.outstanding(peer) === 0) void this.#pool.drop(peer);
  }
}

/** Tells which servers failed, in the layout of 1.1.1. */
function logFailures(method: ProxiedMethod, failures: readonly (readonly [Endpoint, unknown])[], all: number): void {
  if (!log.enabled("warn")) return;
  const count = failures.length;
  log.warn(`error occurred in ${count} out of ${all} requests`);
  const lines = failures.map(([{ host, port }, error]) =>
    ` host: ${host}, port: ${port}\n${describeFailure(method.name, error)}\n`
  );
  log.warn(`rpc_error with ${count} server${count === 1 ? "" : "s"}\n${lines.join("")}`);
}
