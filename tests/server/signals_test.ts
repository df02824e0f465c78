import { assertEquals } from "@std/assert";
import { Signals, type SignalSource } from "../../lib/server/signals.ts";

/** Signals that the test sends. */
class FakeSource implements SignalSource {
  readonly handlers = new Map<string, () => void>();
  readonly exits: number[] = [];
  readonly add = (signal: string, handler: () => void): void => void this.handlers.set(signal, handler);
  readonly remove = (signal: string): void => void this.handlers.delete(signal);
  readonly exit = (code: number): void => void this.exits.push(code);
}

Deno.test("Signals exits with 1 when TERM comes before the server is up", () => {
  for (const name of ["SIGTERM", "SIGINT"]) {
    const source = new FakeSource();
    using _signals = new Signals(source);
    source.handlers.get(name)!();
    assertEquals(source.exits, [1]);
  }
});

Deno.test("Signals stops gracefully at first and at once when asked again", () => {
  const source = new FakeSource();
  using signals = new Signals(source);
  signals.serverIsUp();
  source.handlers.get("SIGTERM")!();
  assertEquals([signals.stop.aborted, source.exits.length], [true, 0]);
  source.handlers.get("SIGINT")!();
  assertEquals(source.exits, [1]);
});

Deno.test("Signals hands HUP to its owner and does not stop", () => {
  const source = new FakeSource();
  using signals = new Signals(source);
  let hangups = 0;
  signals.onHangup(() => hangups++);
  source.handlers.get("SIGHUP")!();
  assertEquals([hangups, signals.stop.aborted], [1, false]);
});

Deno.test("Signals leaves no handler behind when disposed", () => {
  const source = new FakeSource();
  const signals = new Signals(source);
  signals.onHangup(() => {});
  assertEquals(source.handlers.size, 3);
  signals[Symbol.dispose]();
  assertEquals(source.handlers.size, 0);
});
