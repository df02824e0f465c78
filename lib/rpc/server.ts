import { textOf } from "../base/byte_string.ts";
import { log } from "../base/log.ts";
import { NESTING_MAX } from "../msgpack/reader.ts";
import { ProtocolError } from "./errors.ts";
import { BufferBudget } from "./frame_buffer.ts";
import { Connection, type RequestHandler } from "./connection.ts";

/** Limits of an RPC server; each has a generous default. */
export interface RpcServerOptions {
  /** Address to listen on. Default `0.0.0.0`. */
  readonly hostname?: string;
  /** Port to listen on; 0 for a free one. */
  readonly port: number;
  /** A connection without requests for so long is closed; 0: never. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** A larger message closes its connection. Default 256 MiB. */
  readonly messageBytesMax?: number;
  /** A message with arrays and maps nested deeper closes its connection. Default 32, as in 1.1.1. */
  readonly nestingMax?: number;
  /** All receive buffers together; a connection that wants more is closed. Default 1 GiB, or twice the longest message. */
  readonly bufferBytesMax?: number;
  /** More connections are closed as they come. Default 4096. */
  readonly connectionsMax?: number;
}

/** Accepts connections and lets a handler answer their requests. */
export class RpcServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #handler: RequestHandler;
  readonly #options: Required<Omit<RpcServerOptions, "hostname" | "port">>;
  readonly #budget: BufferBudget;
  readonly #connections = new Set<Connection>();
  /** Ends when no more connections are accepted. */
  readonly #accepting: Promise<void>;
  #closing = false;
  /** When it was last logged that a client cannot be served; they may be many. */
  #warnedAt = -Infinity;

  /** Starts to listen; throws `Deno.errors.AddrInUse` and the like. */
  constructor(handler: RequestHandler, options: RpcServerOptions) {
    this.#handler = handler;
    const messageBytesMax = options.messageBytesMax ?? 256 * 1024 * 1024;
    this.#options = {
      idleTimeoutMs: options.idleTimeoutMs ?? 10_000,
      messageBytesMax,
      nestingMax: options.nestingMax ?? NESTING_MAX,
      bufferBytesMax: options.bufferBytesMax ?? Math.max(1024 * 1024 * 1024, 2 * messageBytesMax),
      connectionsMax: options.connectionsMax ?? 4096,
    };
    this.#budget = new BufferBudget(this.#options.bufferBytesMax);
    this.#listener = Deno.listen({ hostname: options.hostname ?? "0.0.0.0", port: options.port });
    this.#accepting = this.#accept();
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Number of open connections. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * Stops listening, lets requests that are being handled finish, then closes all connections.
   * Requests that were received but not begun are dropped.
   */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#listener.close();
    }
    await this.#accepting;
    await Promise.all([...this.#connections].map((connection) => connection.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    while (!this.#closing) {
      let socket: Deno.TcpConn;
      try {
        socket = await this.#listener.accept();
      } catch (error) {
        if (this.#closing) return;
        // Out of descriptors, or a client that is gone already: the next one may be luckier.
        this.#warn(`cannot accept a connection: ${error instanceof Error ? error.message : error}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      if (this.#connections.size >= this.#options.connectionsMax) {
        this.#warn(`refusing connections: ${this.#options.connectionsMax} are open (see --max_connections)`);
        socket.close();
        continue;
      }
      const connection = new Connection(socket, this.#handler, this.#budget, this.#options);
      this.#connections.add(connection);
      connection.onRelease = (): void => void this.#connections.delete(connection);
      void this.#serve(connection);
    }
  }

  async #serve(connection: Connection): Promise<void> {
    try {
      await connection.run();
    } catch (error) {
      if (error instanceof ProtocolError) log.warn(`closing connection from ${connection.peer}: ${error.message}`);
      else if (!(error instanceof Error) || !isDisconnect(error)) {
        log.error(`connection from ${connection.peer}: ${describe(error)}`);
      }
    } finally {
      connection.release();
    }
  }

  /** Warns once a second at most. */
  #warn(message: string): void {
    const now = performance.now();
    if (now - this.#warnedAt < 1000) return;
    this.#warnedAt = now;
    log.warn(message);
  }
}

function isDisconnect(error: Error): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.TimedOut;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : textOf(String(error));
}
