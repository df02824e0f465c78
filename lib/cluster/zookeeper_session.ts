/**
 * One ZooKeeper session on the npm package node-zookeeper-client, made safe to rely on. The package
 * speaks the protocol well but
 *
 * - never gives up on a server that accepts connections or requests and does not answer,
 * - keeps requests that were never sent, and sends them after a reconnect, however late,
 * - keeps half a reply of a lost connection and reads the next connection's first reply behind it,
 * - throws out of its socket handler (and so ends the process) on an error number it does not know,
 * - keeps its sockets and timers when closed without a connection.
 *
 * All of it is mended here by replacing methods of its connection manager. The file is long because
 * it is the only one that knows the package.
 *
 * @module
 */
import { Buffer } from "node:buffer";
// @ts-types="./node_zookeeper_client.d.ts"
import zookeeper, {
  type Acl,
  type Client,
  type ConnectionManager,
  type Event,
  type Exception,
  type Stat,
} from "node-zookeeper-client";
import { parseConnectString } from "./connect_string.ts";
import {
  CoordinationError,
  coordinationErrorCode,
  type NodeMode,
  type NodeStat,
  OPERATION,
  type Watcher,
  type WatchEvent,
} from "./coordinator.ts";
import { SessionLog } from "./session_log.ts";

/** States of the package's connection manager. */
const CONNECTING = 1;
const CONNECTED = 2;
const CLOSING = -1;
/** Pause before the servers are tried again once all have failed. */
const RECONNECT_PAUSE_MS = 200;
/** How long the first answer on a connection may take, at most; doubled at each try that fails. */
const HANDSHAKE_MS = 2000;
/** Bounds of the interval at which silence is looked for. */
const WATCHDOG_MIN_MS = 50;
const WATCHDOG_MAX_MS = 1000;
/** Names of the package's event numbers. */
const EVENT_TYPES: readonly (WatchEvent["type"] | undefined)[] = [
  undefined,
  "created",
  "deleted",
  "changed",
  "children",
];
const MODES: Readonly<Record<NodeMode, number>> = {
  persistent: zookeeper.CreateMode.PERSISTENT,
  ephemeral: zookeeper.CreateMode.EPHEMERAL,
  ephemeral_sequential: zookeeper.CreateMode.EPHEMERAL_SEQUENTIAL,
};

/** Credentials for a ZooKeeper that restricts access, such as scheme `digest`, auth `user:password`. */
export interface ZookeeperAuth {
  readonly scheme: string;
  readonly auth: string;
}

/** Who may do what with nodes that a session without credentials creates, and one with credentials. */
const OPEN: readonly Acl[] = zookeeper.ACL.OPEN_ACL_UNSAFE;
const OWNED: readonly Acl[] = [...zookeeper.ACL.CREATOR_ALL_ACL, ...zookeeper.ACL.READ_ACL_UNSAFE];

/** What a session tells its owner; `connected` again after each `disconnected`. */
export type ConnectionEvent = "connected" | "disconnected" | "expired" | "authentication_failed";

/** What is watched: data and existence, or the list of children. */
type WatchKind = "data" | "children";

/** All watchers of one kind at one path. */
interface PathWatch {
  readonly watchers: Set<Watcher>;
  /** What the package calls. */
  readonly notify: (event: Event) => void;
}

/** One session; reconnects by itself until it expires or is closed. Operations fail at once while disconnected. */
export class ZookeeperSession {
  readonly #client: Client;
  readonly #manager: ConnectionManager;
  readonly #onEvent: (event: ConnectionEvent) => void;
  /** Of the nodes it creates. */
  readonly #acl: readonly Acl[];
  /** One function per kind of watch and path: the package drops equal functions, so none pile up. */
  readonly #watches = new Map<string, PathWatch>();
  /** When bytes last came from the server in use. */
  #heardAt = 0;
  /** When the connection was made that waits for the answer to its session request. */
  #handshakeSince: number | undefined;
  /** How long that answer may take. A starting server accepts and never answers; a busy one is slow. */
  #handshakeMs: number;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #closed = false;
  #lastProblem: Error | undefined;
  readonly #log: SessionLog;
  /** The server in use or tried, as the user named it. */
  #target = "";
  /** Why the present connection is about to be lost, where it is not the server that ends it. */
  #lossReason: string | undefined;
  /** Tells {@link close} that the socket is gone. */
  #gone: (() => void) | undefined;

  constructor(
    hosts: string,
    sessionTimeoutMs: number,
    auth: readonly ZookeeperAuth[],
    onEvent: (event: ConnectionEvent) => void,
  ) {
    const { servers, chroot } = parseConnectString(hosts);
    this.#onEvent = onEvent;
    this.#log = new SessionLog(hosts, servers.length);
    this.#acl = auth.length > 0 ? OWNED : OPEN;
    this.#handshakeMs = firstHandshakeMs(sessionTimeoutMs);
    this.#client = zookeeper.createClient(`127.0.0.1:2181${chroot}`, {
      sessionTimeout: sessionTimeoutMs,
      spinDelay: RECONNECT_PAUSE_MS,
      retries: 0,
    });
    this.#manager = this.#client.connectionManager;
    this.#manager.servers = shuffled(servers);
    this.#manager.updateTimeout(sessionTimeoutMs);
    for (const { scheme, auth: text } of auth) this.#client.addAuthInfo(scheme, Buffer.from(text));
    this.#mend();
    this.#client.on("state", (state) => {
      if (state.name === "SYNC_CONNECTED" || state.name === "CONNECTED_READ_ONLY") this.#connected();
      else if (state.name === "DISCONNECTED") this.#onEvent("disconnected");
      else this.#end(state.name === "EXPIRED" ? "expired" : "authentication_failed");
    });
  }

  /** The session's id, as the owner of its ephemeral nodes. */
  get id(): string {
    return ownerText(this.#client.getSessionId());
  }

  /** Asked for, and once connected: granted. */
  get timeoutMs(): number {
    return this.#client.getSessionTimeout();
  }

  /** Whether a server has accepted the session on the present connection. */
  get connected(): boolean {
    return !this.#closed && this.#manager.state === CONNECTED;
  }

  /** The server in use, `HOST:PORT`. */
  get server(): string {
    const socket = this.#manager.socket;
    return this.connected && socket?.remoteAddress ? `${socket.remoteAddress}:${socket.remotePort}` : "";
  }

  /** Why the last connection failed, as far as known. */
  get lastProblem(): Error | undefined {
    return this.#lastProblem;
  }

  /** Begins connecting. */
  connect(): void {
    this.#log.opening(this.timeoutMs);
    this.#client.connect();
    this.#startWatchdog();
  }

  /** Drops the present connection, as a network failure would; the session goes on. */
  dropConnection(reason: string): void {
    this.#lossReason = reason;
    this.#manager.socket?.destroy();
  }

  /** Ends the session; gives up on the server's confirmation after `deadlineMs`. */
  async close(deadlineMs: number): Promise<void> {
    if (this.#closed) return;
    this.#stopTimers();
    const manager = this.#manager;
    const gone = new Promise<void>((resolve) => this.#gone = resolve);
    const confirmation = this.connected;
    this.#closed = true;
    if (confirmation) {
      this.#client.close();
      const timer = setTimeout(() => this.dropConnection("no answer"), deadlineMs);
      await gone;
      clearTimeout(timer);
    } else {
      manager.state = CLOSING;
      clearTimeout(manager.connectTimeoutHandler ?? undefined);
      if (manager.socket !== undefined && !manager.socket.destroyed) {
        manager.socket.destroy();
        await gone;
      }
    }
    this.#log.closed(confirmation && this.#lossReason === undefined);
    this.#watches.clear();
  }

  /** See `Coordinator.create`. */
  create(path: string, mode: NodeMode, data: Uint8Array): Promise<string> {
    const what = mode === "persistent" ? OPERATION.create : OPERATION.createEphemeral;
    return this.#call(what, path, (resolve, reject) => {
      this.#client.create(path, Buffer.from(data), this.#acl, MODES[mode], (error, created) => {
        if (error) reject(error);
        else resolve(created);
      });
    });
  }

  /** See `Coordinator.get`. */
  get(
    path: string,
    watcher: Watcher | undefined,
  ): Promise<{ data: Uint8Array; stat: NodeStat }> {
    return this.#read(OPERATION.get, path, "data", watcher, (notify, resolve, reject) => {
      this.#client.getData(path, notify, (error, data, stat) => {
        if (error) reject(error);
        else resolve({ data: new Uint8Array(data ?? []), stat: statOf(stat) });
      });
    });
  }

  /** See `Coordinator.set`. */
  set(path: string, data: Uint8Array, version: number): Promise<NodeStat> {
    return this.#call(OPERATION.set, path, (resolve, reject) => {
      this.#client.setData(path, Buffer.from(data), version, (error, stat) => {
        if (error) reject(error);
        else resolve(statOf(stat));
      });
    });
  }

  /** See `Coordinator.exists`. */
  exists(path: string, watcher: Watcher | undefined): Promise<NodeStat | null> {
    return this.#read(OPERATION.exists, path, "data", watcher, (notify, resolve, reject) => {
      this.#client.exists(path, notify, (error, stat) => {
        if (error) reject(error);
        else resolve(stat === null ? null : statOf(stat));
      });
    });
  }

  /** See `Coordinator.children`. */
  children(path: string, watcher: Watcher | undefined): Promise<string[]> {
    return this.#read(OPERATION.children, path, "children", watcher, (notify, resolve, reject) => {
      this.#client.getChildren(path, notify, (error, names) => {
        if (error) reject(error);
        else resolve(names);
      });
    });
  }

  /** See `Coordinator.delete`. */
  delete(path: string): Promise<void> {
    return this.#call(OPERATION.delete, path, (resolve, reject) => {
      this.#client.remove(path, (error) => {
        if (error) reject(error);
        else resolve(undefined);
      });
    });
  }

  /** Runs one request of the package, whose argument checks throw and whose callbacks carry numbers. */
  #call<Result>(
    what: string,
    path: string,
    request: (resolve: (result: Result) => void, reject: (error: Exception) => void) => void,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(CoordinationError.ofOperation(what, path, "closing"));
      if (!this.connected) return reject(CoordinationError.ofOperation(what, path, "connection_loss"));
      try {
        request(
          resolve,
          (error) => reject(CoordinationError.ofOperation(what, path, coordinationErrorCode(error.code), error)),
        );
      } catch (error) {
        reject(CoordinationError.ofOperation(what, path, "bad_arguments", error));
      }
    });
  }

  /** Runs a request that sets a watch if it succeeds. */
  async #read<Result>(
    what: string,
    path: string,
    kind: WatchKind,
    watcher: Watcher | undefined,
    request: (
      notify: ((event: Event) => void) | undefined,
      resolve: (result: Result) => void,
      reject: (error: Exception) => void,
    ) => void,
  ): Promise<Result> {
    const key = `${kind} ${path}`;
    const notify = watcher === undefined ? undefined : this.#watch(key, path, watcher);
    try {
      return await this.#call(what, path, (resolve, reject) => request(notify, resolve, reject));
    } catch (error) {
      const watch = this.#watches.get(key);
      if (watch !== undefined && watcher !== undefined) {
        watch.watchers.delete(watcher);
        if (watch.watchers.size === 0) this.#watches.delete(key);
      }
      throw error;
    }
  }

  /** The package's watcher for a path, with `watcher` among those it tells. */
  #watch(key: string, path: string, watcher: Watcher): (event: Event) => void {
    let watch = this.#watches.get(key);
    if (watch === undefined) {
      const watchers = new Set<Watcher>();
      const notify = (event: Event): void => {
        // The server tells of the session's own nodes going, too.
        if (this.#closed) return;
        if (this.#watches.get(key)?.watchers === watchers) this.#watches.delete(key);
        const type = EVENT_TYPES[event.type];
        if (type !== undefined) { for (const tell of [...watchers]) tell({ type, path }); }
        watchers.clear();
      };
      watch = { watchers, notify };
      this.#watches.set(key, watch);
    }
    watch.watchers.add(watcher);
    return watch.notify;
  }

  #connected(): void {
    this.#heardAt = performance.now();
    this.#handshakeSince = undefined;
    this.#handshakeMs = firstHandshakeMs(this.timeoutMs);
    this.#log.connected(this.#target, this.server, this.id, this.timeoutMs);
    this.#onEvent("connected");
  }

  #end(event: "expired" | "authentication_failed"): void {
    this.#stopTimers();
    this.#watches.clear();
    if (event === "expired") this.#log.expired();
    else this.#log.authenticationFailed(this.#target);
    this.#onEvent(event);
  }

  /** Tells of a connection that is lost or was not made. */
  #logLoss(): void {
    const reason = this.#lossReason ?? "the server has closed the connection";
    if (this.#manager.state === CONNECTED) this.#log.disconnected(this.#target, reason);
    else if (this.#manager.state === CONNECTING) this.#log.failed(this.#target, reason);
  }

  /** Replaces methods of the package's connection manager; see the module's comment. */
  #mend(): void {
    const manager = this.#manager;
    const { onSocketConnected, onSocketConnectTimeout, onSocketData, onSocketClosed, onSocketError } = manager;

    manager.findNextServer = (callback) => {
      const pause = manager.serverAttempts++ < manager.servers.length ? 0 : RECONNECT_PAUSE_MS;
      this.#pauseTimer = setTimeout(() => {
        if (this.#closed) return;
        this.#handshakeSince = undefined;
        manager.nextServerIndex = (manager.nextServerIndex + 1) % manager.servers.length;
        const server = manager.servers[manager.nextServerIndex]!;
        this.#target = `${server.host.includes(":") ? `[${server.host}]` : server.host}:${server.port}`;
        this.#lossReason = undefined;
        this.#log.connecting(this.#target);
        callback(server);
      }, pause);
    };

    manager.onSocketConnectTimeout = () => {
      this.#lossReason = `no connection within ${manager.connectTimeout} ms`;
      onSocketConnectTimeout.call(manager);
    };

    manager.onSocketConnected = () => {
      this.#handshakeSince = performance.now();
      onSocketConnected.call(manager);
    };

    manager.onSocketData = (chunk) => {
      this.#heardAt = performance.now();
      try {
        onSocketData.call(manager, chunk);
      } catch {
        // On a new connection all is in step again.
        this.dropConnection("a reply that cannot be read");
      }
    };

    manager.onSocketError = (error) => {
      this.#lastProblem = error;
      this.#lossReason = error.message;
      onSocketError.call(manager, error);
    };

    manager.onSocketClosed = (hadError) => {
      this.#logLoss();
      manager.pendingBuffer = null;
      clearTimeout(manager.connectTimeoutHandler ?? undefined);
      for (const packet of manager.packetQueue.queue.splice(0)) {
        packet.callback?.(zookeeper.Exception.create(zookeeper.Exception.CONNECTION_LOSS));
      }
      onSocketClosed.call(manager, hadError);
      this.#gone?.();
    };
  }

  /** Leaves servers that have gone silent: pings are due after a third of the session's timeout. */
  #startWatchdog(): void {
    this.#watchdog = setInterval(() => {
      const now = performance.now();
      const { state, sessionTimeout, connectTimeout } = this.#manager;
      const silent = state === CONNECTED && now - this.#heardAt > sessionTimeout * 2 / 3;
      const unanswered = state === CONNECTING && this.#handshakeSince !== undefined &&
        now - this.#handshakeSince > this.#handshakeMs;
      if (silent) this.dropConnection(`no answer for ${Math.floor(now - this.#heardAt)} ms`);
      if (unanswered) {
        this.dropConnection("no answer to the request for a session");
        this.#handshakeMs = Math.min(this.#handshakeMs * 2, connectTimeout);
      }
    }, Math.min(WATCHDOG_MAX_MS, Math.max(WATCHDOG_MIN_MS, this.#manager.sessionTimeout / 12)));
  }

  #stopTimers(): void {
    clearInterval(this.#watchdog);
    clearTimeout(this.#pauseTimer);
  }
}

function firstHandshakeMs(sessionTimeoutMs: number): number {
  return Math.min(HANDSHAKE_MS, sessionTimeoutMs / 8);
}

function statOf(stat: Stat): NodeStat {
  return {
    version: stat.version,
    childVersion: stat.cversion,
    ephemeralOwner: ownerText(stat.ephemeralOwner),
    dataLength: stat.dataLength,
    childCount: stat.numChildren,
  };
}

/** A session id in hexadecimal, without leading zeros; empty for zero, which owns nothing. */
function ownerText(id: Buffer): string {
  return id.toString("hex").replace(/^0+/, "");
}

/** Spreads clients over the ensemble. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
