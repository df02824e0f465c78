import { log } from "../base/log.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { CoordinationError, type Coordinator, isCoordinationError } from "./coordinator.ts";

/** Readers share a lock; a writer has it alone. */
export type LockKind = "read" | "write";

const WRITER = "wlock_";
const READER = "rlock_";
/** How often, and how far apart, a lock is tried for by those who want it badly. */
const TRIES = 4;
const TRY_PAUSE_MS = 1000;

/**
 * The lock of Jubatus 1.1.1: a sequential node in a directory, with no waiting. A read lock succeeds
 * when no writer came before, a write lock when nobody did; who fails takes its node away again.
 *
 * At most one lock object per directory and session: what else the session has there is taken for
 * the remains of a try whose answer was lost, and removed.
 */
export class ClusterLock implements AsyncDisposable {
  readonly #coordinator: Coordinator;
  readonly #directory: string;
  readonly #prefix: string;
  /** Our node while the lock is held. */
  #node: string | undefined;
  /** Whether nodes of ours may be left that nobody will remove. */
  #remains = false;

  constructor(coordinator: Coordinator, directory: string, kind: LockKind) {
    this.#coordinator = coordinator;
    this.#directory = directory;
    this.#prefix = kind === "write" ? WRITER : READER;
  }

  /** Whether the lock is ours; it is lost with the session. */
  get held(): boolean {
    return this.#node !== undefined && this.#coordinator.state !== "expired" && this.#coordinator.state !== "closed";
  }

  /** Takes the lock if it is free; true at once when it is already held. */
  async tryLock(): Promise<boolean> {
    if (this.held) return true;
    this.#node = undefined;
    if (this.#remains) await this.#removeRemains();
    let node: string | undefined;
    this.#remains = true;
    try {
      node = await this.#coordinator.create(`${this.#directory}/${this.#prefix}`, "ephemeral_sequential");
      const names = await this.#coordinator.children(this.#directory);
      if (this.#isFirst(node.slice(this.#directory.length + 1), names)) {
        this.#node = node;
        this.#remains = false;
        return true;
      }
    } catch (error) {
      // A server that answered with a refusal has created nothing.
      if (node === undefined && !isAmbiguous(error)) this.#remains = false;
      else if (node !== undefined) await this.#remove(node).catch(() => {});
      throw error;
    }
    await this.#remove(node);
    return false;
  }

  /** Tries four times, one second apart. */
  async lock(options: { readonly clock?: Clock; readonly signal?: AbortSignal } = {}): Promise<boolean> {
    const clock = options.clock ?? systemClock;
    for (let attempt = 1;; attempt++) {
      if (await this.tryLock()) return true;
      if (attempt === TRIES) return false;
      await clock.sleep(TRY_PAUSE_MS, options.signal);
    }
  }

  /**
   * Asks whether the lock is still ours. A process that was stopped for a while does not know yet that its session
   * has ended, and that others may have had the lock meanwhile.
   */
  async confirm(): Promise<boolean> {
    if (this.#node === undefined) return false;
    const stat = await this.#coordinator.exists(this.#node);
    return stat?.ephemeralOwner === this.#coordinator.sessionId;
  }

  /** Gives the lock back. If that fails the node goes with the session, or before the next try. */
  async unlock(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    const { state } = this.#coordinator;
    // With the session the node is gone, too.
    if (state === "expired" || state === "closed") return;
    try {
      if (node !== undefined) await this.#remove(node);
      else if (this.#remains) await this.#removeRemains();
    } catch (error) {
      this.#remains = true;
      log.error(error instanceof Error ? error.message : String(error));
    }
  }

  /** Gives the lock back. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unlock();
  }

  #isFirst(ours: string, names: readonly string[]): boolean {
    const number = sequenceNumber(ours);
    return !names.some((name) => {
      if (name === ours || (this.#prefix === READER && !name.startsWith(WRITER))) return false;
      return sequenceNumber(name) < number;
    });
  }

  async #remove(node: string): Promise<void> {
    try {
      await this.#coordinator.delete(node);
    } catch (error) {
      if (!isCoordinationError(error, "no_node")) throw error;
    }
    this.#remains = false;
  }

  /** Removes nodes of this session that an earlier try left behind. */
  async #removeRemains(): Promise<void> {
    for (const name of await this.#coordinator.children(this.#directory)) {
      if (!name.startsWith(this.#prefix)) continue;
      const node = `${this.#directory}/${name}`;
      const stat = await this.#coordinator.exists(node);
      if (stat?.ephemeralOwner === this.#coordinator.sessionId) await this.#remove(node);
    }
    this.#remains = false;
  }
}

/** Whether the operation may have taken effect although it failed. */
function isAmbiguous(error: unknown): boolean {
  return error instanceof CoordinationError &&
    (error.code === "connection_loss" || error.code === "operation_timeout");
}

/** The ten digits a sequential node's name ends with; other names come last. */
function sequenceNumber(name: string): number {
  const digits = /(\d{10})$/.exec(name);
  return digits === null ? Infinity : Number(digits[1]);
}
