import { closeSocket } from "../../lib/rpc/close_socket.ts";
import { RpcError } from "../../lib/rpc/errors.ts";
import { ClassifierClient } from "../../mod.ts";
import { replyBytes } from "../support/wire_call.ts";
import { WireMap } from "../support/wire_value.ts";
import { ownMistake } from "./own_mistake.ts";
import type { FuzzTarget } from "./targets.ts";

/** Replies to {@link callAll}, in the order of its calls, and errors. */
const replies = [
  replyBytes(1, null, new WireMap([["a", 1n], ["label", 2n]])),
  replyBytes(2, null, [[["a", 0.5], ["label", -1]], []]),
  replyBytes(3, null, new WireMap([["127.0.0.1_9199", new WireMap([["uptime", "7"], ["VERSION", "1.1.1"]])]])),
  replyBytes(4, null, "{}"),
  replyBytes(5, null, true),
  replyBytes(6, "an error", null),
  replyBytes(6, 2n, "std::bad_cast"),
].map((bytes) => [...bytes]);

/**
 * A client whose server answers whatever it likes, and then closes the connection. All calls must end: with a result, or
 * with an error that callers can know.
 */
export function clientTarget(grammar: FuzzTarget["grammar"]): FuzzTarget {
  let server: LyingServer | undefined;
  return {
    name: "client",
    share: 2,
    seeds: [replies.slice(0, 6), replies.toReversed()].map((some) => Uint8Array.from(some.flat())),
    grammar,
    run: async (input) => {
      server ??= new LyingServer();
      server.answer = input;
      await using client = await ClassifierClient.connect({ host: "127.0.0.1", port: server.port });
      for (const outcome of await Promise.allSettled(callAll(client))) {
        if (outcome.status === "rejected") assertKnown(outcome.reason);
      }
    },
    close: async () => {
      await server?.close();
      server = undefined;
    },
  };
}

/** Says the same to whoever asks it anything. */
class LyingServer {
  answer: Uint8Array = new Uint8Array();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #accepting = this.#accept();

  get port(): number {
    return this.#listener.addr.port;
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    try {
      for await (const socket of this.#listener) void this.#talk(socket);
    } catch {
      // The listener was closed.
    }
  }

  async #talk(socket: Deno.TcpConn): Promise<void> {
    const { answer } = this;
    try {
      if (await socket.read(new Uint8Array(4096)) !== null) {
        for (let sent = 0; sent < answer.length;) sent += await socket.write(answer.subarray(sent));
      }
    } catch {
      // The client has had enough.
    }
    closeSocket(socket);
  }
}

function callAll(client: ClassifierClient): Promise<unknown>[] {
  return [
    client.get_labels(),
    client.classify([{ x: 1 }, {}]),
    client.get_status(),
    client.get_config(),
    client.clear(),
    client.save("m"),
  ];
}

function assertKnown(error: unknown): void {
  if (!(error instanceof RpcError) || ownMistake.test(`${error.cause ?? ""}`)) throw error;
}
