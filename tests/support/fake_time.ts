/**
 * Timers and `performance.now()` of this process, which stand still until a test moves them: for code that does not take
 * a `Clock`. Sockets work as ever, and what tests wait with ({@link delay}, `until`) keeps the time there is.
 */
export class FakeTime implements Disposable {
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;
  readonly #timers = new Map<number, { readonly due: number; readonly run: () => void }>();
  #now = performance.now();
  #lastId = 0;

  constructor() {
    const setTimeout = (run: () => void, ms = 0): number => {
      this.#timers.set(++this.#lastId, { due: this.#now + ms, run });
      return this.#lastId;
    };
    Object.assign(globalThis, { setTimeout, clearTimeout: (id: number) => this.#timers.delete(id) });
    Object.defineProperty(performance, "now", { value: () => this.#now, configurable: true });
  }

  /** Lets `ms` pass, and runs what is due then, in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (true) {
      const [id, next] = [...this.#timers].sort(([, a], [, b]) => a.due - b.due)[0] ?? [];
      if (next === undefined || next.due > end) break;
      this.#timers.delete(id!);
      this.#now = next.due;
      next.run();
    }
    this.#now = end;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, { setTimeout: this.#setTimeout, clearTimeout: this.#clearTimeout });
    Reflect.deleteProperty(performance, "now");
  }
}
