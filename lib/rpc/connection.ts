import { TIMER_MS_MAX, Turn } from "../base/clock.ts";
import { log } from "../base/log.ts";
import { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import { closeSocket } from "./close_socket.ts";
import { ProtocolError } from "./errors.ts";
import { type BufferBudget, FrameBuffer } from "./frame_buffer.ts";
import { WRITE_BYTES_MAX, WRITE_TURN_MS } from "./link.ts";
import { turnTime } from "./turn_time.ts";

/** Message types of msgpack-rpc. */
const REQUEST = 0;
const NOTIFY = 2;

/** Replies are sent when there are this many bytes of them, at the latest. */
const FLUSH_BYTES = 1024 * 1024;
/** A reply buffer larger than this is given back once it is sent. */
const KEPT_REPLY_BYTES = 2 * 1024 * 1024;
/** Requests whose replies were deferred; with so many the connection reads no further. */
const DEFERRED_MAX = 1024;
/** A client that has so many bytes of deferred replies waiting does not read them; it is given up. */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024;
/**
 * One client's requests are handled without a break for so long; then others, timers and signals have a turn. The time
 * is looked at once in so many requests.
 */
const TURN_MS = 20;
const TURN_REQUESTS = 16;
/** A client that does not read its replies keeps the server from closing for so long. */
const CLOSING_MS_MAX = 1000;

/**
 * One request or notification. All offsets are into `bytes`, which are overwritten by the connection's next
 * read: whoever answers later must copy what it needs.
 */
export class Request {
  /** The connection's receive buffer. */
  bytes: Uint8Array = new Uint8Array(0);
  /** A notification is executed like a request, but nothing is answered. */
  isNotification = false;
  /** 0 to 2^32 - 1. */
  id = 0;
  /** The method's name. */
  methodStart = 0;
  methodEnd = 0;
  /** The parameters, an array if the client means well; `paramsStart === paramsEnd` when they are missing. */
  paramsStart = 0;
  paramsEnd = 0;
  /** Where the request came from. */
  connection: Connection | undefined;
}

/** Answers requests. */
export interface RequestHandler {
  /**
   * Handles one request. Appends exactly one response to `replies`, or none for a notification.
   * A promise makes the connection wait with its next request until it is settled; to go on with other
   * requests meanwhile, {@link Connection.defer} the reply. Never throws for anything that a client sends.
   */
  handle(request: Request, replies: Writer): void | Promise<void>;
}

/** What a connection needs to know of its server's options. */
export interface ConnectionOptions {
  readonly idleTimeoutMs: number;
  readonly messageBytesMax: number;
  readonly nestingMax: number;
}

/** One client of an RPC server. */
export class Connection {
  readonly #socket: Deno.TcpConn;
  readonly #handler: RequestHandler;
  readonly #frames: FrameBuffer;
  readonly #replies = new Writer(16 * 1024);
  /** Bytes of them that the system has taken. */
  #sent = 0;
  readonly #request = new Request();
  readonly #reader = new Reader(new Uint8Array(0));
  readonly #idleTimeoutMs: number;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  /** When the connection counts as idle, if no request comes. */
  #idleAt = 0;
  /** A request is being handled. */
  #busy = false;
  /** Settles when the request being handled is done. */
  #handling: Promise<void> = Promise.resolve();
  /** Replies promised by {@link defer} and not given yet. */
  #deferred = 0;
  /** Called when a reply that was deferred is given, or none will be any more. */
  #waiting: (() => void)[] = [];
  /** Settles when all replies are sent that there are, those given meanwhile included. */
  #flushing: Promise<void> | undefined;
  /** Called once, when the socket is closed; a read may still be pending then. */
  onRelease: () => void = () => {};
  /** No more requests are read. */
  #closed = false;
  /** The socket is closed. */
  #released = false;

  constructor(socket: Deno.TcpConn, handler: RequestHandler, budget: BufferBudget, options: ConnectionOptions) {
    this.#socket = socket;
    this.#handler = handler;
    this.#frames = new FrameBuffer(options.messageBytesMax, budget, options.nestingMax);
    this.#idleTimeoutMs = options.idleTimeoutMs;
    this.#request.connection = this;
  }

  /** The client's address, for logs. */
  get peer(): string {
    return `${this.#socket.remoteAddr.hostname}:${this.#socket.remoteAddr.port}`;
  }

  /** Serves the client until it goes, is idle for too long or sends nonsense (then throws). */
  async run(): Promise<void> {
    this.#socket.setNoDelay(true);
    this.#armIdleTimer(this.#idleTimeoutMs);
    this.#idleAt = performance.now() + this.#idleTimeoutMs;
    try {
      await this.#serve();
    } catch (error) {
      // What came before the nonsense was done and is answered.
      if (error instanceof ProtocolError) await this.#finish();
      throw error;
    }
    await this.#finish();
  }

  async #serve(): Promise<void> {
    const frames = this.#frames;
    const turn = new Turn(TURN_MS);
    while (!this.#closed) {
      const size = await this.#socket.read(frames.room());
      if (size === null || this.#closed) break;
      frames.received(size);
      turn.begin();
      let handled = 0;
      while (!this.#closed && frames.next()) {
        this.#parse();
        const pending = this.#handler.handle(this.#request, this.#replies);
        if (pending !== undefined) await this.#settle(pending);
        frames.start = frames.frameEnd;
        handled++;
        if (this.#replies.length >= FLUSH_BYTES) await this.#flush();
        if (this.#deferred >= DEFERRED_MAX) await this.#untilDeferred(DEFERRED_MAX / 2);
        if (handled % TURN_REQUESTS === 0 && turn.isOver) {
          if (this.#replies.length > 0) await this.#flushGiven();
          await turn.next();
        }
      }
      if (this.#replies.length > 0) await this.#flushGiven();
    }
  }

  /**
   * Promises a reply that is not ready when the handler returns; {@link reply} or {@link dropReply} must follow, once.
   * The request's bytes are gone by then. Replies may be given in any order.
   */
  defer(): void {
    this.#deferred++;
  }

  /**
   * Where to append a reply that was deferred, before anything else is done; nothing when the client is gone. It is sent
   * with others of the same moment.
   */
  reply(): Writer | undefined {
    this.dropReply();
    if (this.#released) return undefined;
    const unread = this.#replies.length - this.#sent;
    if (unread > UNREAD_BYTES_MAX) {
      log.warn(`closing connection from ${this.peer}: it does not read its replies, ${unread} bytes wait`);
      this.release();
      return undefined;
    }
    this.#idleAt = turnTime() + this.#idleTimeoutMs;
    this.#flushSoon();
    return this.#replies;
  }

  /** Takes the promise of a reply back: there is none to a notification. */
  dropReply(): void {
    this.#deferred--;
    if (this.#waiting.length > 0) this.#wake();
  }

  /** Lets the requests that are being handled finish, sends their replies, closes. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#handling.catch(() => {});
    await this.#untilDeferred(0);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSING_MS_MAX));
    await Promise.race([this.#finish().catch(() => {}), patience]);
    clearTimeout(timer);
    this.release();
  }

  /** Closes the socket and lets go of the buffers. */
  release(): void {
    if (this.#released) return;
    this.#closed = true;
    this.#released = true;
    clearTimeout(this.#idleTimer);
    this.#frames.release();
    this.#wake();
    closeSocket(this.#socket);
    this.onRelease();
  }

  /** Resolves when all replies are given and sent. */
  async #finish(): Promise<void> {
    await this.#untilDeferred(0);
    if (this.#replies.length > 0 && !this.#released) await this.#flush();
  }

  /** Resolves when at most `count` replies are deferred, or nobody would get them. */
  async #untilDeferred(count: number): Promise<void> {
    while (this.#deferred > count && !this.#released) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #settle(pending: Promise<void>): Promise<void> {
    this.#busy = true;
    this.#handling = pending;
    try {
      await pending;
    } finally {
      this.#busy = false;
      this.#idleAt = performance.now() + this.#idleTimeoutMs;
    }
  }

  /** Fills `#request` from the frame. Surplus elements are ignored; missing ones stand for their defaults. */
  #parse(): void {
    const { bytes, start, frameEnd } = this.#frames;
    const reader = this.#reader;
    const request = this.#request;
    reader.reset(bytes, start, frameEnd);
    if (reader.peek() !== "array") throw new ProtocolError("a message is not an array");
    const members = reader.readArrayHeader();
    const type = members > 0 ? this.#readNumber("type", 2) : REQUEST;
    if (type !== REQUEST && type !== NOTIFY) throw new ProtocolError(`message type ${type} is no request`);
    request.isNotification = type === NOTIFY;
    const methodIndex = request.isNotification ? 1 : 2;
    request.id = !request.isNotification && members > 1 ? this.#readNumber("id", 0xffffffff) : 0;
    if (members <= methodIndex || reader.peek() !== "raw") throw new ProtocolError("the method's name is not a string");
    reader.readRawSpan();
    request.bytes = bytes;
    request.methodStart = reader.rawStart;
    request.methodEnd = reader.position;
    request.paramsStart = reader.position;
    if (members > methodIndex + 1) {
      // The parameters are the last element in all but odd messages, which need a walk.
      if (members > methodIndex + 2) reader.skip(1);
      else reader.position = frameEnd;
    }
    request.paramsEnd = reader.position;
  }

  #readNumber(what: string, max: number): number {
    const reader = this.#reader;
    if (reader.peek() !== "integer") throw new ProtocolError(`the message's ${what} is not an integer`);
    const value = reader.readInteger();
    if (value < 0 || value > max) throw new ProtocolError(`the message's ${what} is ${value}`);
    return value;
  }

  /** Sends the replies there are, of which there must be some. To be waited for unless others are deferred. */
  #flushGiven(): Promise<void> | undefined {
    if (this.#deferred === 0) return this.#flush();
    this.#flushSoon();
  }

  /** Sends all replies, of which there must be some. The connection counts as idle from when the last was given. */
  #flush(): Promise<void> {
    this.#idleAt = performance.now() + this.#idleTimeoutMs;
    return this.#flushing ??= this.#send();
  }

  /** Sends all replies of this moment: those that were deferred tend to come several at once. */
  #flushSoon(): void {
    if (this.#flushing !== undefined) return;
    this.#flushing = this.#send(Promise.resolve());
    this.#flushing.catch(() => this.release());
  }

  async #send(moment?: Promise<void>): Promise<void> {
    const replies = this.#replies;
    try {
      if (moment !== undefined) await moment;
      let turn: Turn | undefined;
      while (this.#sent < replies.length) {
        if (turn?.isOver) await turn.next();
        const end = Math.min(replies.length, this.#sent + WRITE_BYTES_MAX);
        this.#sent += await this.#socket.write(replies.bytes.subarray(this.#sent, end));
        turn ??= new Turn(WRITE_TURN_MS);
      }
      replies.clear();
      this.#sent = 0;
      if (replies.bytes.length > KEPT_REPLY_BYTES) replies.shrink(16 * 1024);
    } finally {
      this.#flushing = undefined;
    }
  }

  #armIdleTimer(delayMs: number): void {
    if (this.#idleTimeoutMs === 0) return;
    this.#idleTimer = setTimeout(() => {
      if (this.#closed) return;
      const isBusy = this.#busy || this.#deferred > 0;
      const left = isBusy ? this.#idleTimeoutMs : this.#idleAt - performance.now();
      if (left <= 0) this.release();
      else this.#armIdleTimer(left);
    }, Math.min(delayMs, TIMER_MS_MAX));
  }
}
