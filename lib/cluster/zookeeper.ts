/**
 * The coordination service as ZooKeeper provides it.
 *
 * @module
 */
import { log } from "../base/log.ts";
import { explainConnectPermission } from "../base/permission.ts";
import { parseConnectString } from "./connect_string.ts";
import {
  CoordinationError,
  type Coordinator,
  isCoordinationError,
  type NodeMode,
  type NodeStat,
  OPERATION,
  type SessionEvent,
  type SessionState,
  type Watcher,
} from "./coordinator.ts";
import { type ConnectionEvent, type ZookeeperAuth, ZookeeperSession } from "./zookeeper_session.ts";

export type { ZookeeperAuth };

/** How to connect. */
export interface ZookeeperOptions {
  /** Ensemble: `HOST:PORT,HOST:PORT/CHROOT`. */
  readonly hosts: string;
  /** Session timeout to ask for; the ensemble may grant another one. */
  readonly sessionTimeoutMs: number;
  /** Time until the first connection must stand; the session timeout if not given. */
  readonly connectTimeoutMs?: number;
  /** Time an operation may take, waiting for a lost connection included; the granted session timeout if not given. */
  readonly operationTimeoutMs?: number;
  /** Nodes created with credentials can be changed with these only; anybody can read them. */
  readonly auth?: readonly ZookeeperAuth[];
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** How long a server may take to confirm the end of a session. */
const CLOSE_TIMEOUT_MS = 2000;
const NO_DATA = new Uint8Array(0);

/** Opens a session, or fails with the reason once the connect timeout has passed. */
export async function connectZookeeper(options: ZookeeperOptions): Promise<Coordinator> {
  options.signal?.throwIfAborted();
  checkPermission(options.hosts);
  const coordinator = new ZookeeperCoordinator(options);
  try {
    await coordinator.connect(options.connectTimeoutMs ?? options.sessionTimeoutMs, options.signal);
    return coordinator;
  } catch (error) {
    await coordinator.close();
    throw error;
  }
}

/** Fails at once where no server may be connected to: on a socket that looks like a server that is down. */
function checkPermission(hosts: string): void {
  const { servers } = parseConnectString(hosts);
  const refusals = servers.flatMap(({ host, port }) => explainConnectPermission(host, port) ?? []);
  if (refusals.length === servers.length) {
    throw new CoordinationError(`cannot connect zk: ${refusals[0]}`, "connection_loss", "");
  }
  for (const refusal of refusals) log.warn(refusal);
}

class ZookeeperCoordinator implements Coordinator {
  readonly hosts: string;
  readonly #session: ZookeeperSession;
  readonly #operationTimeoutMs: number | undefined;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  /** Told of any change of state. */
  readonly #waiting = new Set<() => void>();
  #state: SessionState = "suspended";
  /** False until the first connection. */
  #established = false;
  /** Why the session ended, if the credentials were refused. */
  #refused = false;

  constructor(options: ZookeeperOptions) {
    this.hosts = options.hosts;
    this.#operationTimeoutMs = options.operationTimeoutMs;
    this.#session = new ZookeeperSession(
      options.hosts,
      options.sessionTimeoutMs,
      options.auth ?? [],
      (event) => this.#onConnection(event),
    );
  }

  get state(): SessionState {
    return this.#state;
  }

  get sessionId(): string {
    return this.#session.id;
  }

  get sessionTimeoutMs(): number {
    return this.#session.timeoutMs;
  }

  connectedServer(): string {
    return this.#session.server;
  }

  onSession(listener: (event: SessionEvent) => void, signal?: AbortSignal): void {
    if (signal?.aborted) return;
    this.#listeners.add(listener);
    signal?.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Resolves at the first connection. */
  async connect(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.#session.connect();
    await this.#stateChange(() => this.#established || this.#refused, timeoutMs, signal);
    signal?.throwIfAborted();
    if (this.#established) return;
    const reason = this.#refused ? "authentication_failed" : "connection_loss";
    const problem = this.#session.lastProblem;
    if (problem !== undefined) log.warn(`no connection to ZooKeeper: ${problem.message}`);
    const message = `cannot connect zk in ${Math.ceil(timeoutMs / 1000)} sec: ${this.hosts}`;
    throw new CoordinationError(message, reason, "", problem);
  }

  create(path: string, mode: NodeMode, data: Uint8Array = NO_DATA): Promise<string> {
    const what = mode === "persistent" ? OPERATION.create : OPERATION.createEphemeral;
    return this.#run(what, path, false, () => this.#session.create(path, mode, data));
  }

  get(path: string, watcher?: Watcher): Promise<{ data: Uint8Array; stat: NodeStat }> {
    return this.#run(OPERATION.get, path, true, () => this.#session.get(path, watcher));
  }

  set(path: string, data: Uint8Array, version = -1): Promise<NodeStat> {
    return this.#run(OPERATION.set, path, false, () => this.#session.set(path, data, version));
  }

  exists(path: string, watcher?: Watcher): Promise<NodeStat | null> {
    return this.#run(OPERATION.exists, path, true, () => this.#session.exists(path, watcher));
  }

  async children(path: string, watcher?: Watcher): Promise<string[]> {
    const what = OPERATION.children;
    const names = await this.#run(what, path, true, () => this.#session.children(path, watcher));
    return names.sort();
  }

  async delete(path: string): Promise<void> {
    let repeated = false;
    await this.#run(OPERATION.delete, path, true, async () => {
      try {
        await this.#session.delete(path);
      } catch (error) {
        // The try before this one may have succeeded with its answer lost.
        if (!(repeated && isCoordinationError(error, "no_node"))) throw error;
      } finally {
        repeated = true;
      }
    });
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    const closed = this.#session.close(CLOSE_TIMEOUT_MS);
    this.#change("closed");
    this.#listeners.clear();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Runs an operation on a live connection, waiting for one if need be. What only reads, or does no
   * harm when done twice, is tried again after a lost connection; with other operations nobody but
   * the caller can know whether they took effect.
   */
  async #run<Result>(
    what: string,
    path: string,
    repeatable: boolean,
    operation: () => Promise<Result>,
  ): Promise<Result> {
    const deadline = performance.now() + (this.#operationTimeoutMs ?? this.sessionTimeoutMs);
    while (true) {
      await this.#stateChange(() => this.#state !== "suspended", deadline - performance.now());
      if (this.#state !== "connected") throw this.#unusable(what, path);
      try {
        return await this.#withDeadline(what, path, deadline - performance.now(), operation());
      } catch (error) {
        if (!repeatable || !isCoordinationError(error, "connection_loss") || performance.now() >= deadline) throw error;
        await Promise.resolve();
      }
    }
  }

  #unusable(what: string, path: string): CoordinationError {
    if (this.#state === "closed") return CoordinationError.ofOperation(what, path, "closing");
    if (this.#refused) return CoordinationError.ofOperation(what, path, "authentication_failed");
    if (this.#state === "expired") return CoordinationError.ofOperation(what, path, "session_expired");
    return CoordinationError.ofOperation(what, path, "connection_loss");
  }

  /** The operation's outcome, or a failure when the server does not answer in time. */
  #withDeadline<Result>(what: string, path: string, ms: number, operation: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(CoordinationError.ofOperation(what, path, "operation_timeout")),
        Math.max(0, ms),
      );
      operation.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /** Resolves when `reached` holds, the session has ended or the time is over. */
  async #stateChange(reached: () => boolean, ms: number, signal?: AbortSignal): Promise<void> {
    if (reached() || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const check = (): void => {
        if (reached() || this.#state === "closed" || this.#state === "expired") done();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(check);
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  #onConnection(event: ConnectionEvent): void {
    if (this.#state === "closed" || this.#state === "expired") return;
    switch (event) {
      case "connected":
        log.info("got ZooKeeper event: type SESSION_EVENT(-1), state CONNECTED_STATE(3)");
        log.info(
          `ZooKeeper session established: connected to ${this.connectedServer()}, ` +
            `negotiated timeout ${this.sessionTimeoutMs} ms`,
        );
        if (this.#established) return this.#change("connected", "recovered");
        this.#established = true;
        return this.#change("connected");
      case "disconnected":
        log.info("got ZooKeeper event: type SESSION_EVENT(-1), state CONNECTING_STATE(1)");
        return this.#change("suspended", "suspended");
      case "authentication_failed":
        log.error("ZooKeeper refused the credentials");
        this.#refused = true;
        return this.#change("expired", "expired");
      case "expired":
        log.info("got ZooKeeper event: type SESSION_EVENT(-1), state EXPIRED_SESSION_STATE(-112)");
        return this.#change("expired", "expired");
    }
  }

  #change(state: SessionState, event?: SessionEvent): void {
    this.#state = state;
    for (const check of [...this.#waiting]) check();
    if (event !== undefined) { for (const listener of [...this.#listeners]) listener(event); }
  }
}
