import { log } from "../../lib/base/log.ts";
import type { Request } from "../../lib/rpc/connection.ts";
import { RpcServer } from "../../lib/rpc/server.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import type { FuzzTarget } from "./targets.ts";

/**
 * A real RPC server on a real socket, which gives every request its own parameters back. It must neither fail nor keep
 * a connection, whatever comes.
 */
export function rpcServerTarget(messages: Pick<FuzzTarget, "seeds" | "grammar">): FuzzTarget {
  let server: RpcServer | undefined;
  let failure: string | undefined;
  return {
    name: "rpc server",
    share: 5,
    ...messages,
    run: async (input) => {
      if (server === undefined) {
        log.setSinks([{ threshold: "error", write: (line) => void (failure = line) }]);
        server = new RpcServer({ handle: echo }, { hostname: "127.0.0.1", port: 0, messageBytesMax: 1 << 20 });
      }
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

function echo(request: Request, replies: Writer): void {
  if (request.isNotification) return;
  replies.writeArrayHeader(4);
  replies.writeInt(1);
  replies.writeInt(request.id);
  replies.writeNil();
  if (request.paramsStart === request.paramsEnd) replies.writeNil();
  else replies.append(request.bytes, request.paramsStart, request.paramsEnd);
}

/** Sends the input, then reads until the server has nothing more to say; it may close at any time. */
async function converse(port: number, input: Uint8Array): Promise<void> {
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
