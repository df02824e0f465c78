import { CoordinationError, type Coordinator, isCoordinationError } from "./coordinator.ts";
import { ensureNode } from "./membership.ts";

/** Largest version of a node. */
const ID_MAX = 0x7fffffff;
/** Writes under way at a time while ids are passed over. */
const WRITES_AT_A_TIME = 256;
/** What Jubatus 1.1.1 writes; only the number of writes matters. */
const DUMMY = new TextEncoder().encode("dummy\0");

/**
 * Ids that are unique in a cluster: the version of a node everybody writes to. The first is 1. An id
 * is skipped when the answer to a write is lost.
 */
export class IdGenerator {
  readonly #coordinator: Coordinator;
  readonly #path: string;

  private constructor(coordinator: Coordinator, path: string) {
    this.#coordinator = coordinator;
    this.#path = path;
  }

  /** Creates the node unless it exists. */
  static async open(coordinator: Coordinator, path: string): Promise<IdGenerator> {
    await ensureNode(coordinator, path);
    return new IdGenerator(coordinator, path);
  }

  /** An id nobody else gets. */
  async next(): Promise<number> {
    try {
      return await this.#write();
    } catch (error) {
      if (!isCoordinationError(error, "connection_loss")) throw this.#failure(error);
    }
    try {
      return await this.#write();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Passes over all ids up to `last`: 1.1.1 gives out those of a loaded model once more. Every id takes a write, since
   * only ZooKeeper counts them.
   */
  async passOver(last: number): Promise<void> {
    if (last > ID_MAX) {
      throw new CoordinationError(`no ids behind ${last}: ZooKeeper counts to ${ID_MAX}`, "bad_arguments", this.#path);
    }
    try {
      while (true) {
        const { version } = (await this.#coordinator.get(this.#path)).stat;
        const missing = Math.min(last - version, WRITES_AT_A_TIME);
        if (missing <= 0) return;
        await Promise.all(Array.from({ length: missing }, () => this.#write()));
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #write(): Promise<number> {
    return (await this.#coordinator.set(this.#path, DUMMY)).version;
  }

  #failure(cause: unknown): CoordinationError {
    const code = cause instanceof CoordinationError ? cause.code : "system_error";
    return new CoordinationError("Failed to create id", code, this.#path, cause);
  }
}
