/**
 * The coordination service as a tree in memory. Sessions of one {@link MemoryTree} see each other;
 * connections are cut and sessions expired by hand.
 *
 * @module
 */
import {
  CoordinationError,
  type CoordinationErrorCode,
  type Coordinator,
  type NodeMode,
  type NodeStat,
  OPERATION,
  type SessionEvent,
  type SessionState,
  type Watcher,
  type WatchEvent,
} from "../../lib/cluster/coordinator.ts";

interface MemoryNode {
  data: Uint8Array;
  version: number;
  childVersion: number;
  /** Number of children ever created; names the next sequential one. */
  childrenCreated: number;
  readonly owner: string;
  readonly children: Set<string>;
}

/** One watch: of a node itself or of its list of children. */
interface Watch {
  readonly session: MemoryCoordinator;
  readonly path: string;
  readonly kind: "node" | "children";
  readonly watcher: Watcher;
}

/** The nodes that several sessions share. */
export class MemoryTree {
  readonly #nodes = new Map<string, MemoryNode>([["/", newNode(new Uint8Array(0), "")]]);
  readonly #watches = new Set<Watch>();
  #sessions = 0;

  /** Opens a session. */
  connect(sessionTimeoutMs = 10_000): MemoryCoordinator {
    return new MemoryCoordinator(this, (++this.#sessions).toString(16), sessionTimeoutMs);
  }

  /** All paths but the root, in byte order; those of ephemeral nodes only, if asked. */
  paths(ephemeral = false): string[] {
    return [...this.#nodes].filter(([path, node]) => path !== "/" && (!ephemeral || node.owner !== ""))
      .map(([path]) => path).sort();
  }

  /** @internal */
  create(path: string, mode: NodeMode, data: Uint8Array, session: string): string | CoordinationErrorCode {
    const parentPath = parentOf(path);
    const parent = this.#nodes.get(parentPath);
    if (parent === undefined) return "no_node";
    if (parent.owner !== "") return "no_children_for_ephemerals";
    const created = mode === "ephemeral_sequential" ? path + parent.childrenCreated.toString().padStart(10, "0") : path;
    if (this.#nodes.has(created)) return "node_exists";
    this.#nodes.set(created, newNode(data.slice(), mode === "persistent" ? "" : session));
    parent.children.add(created.slice(created.lastIndexOf("/") + 1));
    parent.childrenCreated++;
    parent.childVersion++;
    this.#fire("node", created, "created");
    this.#fire("children", parentPath, "children");
    return created;
  }

  /** @internal */
  node(path: string): MemoryNode | undefined {
    return this.#nodes.get(path);
  }

  /** @internal */
  set(path: string, data: Uint8Array, version: number): CoordinationErrorCode | undefined {
    const node = this.#nodes.get(path);
    if (node === undefined) return "no_node";
    if (version >= 0 && version !== node.version) return "version_conflict";
    node.data = data.slice();
    node.version++;
    this.#fire("node", path, "changed");
    return undefined;
  }

  /** @internal */
  delete(path: string): CoordinationErrorCode | undefined {
    const node = this.#nodes.get(path);
    if (node === undefined) return "no_node";
    if (node.children.size > 0) return "not_empty";
    const parent = this.#nodes.get(parentOf(path))!;
    this.#nodes.delete(path);
    parent.children.delete(path.slice(path.lastIndexOf("/") + 1));
    parent.childVersion++;
    this.#fire("node", path, "deleted");
    this.#fire("children", path, "deleted");
    this.#fire("children", parentOf(path), "children");
    return undefined;
  }

  /** @internal */
  watch(watch: Watch): void {
    this.#watches.add(watch);
  }

  /** Removes what a session leaves behind. @internal */
  end(session: MemoryCoordinator): void {
    for (const watch of this.#watches) if (watch.session === session) this.#watches.delete(watch);
    for (const [path, node] of this.#nodes) if (node.owner === session.sessionId) this.delete(path);
  }

  #fire(kind: Watch["kind"], path: string, type: WatchEvent["type"]): void {
    for (const watch of this.#watches) {
      if (watch.kind !== kind || watch.path !== path) continue;
      this.#watches.delete(watch);
      watch.session.deliver(() => watch.watcher({ type, path }));
    }
  }
}

/** One session on a {@link MemoryTree}. While disconnected, its operations fail at once with `connection_loss`. */
export class MemoryCoordinator implements Coordinator {
  readonly hosts = "memory";
  readonly sessionId: string;
  readonly sessionTimeoutMs: number;
  readonly #tree: MemoryTree;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  /** Watch events of the time without connection. */
  #undelivered: (() => void)[] = [];
  #state: SessionState = "connected";

  /** @internal Use {@link MemoryTree.connect}. */
  constructor(tree: MemoryTree, sessionId: string, sessionTimeoutMs: number) {
    this.#tree = tree;
    this.sessionId = sessionId;
    this.sessionTimeoutMs = sessionTimeoutMs;
  }

  get state(): SessionState {
    return this.#state;
  }

  connectedServer(): string {
    return this.#state === "connected" ? "memory:0" : "";
  }

  onSession(listener: (event: SessionEvent) => void, signal?: AbortSignal): void {
    if (signal?.aborted) return;
    this.#listeners.add(listener);
    signal?.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Cuts the connection; the session lives on. */
  disconnect(): void {
    if (this.#state !== "connected") return;
    this.#state = "suspended";
    this.#tell("suspended");
  }

  /** Restores the connection and tells what happened to watched nodes meanwhile. */
  reconnect(): void {
    if (this.#state !== "suspended") return;
    this.#state = "connected";
    this.#tell("recovered");
    for (const tell of this.#undelivered.splice(0)) this.deliver(tell);
  }

  /** Ends the session as the service does when it has not heard of it for too long. */
  expire(): void {
    if (this.#state === "closed" || this.#state === "expired") return;
    this.#state = "expired";
    this.#tree.end(this);
    this.#tell("expired");
  }

  create(path: string, mode: NodeMode, data: Uint8Array = new Uint8Array(0)): Promise<string> {
    const what = mode === "persistent" ? OPERATION.create : OPERATION.createEphemeral;
    return this.#run(what, path, () => {
      const created = this.#tree.create(path, mode, data, this.sessionId);
      if (created.startsWith("/")) return created;
      throw CoordinationError.ofOperation(what, path, created as CoordinationErrorCode);
    });
  }

  get(path: string, watcher?: Watcher): Promise<{ data: Uint8Array; stat: NodeStat }> {
    const what = OPERATION.get;
    return this.#run(what, path, () => {
      const node = this.#existing(what, path);
      this.#watch(path, "node", watcher);
      return { data: node.data.slice(), stat: statOf(node) };
    });
  }

  set(path: string, data: Uint8Array, version = -1): Promise<NodeStat> {
    const what = OPERATION.set;
    return this.#run(what, path, () => {
      const failure = this.#tree.set(path, data, version);
      if (failure !== undefined) throw CoordinationError.ofOperation(what, path, failure);
      return statOf(this.#existing(what, path));
    });
  }

  exists(path: string, watcher?: Watcher): Promise<NodeStat | null> {
    return this.#run(OPERATION.exists, path, () => {
      const node = this.#tree.node(path);
      this.#watch(path, "node", watcher);
      return node === undefined ? null : statOf(node);
    });
  }

  children(path: string, watcher?: Watcher): Promise<string[]> {
    const what = OPERATION.children;
    return this.#run(what, path, () => {
      const node = this.#existing(what, path);
      this.#watch(path, "children", watcher);
      return [...node.children].sort();
    });
  }

  delete(path: string): Promise<void> {
    const what = OPERATION.delete;
    return this.#run(what, path, () => {
      const failure = this.#tree.delete(path);
      if (failure !== undefined) throw CoordinationError.ofOperation(what, path, failure);
    });
  }

  close(): Promise<void> {
    if (this.#state !== "expired" && this.#state !== "closed") this.#tree.end(this);
    this.#state = "closed";
    this.#listeners.clear();
    this.#undelivered = [];
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  deliver(tell: () => void): void {
    if (this.#state === "suspended") this.#undelivered.push(tell);
    else queueMicrotask(() => this.#state === "connected" ? tell() : this.#undelivered.push(tell));
  }

  /** Runs an operation a moment later, as if it had been sent. */
  async #run<Result>(what: string, path: string, operation: () => Result): Promise<Result> {
    await Promise.resolve();
    if (!/^\/([^/]+(\/[^/]+)*)?$/.test(path) || /\/\.\.?(\/|$)/.test(path)) {
      throw CoordinationError.ofOperation(what, path, "bad_arguments");
    }
    switch (this.#state) {
      case "connected":
        return operation();
      case "suspended":
        throw CoordinationError.ofOperation(what, path, "connection_loss");
      case "expired":
        throw CoordinationError.ofOperation(what, path, "session_expired");
      case "closed":
        throw CoordinationError.ofOperation(what, path, "closing");
    }
  }

  #existing(what: string, path: string): MemoryNode {
    const node = this.#tree.node(path);
    if (node === undefined) throw CoordinationError.ofOperation(what, path, "no_node");
    return node;
  }

  #watch(path: string, kind: Watch["kind"], watcher: Watcher | undefined): void {
    if (watcher !== undefined) this.#tree.watch({ session: this, path, kind, watcher });
  }

  #tell(event: SessionEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function newNode(data: Uint8Array, owner: string): MemoryNode {
  return { data, version: 0, childVersion: 0, childrenCreated: 0, owner, children: new Set() };
}

function statOf(node: MemoryNode): NodeStat {
  return {
    version: node.version,
    childVersion: node.childVersion,
    ephemeralOwner: node.owner,
    dataLength: node.data.length,
    childCount: node.children.size,
  };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
