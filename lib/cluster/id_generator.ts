import { CoordinationError, type Coordinator, isCoordinationError } from "./coordinator.ts";
import { ensureNode } from "./membership.ts";

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

  async #write(): Promise<number> {
    return (await this.#coordinator.set(this.#path, DUMMY)).version;
  }

  #failure(cause: unknown): CoordinationError {
    const code = cause instanceof CoordinationError ? cause.code : "system_error";
    return new CoordinationError("Failed to create id", code, this.#path, cause);
  }
}
