import type { RequestHandler } from "../rpc/connection.ts";
import { RpcServer } from "../rpc/server.ts";
import { listenError } from "./fatal.ts";
import type { ListenerSettings } from "./server_options.ts";

/** Starts to listen; a failure is told in the words that 1.1.1 has for this kind of program. */
export function listen(handler: RequestHandler, settings: ListenerSettings, program: "server" | "proxy"): RpcServer {
  try {
    return new RpcServer(handler, {
      hostname: settings.bindAddress,
      port: settings.port,
      idleTimeoutMs: settings.timeoutSec * 1000,
      messageBytesMax: settings.messageBytesMax,
      nestingMax: settings.nestingMax,
      connectionsMax: settings.connectionsMax === 0 ? Infinity : settings.connectionsMax,
    });
  } catch (error) {
    throw listenError(error, settings.port, program);
  }
}
