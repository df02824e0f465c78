import { log } from "../base/log.ts";
import { type Coordinator, isCoordinationError, type WatchEvent } from "./coordinator.ts";

/**
 * Lists of children, read once and kept up to date by watches. While the service cannot be reached
 * the last known lists go on being served; that is what keeps a proxy answering.
 *
 * Directories that do not exist are not remembered: each request for one asks again.
 */
export class MemberCache implements Disposable {
  readonly #coordinator: Coordinator;
  readonly #lists = new Map<string, readonly string[]>();
  /** Reads under way; a change makes the next reader start a new one. */
  readonly #reads = new Map<string, Promise<readonly string[]>>();
  /** Lists known to be out of date because reading them again failed. */
  readonly #stale = new Set<string>();
  readonly #end = new AbortController();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    coordinator.onSession((event) => {
      if (event === "recovered") { for (const path of [...this.#stale]) this.#reload(path); }
    }, this.#end.signal);
  }

  /** The children in byte order, as far as known without asking. The array is replaced, never changed. */
  known(path: string): readonly string[] | undefined {
    return this.#lists.get(path);
  }

  /** The children in byte order; asks only the first time. Fails when they were never read and cannot be. */
  list(path: string): Promise<readonly string[]> {
    const names = this.#lists.get(path);
    return names === undefined ? this.#read(path) : Promise.resolve(names);
  }

  /** Stops following changes. */
  [Symbol.dispose](): void {
    this.#end.abort();
    this.#lists.clear();
  }

  #read(path: string): Promise<readonly string[]> {
    const running = this.#reads.get(path);
    if (running !== undefined) return running;
    const read = this.#readNow(path).finally(() => {
      if (this.#reads.get(path) === read) this.#reads.delete(path);
    });
    this.#reads.set(path, read);
    return read;
  }

  async #readNow(path: string): Promise<readonly string[]> {
    const names = await this.#coordinator.children(path, (event) => this.#changed(event));
    // Answers come in the order of the reads: a later read's answer replaces this one.
    if (!this.#end.signal.aborted) {
      this.#lists.set(path, names);
      this.#stale.delete(path);
    }
    return names;
  }

  #changed(event: WatchEvent): void {
    if (this.#end.signal.aborted) return;
    this.#reads.delete(event.path);
    if (event.type === "deleted") {
      log.info(`ZK cache watcher got DELETED event, clearing cache: ${event.path}`);
      this.#drop(event.path);
    } else {
      log.info(`ZK cache watcher got CHILD event, reloading cache: ${event.path}`);
      this.#reload(event.path);
    }
  }

  #reload(path: string): void {
    this.#stale.add(path);
    this.#read(path).catch((error) => {
      if (isCoordinationError(error, "no_node")) this.#drop(path);
      else log.warn(`serving the last known list: ${error instanceof Error ? error.message : error}`);
    });
  }

  #drop(path: string): void {
    this.#stale.delete(path);
    this.#lists.delete(path);
  }
}
