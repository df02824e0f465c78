import { assertEquals, assertThrows } from "@std/assert";
import type { Reader } from "../../lib/msgpack/reader.ts";
import { ConnectionClosedError, QueueFullError } from "../../lib/rpc/call_errors.ts";
import type { Caller } from "../../lib/rpc/client.ts";
import { RpcError } from "../../lib/rpc/errors.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { until } from "../support/until.ts";
import { clientOf, failure, none, reply } from "./client_setup.ts";

/** Notes what becomes of calls. */
class Notes implements Caller {
  readonly notes: string[] = [];
  readonly #wake: () => void;
  readonly whenEnded: Promise<void>;
  readonly #count: number;

  /** Expects so many calls. */
  constructor(count: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenEnded = promise;
    this.#wake = resolve;
    this.#count = count;
  }

  succeeded(result: Reader): void {
    this.#add(`${result.readInteger()}`);
  }

  failed(error: unknown): void {
    this.#add(`${error instanceof RpcError ? error.message : error}`);
  }

  #add(note: string): void {
    if (this.notes.push(note) === this.#count) this.#wake();
  }
}

Deno.test("RpcClient tells a caller without a promise the result or the error of each call, once", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const caller = new Notes(5);
  client.send("a", none, caller);
  client.send("b", none, caller);
  client.send("c", none, caller);
  await peer.take(3);
  assertEquals(caller.notes, []);
  await peer.send(0, ...reply(2, 20), ...failure(1, 0xa2, 0x6e, 0x6f), 0x94, 1, 3, 0xc0, 0xc3, ...reply(2, 21));
  await until(() => caller.notes.length === 3);
  client.send("d", none, caller, { timeoutMs: 20 });
  await until(() => caller.notes.length === 4);
  client.send("e", none, caller);
  await peer.take(2);
  peer.hangUp(0);
  await caller.whenEnded;
  assertEquals(caller.notes, ["20", "no", "no result", "request timed out", "connection closed"]);
  assertEquals(client.outstanding, 0);
});

Deno.test("RpcClient tells callers without promises about its end, and throws when they call on", async () => {
  await using peer = new ScriptedPeer();
  const client = clientOf(peer, { outstandingMax: 1 });
  const caller = new Notes(1);
  client.send("a", none, caller);
  assertThrows(() => client.send("b", none, caller), QueueFullError, "1 calls");
  await client.close();
  assertEquals(caller.notes, ["connection closed"]);
  assertThrows(() => client.send("c", none, caller), ConnectionClosedError);
});

Deno.test("RpcClient lets a caller make another call when one has failed", async () => {
  await using peer = new ScriptedPeer();
  await using client = clientOf(peer);
  const caller = new Notes(1);
  const retrying: Caller = {
    succeeded: () => {},
    failed: () => client.send("again", none, caller),
  };
  client.send("first", none, retrying);
  const { connection } = await peer.next();
  peer.hangUp(connection);
  const { id, method } = await peer.next();
  assertEquals(method, "again");
  await peer.send(1, ...reply(id, 9));
  await caller.whenEnded;
  assertEquals(caller.notes, ["9"]);
});
