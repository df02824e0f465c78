import { TIMER_MS_MAX, Turn } from "../base/clock.ts";
import { ConnectError, ConnectionClosedError } from "./call_errors.ts";
import { closeSocket } from "./close_socket.ts";
import { BufferBudget, FrameBuffer } from "./frame_buffer.ts";

/** When this side closes, the other side gets so long to close the connection as well. */
const LINGER_MS = 200;

/** No more is handed to the system at once: it copies the bytes, and nothing else happens meanwhile. */
export const WRITE_BYTES_MAX: number = 512 * 1024;

/** A message of many such parts, which the system may take at once, is written without a break for so long. */
export const WRITE_TURN_MS = 8;

/** Messages longer than this stay in memory as they are for whoever keeps a part of them. */
export const KEPT_RESULT_BYTES: number = 1024 * 1024;

/** Where a link leads, and its limits. */
export interface LinkOptions {
  /** Name or address. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** The attempt to connect fails after so long. */
  readonly connectTimeoutMs: number;
  /** A larger message ends the connection. */
  readonly messageBytesMax: number;
}

/** Who uses a link. */
export interface LinkOwner {
  /** Takes the message that the frames are at; what it throws ends the connection. */
  received(frames: FrameBuffer): void;
  /** The connection is over. Called once. */
  lost(link: Link, cause: unknown): void;
}

/** One TCP connection of a client. */
export class Link {
  /** When bytes last came, by `performance.now()`. */
  heardAt: number = performance.now();
  /** Set by the owner when it sends after a silence; false again as soon as bytes come. */
  isUnheard = false;
  readonly #socket: Deno.TcpConn;
  readonly #owner: LinkOwner;
  #isLost = false;
  /** Makes a write that is going on fail. */
  #abandonWrite: () => void = () => {};
  /** Settles when nothing more is read. */
  readonly #receiving: Promise<void>;

  private constructor(socket: Deno.TcpConn, messageBytesMax: number, owner: LinkOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.setNoDelay(true);
    this.#receiving = this.#receive(new FrameBuffer(messageBytesMax, new BufferBudget(Infinity)));
  }

  /** Connects; throws a {@link ConnectError}, or the signal's reason. */
  static async connect(options: LinkOptions, signal: AbortSignal, owner: LinkOwner): Promise<Link> {
    const { host, port, connectTimeoutMs } = options;
    const late = new AbortController();
    const reason = new Error(`no connection after ${connectTimeoutMs} ms`);
    const timer = setTimeout(() => late.abort(reason), Math.min(connectTimeoutMs, TIMER_MS_MAX));
    let socket: Deno.TcpConn;
    try {
      socket = await Deno.connect({ hostname: host, port, signal: AbortSignal.any([late.signal, signal]) });
    } catch (error) {
      signal.throwIfAborted();
      throw new ConnectError(host, port, late.signal.aborted ? reason : error);
    } finally {
      clearTimeout(timer);
    }
    if (signal.aborted) {
      closeSocket(socket);
      throw signal.reason;
    }
    return new Link(socket, options.messageBytesMax, owner);
  }

  /** The connection is over. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Writes all bytes, which must not change meanwhile. When it fails, the link is lost. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      let turn: Turn | undefined;
      for (let sent = 0; sent < bytes.length;) {
        if (turn?.isOver) await turn.next();
        sent += await this.#writeSome(bytes.subarray(sent, sent + WRITE_BYTES_MAX));
        turn ??= new Turn(WRITE_TURN_MS);
      }
    } catch (error) {
      this.lose(error);
      throw error;
    }
  }

  /** Ends the connection. */
  lose(cause?: unknown): void {
    if (this.#isLost) return;
    this.#isLost = true;
    closeSocket(this.#socket);
    this.#abandonWrite();
    this.#owner.lost(this, cause);
  }

  /** Waits a little for the other side to close a lost connection as well; it does not keep the program from ending. */
  async linger(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([this.#receiving, new Promise<void>((resolve) => timer = setTimeout(resolve, LINGER_MS))]);
    clearTimeout(timer);
    this.#socket.unref();
  }

  #writeSome(bytes: Uint8Array): Promise<number> {
    if (this.#isLost) throw new ConnectionClosedError();
    return new Promise((resolve, reject) => {
      this.#abandonWrite = () => reject(new ConnectionClosedError());
      this.#socket.write(bytes).then(resolve, reject);
    });
  }

  /** Reads messages until the connection ends. Never throws. */
  async #receive(frames: FrameBuffer): Promise<void> {
    try {
      while (true) {
        const size = await this.#socket.read(frames.room());
        if (size === null || this.#isLost) break;
        this.heardAt = performance.now();
        this.isUnheard = false;
        frames.received(size);
        while (frames.next()) {
          const isKept = frames.frameEnd - frames.start > KEPT_RESULT_BYTES;
          this.#owner.received(frames);
          if (isKept) frames.leave();
          else frames.start = frames.frameEnd;
        }
      }
      this.lose();
    } catch (error) {
      this.lose(error);
    }
  }
}
