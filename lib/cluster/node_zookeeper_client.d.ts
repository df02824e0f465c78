/**
 * What lib/cluster/zookeeper_session.ts uses of the untyped package node-zookeeper-client 1.1, with
 * those of its internals that are needed to make up for its weaknesses.
 */
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";

/** Passed to callbacks; `code` is ZooKeeper's number. */
export interface Exception extends Error {
  readonly code: number;
}

export interface Stat {
  readonly version: number;
  readonly cversion: number;
  readonly ephemeralOwner: Buffer;
  readonly dataLength: number;
  readonly numChildren: number;
}

/** Opaque: who may do what with a node. */
export interface Acl {
  readonly permission: number;
}

export interface Event {
  /** 1 created, 2 deleted, 3 data changed, 4 children changed. */
  readonly type: number;
  readonly path: string;
}

export interface State {
  readonly name: "DISCONNECTED" | "SYNC_CONNECTED" | "AUTH_FAILED" | "CONNECTED_READ_ONLY" | "EXPIRED";
}

type Callback<Result> = (error: Exception | null | undefined, result: Result) => void;

/** Internal. */
export interface ConnectionManager {
  state: number;
  servers: { readonly host: string; readonly port: number }[];
  nextServerIndex: number;
  serverAttempts: number;
  sessionTimeout: number;
  connectTimeout: number;
  connectTimeoutHandler: ReturnType<typeof setTimeout> | null;
  pendingBuffer: Buffer | null;
  socket: Socket | undefined;
  readonly packetQueue: { readonly queue: { readonly callback?: (error: Exception) => void }[] };
  findNextServer(callback: (server: { readonly host: string; readonly port: number }) => void): void;
  updateTimeout(sessionTimeoutMs: number): void;
  onSocketConnected(): void;
  onSocketConnectTimeout(): void;
  onSocketData(chunk: Buffer): void;
  onSocketClosed(hadError: boolean): void;
  onSocketError(error: Error): void;
}

export interface Client {
  readonly connectionManager: ConnectionManager;
  on(event: "state", listener: (state: State) => void): void;
  connect(): void;
  close(): void;
  getSessionId(): Buffer;
  getSessionTimeout(): number;
  addAuthInfo(scheme: string, auth: Buffer): void;
  create(path: string, data: Buffer, acls: readonly Acl[], mode: number, callback: Callback<string>): void;
  remove(path: string, callback: Callback<undefined>): void;
  setData(path: string, data: Buffer, version: number, callback: Callback<Stat>): void;
  exists(path: string, watcher: ((event: Event) => void) | undefined, callback: Callback<Stat | null>): void;
  getData(
    path: string,
    watcher: ((event: Event) => void) | undefined,
    callback: (error: Exception | null | undefined, data: Buffer | undefined, stat: Stat) => void,
  ): void;
  getChildren(
    path: string,
    watcher: ((event: Event) => void) | undefined,
    callback: Callback<string[]>,
  ): void;
}

declare const zookeeper: {
  createClient(
    hosts: string,
    options: { readonly sessionTimeout: number; readonly spinDelay: number; readonly retries: number },
  ): Client;
  readonly CreateMode: {
    readonly PERSISTENT: number;
    readonly EPHEMERAL: number;
    readonly EPHEMERAL_SEQUENTIAL: number;
  };
  readonly ACL: {
    readonly OPEN_ACL_UNSAFE: readonly Acl[];
    readonly CREATOR_ALL_ACL: readonly Acl[];
    readonly READ_ACL_UNSAFE: readonly Acl[];
  };
  readonly Exception: {
    create(code: number): Exception;
    readonly CONNECTION_LOSS: number;
  };
};

export default zookeeper;
