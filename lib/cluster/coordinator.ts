/**
 * What the rest of the system needs of a coordination service. ZooKeeper stands behind it in
 * programs, a tree in memory in tests.
 *
 * Every operation ends: with a result, or with a {@link CoordinationError} once its deadline has
 * passed. Paths are text, data are bytes.
 *
 * @module
 */

/** Why an operation failed. */
export type CoordinationErrorCode =
  | "no_node"
  | "node_exists"
  | "version_conflict"
  | "not_empty"
  | "no_children_for_ephemerals"
  | "not_authenticated"
  | "authentication_failed"
  | "connection_loss"
  | "operation_timeout"
  | "session_expired"
  | "closing"
  | "bad_arguments"
  | "system_error";

/** ZooKeeper's number and wording of each code, as log lines and messages show them. */
const ZOOKEEPER_CODES: Readonly<Record<CoordinationErrorCode, readonly [number, string]>> = {
  no_node: [-101, "no node"],
  node_exists: [-110, "node exists"],
  version_conflict: [-103, "version conflict"],
  not_empty: [-111, "not empty"],
  no_children_for_ephemerals: [-108, "no children for ephemerals"],
  not_authenticated: [-102, "not authenticated"],
  authentication_failed: [-115, "authentication failed"],
  connection_loss: [-4, "connection loss"],
  operation_timeout: [-7, "operation timeout"],
  session_expired: [-112, "session expired"],
  closing: [-116, "zookeeper is closing"],
  bad_arguments: [-8, "bad arguments"],
  system_error: [-1, "system error"],
};

/** `no node (-101)` and its like. */
export function coordinationErrorText(code: CoordinationErrorCode): string {
  const [number, text] = ZOOKEEPER_CODES[code];
  return `${text} (${number})`;
}

/** The code ZooKeeper's `number` stands for. */
export function coordinationErrorCode(number: number): CoordinationErrorCode {
  for (const [code, [known]] of Object.entries(ZOOKEEPER_CODES)) {
    if (known === number) return code as CoordinationErrorCode;
  }
  return "system_error";
}

/** How messages name the operations. */
export const OPERATION = {
  create: "create ZooKeeper node",
  createEphemeral: "create ZooKeeper ephemeral node",
  get: "get data of ZooKeeper node",
  set: "set data of ZooKeeper node",
  exists: "check existence of ZooKeeper node",
  children: "get all child nodes of ZooKeeper node",
  delete: "remove ZooKeeper node",
} as const;

/** An operation on the coordination service, or something built of such operations, failed. */
export class CoordinationError extends Error {
  /** The error's class, for logs. */
  override name = "CoordinationError";
  /** Why. */
  readonly code: CoordinationErrorCode;
  /** The node in question; empty when there is none. */
  readonly path: string;

  constructor(message: string, code: CoordinationErrorCode, path: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }

  /** The failure of one operation: `failed to WHAT: PATH: REASON (NUMBER)`. */
  static ofOperation(what: string, path: string, code: CoordinationErrorCode, cause?: unknown): CoordinationError {
    return new CoordinationError(`failed to ${what}: ${path}: ${coordinationErrorText(code)}`, code, path, cause);
  }
}

/** Whether `error` is a {@link CoordinationError} with that code. */
export function isCoordinationError(error: unknown, code: CoordinationErrorCode): error is CoordinationError {
  return error instanceof CoordinationError && error.code === code;
}

/** How long a node lives and how it is named. A sequential node gets ten digits that count its parent's children. */
export type NodeMode = "persistent" | "ephemeral" | "ephemeral_sequential";

/** What is known of a node beside its data. */
export interface NodeStat {
  /** Number of times the data was set. */
  readonly version: number;
  /** Number of times a child came or went. */
  readonly childVersion: number;
  /** Session that owns the ephemeral node; empty for a persistent one. */
  readonly ephemeralOwner: string;
  readonly dataLength: number;
  readonly childCount: number;
}

/** Something that happened to a watched node. */
export interface WatchEvent {
  readonly type: "created" | "deleted" | "changed" | "children";
  readonly path: string;
}

/** Called once, for the first event after the read that set it; never after the session has ended. */
export type Watcher = (event: WatchEvent) => void;

/** `suspended`: the connection is lost, the session may still live. `expired` and `closed` are final. */
export type SessionState = "connected" | "suspended" | "expired" | "closed";

/** A change of the session's state after its first connection. */
export type SessionEvent = "suspended" | "recovered" | "expired";

/** One session with the coordination service. */
export interface Coordinator extends AsyncDisposable {
  readonly state: SessionState;
  /** Identifies the session as {@link NodeStat.ephemeralOwner} does. */
  readonly sessionId: string;
  /** What was negotiated: without contact for this long, the session and its ephemeral nodes are gone. */
  readonly sessionTimeoutMs: number;
  /** The servers as given by the user. */
  readonly hosts: string;
  /** `HOST:PORT` of the server in use; empty while there is none. */
  connectedServer(): string;
  /** Tells every later change of the session until `signal` aborts. */
  onSession(listener: (event: SessionEvent) => void, signal?: AbortSignal): void;
  /** Creates a node, not its parents; returns its path. */
  create(path: string, mode: NodeMode, data?: Uint8Array): Promise<string>;
  /** Reads data; a watcher hears of the next change or the deletion. */
  get(path: string, watcher?: Watcher): Promise<{ readonly data: Uint8Array; readonly stat: NodeStat }>;
  /** Replaces data; with a `version`, only if that is still the node's. */
  set(path: string, data: Uint8Array, version?: number): Promise<NodeStat>;
  /** The stat, or null when there is no such node; a watcher hears of creation, change and deletion. */
  exists(path: string, watcher?: Watcher): Promise<NodeStat | null>;
  /** Names of the children in byte order; a watcher hears when one comes or goes, or the node itself goes. */
  children(path: string, watcher?: Watcher): Promise<string[]>;
  /** Deletes a childless node. */
  delete(path: string): Promise<void>;
  /** Ends the session: its ephemeral nodes vanish at once if a server can be reached. */
  close(): Promise<void>;
}
