import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { log } from "../../lib/base/log.ts";
import { classifierType } from "../../lib/engine/classifier/classifier_engine.ts";
import { RpcServer } from "../../lib/rpc/server.ts";
import { Dispatcher } from "../../lib/server/dispatcher.ts";
import { ownMistake } from "./own_mistake.ts";
import type { FuzzTarget } from "./targets.ts";

/**
 * A classifier behind a real RPC server on a real socket. It must neither fail nor keep a connection, whatever comes.
 */
export function rpcServerTarget(
  name: string,
  config: unknown,
  messages: Pick<FuzzTarget, "seeds" | "grammar">,
): FuzzTarget {
  let server: RpcServer | undefined;
  let failure: string | undefined;
  return {
    name,
    share: 2,
    ...messages,
    run: async (input) => {
      server ??= startServer(config, (line) => failure = line);
      await converse(server.port, input);
      if (failure !== undefined) throw new Error(failure);
    },
    close: async () => {
      await server?.close();
      log.setSinks([]);
      server = undefined;
    },
  };
}

/** A classifier that listens. Calls `fail` when the log shows a mistake of ours. */
export function startServer(config: unknown, fail: (line: string) => void): RpcServer {
  log.setSinks([
    { threshold: "error", write: fail },
    { threshold: "warn", write: (line) => ownMistake.test(line) && fail(line) },
  ]);
  const context = { isMixed: false, seed: 1, now: () => 1_500_000_000, owner: "127.0.0.1_9199" };
  const engine = classifierType.create(byteStringOfText(JSON.stringify(config)), context);
  const dispatcher = new Dispatcher();
  dispatcher.addService(classifierType.service, () => engine.methods, () => {});
  return new RpcServer(dispatcher, { hostname: "127.0.0.1", port: 0, messageBytesMax: 1 << 20 });
}

/** Sends the input, then reads until the server has nothing more to say; it may close at any time. */
export async function converse(port: number, input: Uint8Array): Promise<void> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const reading = drain(socket);
  try {
    for (let sent = 0; sent < input.length;) sent += await socket.write(input.subarray(sent));
    await socket.closeWrite();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  await reading;
}

async function drain(socket: Deno.TcpConn): Promise<void> {
  const chunk = new Uint8Array(1 << 16);
  try {
    while (await socket.read(chunk) !== null) { /* only the end matters */ }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected;
}
