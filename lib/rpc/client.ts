import type { ByteString } from "../base/byte_string.ts";
import { MsgpackError, TypeMismatchError } from "../msgpack/errors.ts";
import { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import {
  ConnectError,
  ConnectionClosedError,
  QueueFullError,
  remoteError,
  RequestTimeoutError,
  ResultError,
} from "./call_errors.ts";
import { closeSocket } from "./close_socket.ts";
import { ProtocolError } from "./errors.ts";
import { BufferBudget, FrameBuffer } from "./frame_buffer.ts";

/** Message types of msgpack-rpc. */
const REQUEST = 0;
const RESPONSE = 1;

/** Message ids are below this. */
const ID_LIMIT = 0x100000000;
/** A send buffer larger than this is given back once it is sent. */
const KEPT_SEND_BYTES = 1024 * 1024;
/** When a client is closed, the other side gets so long to close the connection as well. */
const LINGER_MS = 200;

/** Where a client connects to, and its limits. */
export interface RpcClientOptions {
  /** Name or address of the server. */
  readonly host: string;
  /** Port of the server. */
  readonly port: number;
  /** A call fails after so long, connecting included; 0: never. Default 10,000. */
  readonly timeoutMs?: number;
  /** An attempt to connect fails after so long. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** More calls without an answer are refused. Default 65,536. */
  readonly outstandingMax?: number;
  /** More bytes of requests without an answer are refused, but for a single one. Default 256 MiB. */
  readonly outstandingBytesMax?: number;
  /** A larger response ends the connection. Default 1 GiB. */
  readonly messageBytesMax?: number;
  /**
   * After so long a silence it is looked first whether the other side has closed the connection. Default 500.
   * Servers close idle connections, so a request should not be sent into the void.
   */
  readonly doubtAfterMs?: number;
}

/** How one call is made. */
export interface CallOptions {
  /** Instead of the client's own; 0: never. */
  readonly timeoutMs?: number;
  /**
   * Gives the call up: it rejects with the signal's reason. What was sent already is executed by the server all the
   * same.
   */
  readonly signal?: AbortSignal;
  /**
   * The call does no harm when it is executed twice. It is then repeated once if the connection turns out to have been
   * closed while it was idle, and it is not known whether the server saw the request.
   */
  readonly isRepeatable?: boolean;
}

/** A call without an answer. */
interface Call {
  readonly id: number;
  /** When it is given up, by `performance.now()`. */
  readonly deadline: number;
  /** Where the request begins in the buffer of unsent bytes, as long as it is queued; and how long it is. */
  start: number;
  readonly size: number;
  /** The request has not been sent, not even in part. */
  isQueued: boolean;
  isSettled: boolean;
  /** The request again, to be repeated if the connection died idle. */
  kept: Uint8Array | undefined;
  /** Takes the result; the reader is at it and ends with it. */
  readonly accept: (result: Reader) => void;
  readonly reject: (error: unknown) => void;
  /** Method and time limit, for errors. */
  readonly method: ByteString;
  readonly timeoutMs: number;
  readonly release: () => void;
}

/** One TCP connection. */
interface Link {
  readonly socket: Deno.TcpConn;
  readonly frames: FrameBuffer;
  /** When bytes last came, by `performance.now()`. */
  heardAt: number;
  /** Requests were sent after a silence and nothing has come since: the other side may have been gone. */
  isUnheard: boolean;
  isLost: boolean;
  /** Makes a write that is going on fail. */
  abandonWrite: () => void;
  /** Settles when nothing more is read. */
  receiving: Promise<void>;
}

/**
 * Calls methods of one server over one TCP connection. Calls are sent as they are made, without waiting for earlier
 * ones, and may be answered in any order. The connection is made at the first call, and again at the next call after
 * it was lost. A call that fails before it was sent is never executed.
 *
 * ```ts
 * await using client = new RpcClient({ host: "127.0.0.1", port: 9199 });
 * const labels = await client.call("get_labels", params, (result) => result.readMapHeader());
 * ```
 */
export class RpcClient implements AsyncDisposable {
  /** Name or address of the server. */
  readonly host: string;
  /** Port of the server. */
  readonly port: number;
  readonly #options: Required<Omit<RpcClientOptions, "host" | "port">>;
  /** Calls without an answer by message id, oldest first. */
  readonly #calls = new Map<number, Call>();
  /** Bytes of their requests. */
  #outstandingBytes = 0;
  #nextId = 1;
  /** Requests not sent yet, and those of `#queued` are in it in this order. */
  #unsent = new Writer(4096);
  #queued: Call[] = [];
  /** What is being sent; swapped with `#unsent`. */
  #sending = new Writer(4096);
  /** Settles when there is nothing more to send. */
  #sender: Promise<void> | undefined;
  #link: Link | undefined;
  #connecting: Promise<Link> | undefined;
  /** Runs at the earliest deadline, or before. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  readonly #reader = new Reader(new Uint8Array(0));
  readonly #closing = new AbortController();

  /** Makes a client; the connection is made later. */
  constructor(options: RpcClientOptions) {
    this.host = options.host;
    this.port = options.port;
    this.#options = {
      timeoutMs: options.timeoutMs ?? 10_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      outstandingMax: options.outstandingMax ?? 65_536,
      outstandingBytesMax: options.outstandingBytesMax ?? 256 * 1024 * 1024,
      messageBytesMax: options.messageBytesMax ?? 1024 * 1024 * 1024,
      doubtAfterMs: options.doubtAfterMs ?? 500,
    };
  }

  /** Calls without an answer. */
  get outstanding(): number {
    return this.#calls.size;
  }

  /** Makes the connection now; throws a {@link ConnectError}. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /**
   * Calls a method. `params` is the array of parameters: bytes that are msgpack already, or what appends them. `read`
   * takes the result from a reader whose bytes are valid only until it returns; what it returns is the result of the
   * call. `result.position` and `result.end` enclose the result's own bytes.
   *
   * Rejects with one of the errors of `call_errors.ts`, the signal's reason, or what `read` throws.
   */
  call<T>(
    method: ByteString,
    params: Uint8Array | ((writer: Writer) => void),
    read: (result: Reader) => T,
    options: CallOptions = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      signal?.throwIfAborted();
      this.#checkRoom();
      const id = this.#takeId();
      const start = this.#writeRequest(id, method, params);
      const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
      const abort = (): void => this.#fail(call, signal?.reason);
      const call: Call = {
        id,
        deadline: timeoutMs > 0 ? performance.now() + timeoutMs : Infinity,
        start,
        size: this.#unsent.length - start,
        isQueued: true,
        isSettled: false,
        kept: undefined,
        accept: (result) => resolve(read(result)),
        reject,
        method,
        timeoutMs,
        release: () => signal?.removeEventListener("abort", abort),
      };
      const link = this.#link;
      if (link !== undefined) {
        if (this.#calls.size === 0) link.isUnheard = true;
        if (link.isUnheard && options.isRepeatable) call.kept = this.#unsent.bytes.slice(start, start + call.size);
      }
      this.#calls.set(id, call);
      this.#queued.push(call);
      this.#outstandingBytes += call.size;
      signal?.addEventListener("abort", abort);
      if (call.deadline < this.#timerAt) this.#armTimer(call.deadline);
      this.#startSending();
    });
  }

  /** Ends the connection; calls without an answer reject with a {@link ConnectionClosedError}, and so do later ones. */
  async close(): Promise<void> {
    this.#closing.abort(new ConnectionClosedError());
    for (const call of this.#calls.values()) this.#fail(call, new ConnectionClosedError());
    const link = this.#link;
    if (link !== undefined) this.#lose(link);
    await Promise.all([this.#sender, this.#connecting?.catch(() => {})]);
    if (link === undefined) return;
    await settledWithin(LINGER_MS, link.receiving);
    link.socket.unref();
  }

  /** Does what {@link close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkRoom(): void {
    this.#closing.signal.throwIfAborted();
    const { outstandingMax, outstandingBytesMax } = this.#options;
    if (this.#calls.size >= outstandingMax) {
      throw new QueueFullError(`${this.#calls.size} calls to ${this.host}:${this.port} wait for an answer`);
    }
    if (this.#unsent.length > outstandingBytesMax) this.#dropSettled();
  }

  #takeId(): number {
    while (this.#calls.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % ID_LIMIT;
    const id = this.#nextId;
    this.#nextId = (id + 1) % ID_LIMIT;
    return id;
  }

  /** Appends a request to what is to be sent and returns where it begins; or throws, and appends nothing. */
  #writeRequest(id: number, method: ByteString, params: Uint8Array | ((writer: Writer) => void)): number {
    const writer = this.#unsent;
    const start = writer.length;
    try {
      writer.writeArrayHeader(4);
      writer.writeInt(REQUEST);
      writer.writeInt(id);
      writer.writeByteString(method);
      if (typeof params === "function") params(writer);
      else writer.append(params);
      const held = this.#outstandingBytes;
      if (held > 0 && held + writer.length - start > this.#options.outstandingBytesMax) {
        throw new QueueFullError(`${held} bytes of calls to ${this.host}:${this.port} wait for an answer`);
      }
    } catch (error) {
      writer.length = start;
      throw error;
    }
    return start;
  }

  #startSending(): void {
    this.#sender ??= this.#send().finally(() => {
      this.#sender = undefined;
      if (this.#unsent.length > 0 && !this.#closing.signal.aborted) this.#startSending();
    });
  }

  /** Sends until there is nothing more to send. Never throws. */
  async #send(): Promise<void> {
    while (this.#unsent.length > 0 && !this.#closing.signal.aborted) {
      if (this.#link !== undefined && this.#isDoubtful(this.#link)) await nextTurn();
      let link: Link;
      try {
        link = this.#link ?? await this.#connected();
      } catch (error) {
        for (const call of this.#queued) this.#fail(call, error);
        this.#dropSettled();
        continue;
      }
      if (!link.isLost) await this.#sendOver(link);
    }
  }

  async #sendOver(link: Link): Promise<void> {
    this.#dropSettled();
    const writer = this.#unsent;
    this.#unsent = this.#sending;
    this.#sending = writer;
    for (const call of this.#queued) call.isQueued = false;
    this.#queued = [];
    try {
      for (let sent = 0; sent < writer.length;) sent += await write(link, writer.bytes.subarray(sent, writer.length));
    } catch (error) {
      // The system may go on reading from the buffer.
      this.#sending = new Writer(4096);
      this.#lose(link, error);
      return;
    }
    writer.clear();
    if (writer.bytes.length > KEPT_SEND_BYTES) writer.shrink(4096);
  }

  /** Takes calls out of the unsent bytes that nobody waits for any more. */
  #dropSettled(): void {
    if (!this.#queued.some((call) => call.isSettled)) return;
    const { bytes } = this.#unsent;
    this.#queued = this.#queued.filter((call) => !call.isSettled);
    let at = 0;
    for (const call of this.#queued) {
      bytes.copyWithin(at, call.start, call.start + call.size);
      call.start = at;
      at += call.size;
    }
    this.#unsent.length = at;
  }

  /** After a silence the other side may have closed the connection and this side not have noticed. */
  #isDoubtful(link: Link): boolean {
    return this.#queued.length === this.#calls.size && performance.now() - link.heardAt >= this.#options.doubtAfterMs;
  }

  /** The connection, made if necessary; several callers share one attempt. */
  async #connected(): Promise<Link> {
    this.#closing.signal.throwIfAborted();
    if (this.#link !== undefined) return this.#link;
    this.#connecting ??= this.#connect().finally(() => this.#connecting = undefined);
    return await this.#connecting;
  }

  async #connect(): Promise<Link> {
    const { host, port } = this;
    const { connectTimeoutMs, messageBytesMax } = this.#options;
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new Error(`no connection after ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    );
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    let socket: Deno.TcpConn;
    try {
      socket = await Deno.connect({ hostname: host, port, signal });
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      throw new ConnectError(host, port, late.signal.aborted ? late.signal.reason : error);
    } finally {
      clearTimeout(timer);
    }
    if (this.#closing.signal.aborted) {
      closeSocket(socket);
      throw this.#closing.signal.reason;
    }
    socket.setNoDelay(true);
    const frames = new FrameBuffer(messageBytesMax, new BufferBudget(Infinity));
    const link: Link = {
      socket,
      frames,
      heardAt: performance.now(),
      isUnheard: false,
      isLost: false,
      abandonWrite: () => {},
      receiving: Promise.resolve(),
    };
    this.#link = link;
    link.receiving = this.#receive(link);
    return link;
  }

  /** Reads responses until the connection ends. Never throws. */
  async #receive(link: Link): Promise<void> {
    const { socket, frames } = link;
    try {
      while (true) {
        const size = await socket.read(frames.room());
        if (size === null || link.isLost) break;
        link.heardAt = performance.now();
        link.isUnheard = false;
        frames.received(size);
        while (frames.next()) {
          this.#dispatch(frames);
          frames.start = frames.frameEnd;
        }
      }
      this.#lose(link);
    } catch (error) {
      this.#lose(link, error);
    }
  }

  /** Hands a response to its call; one that nobody waits for is ignored. */
  #dispatch(frames: FrameBuffer): void {
    const reader = this.#reader;
    reader.reset(frames.bytes, frames.start, frames.frameEnd);
    if (reader.peek() !== "array") throw new ProtocolError("a response is not an array");
    const members = reader.readArrayHeader();
    if (members < 4) throw new ProtocolError(`a response has ${members} members`);
    if (reader.peek() !== "integer" || reader.readInteger() !== RESPONSE) throw new ProtocolError("no response");
    if (reader.peek() !== "integer") throw new ProtocolError("a response's id is not an integer");
    const call = this.#calls.get(reader.readInteger());
    if (call === undefined) return;
    this.#forget(call);
    const errorStart = reader.position;
    if (!reader.tryNil()) {
      reader.skip();
      call.reject(remoteError(call.method, reader.bytes.slice(errorStart, reader.position)));
      return;
    }
    if (members > 4) {
      const resultStart = reader.position;
      reader.skip();
      reader.reset(reader.bytes, resultStart, reader.position);
    }
    try {
      call.accept(reader);
    } catch (error) {
      const isMisfit = error instanceof TypeMismatchError || error instanceof MsgpackError;
      call.reject(isMisfit ? new ResultError(error) : error);
    }
  }

  /** The connection is over: what was sent fails, what was not waits for the next connection. */
  #lose(link: Link, cause?: unknown): void {
    if (link.isLost) return;
    link.isLost = true;
    if (this.#link === link) this.#link = undefined;
    closeSocket(link.socket);
    link.abandonWrite();
    for (const call of this.#calls.values()) {
      if (call.isQueued) continue;
      if (link.isUnheard && call.kept !== undefined) this.#repeat(call, call.kept);
      else this.#fail(call, new ConnectionClosedError(cause));
    }
    if (this.#unsent.length > 0) this.#startSending();
  }

  /** Queues a request that was sent once more. */
  #repeat(call: Call, request: Uint8Array): void {
    call.kept = undefined;
    call.start = this.#unsent.length;
    call.isQueued = true;
    this.#unsent.append(request);
    this.#queued.push(call);
  }

  #fail(call: Call, error: unknown): void {
    if (call.isSettled) return;
    this.#forget(call);
    call.reject(error);
  }

  #forget(call: Call): void {
    call.isSettled = true;
    call.release();
    this.#calls.delete(call.id);
    this.#outstandingBytes -= call.size;
    if (this.#calls.size > 0) return;
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
  }

  #armTimer(deadline: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(() => this.#failLate(), Math.max(0, deadline - performance.now()));
  }

  #failLate(): void {
    this.#timerAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const call of this.#calls.values()) {
      if (call.deadline <= now) this.#fail(call, new RequestTimeoutError(call.timeoutMs));
      else next = Math.min(next, call.deadline);
    }
    if (next < Infinity) this.#armTimer(next);
  }
}

/** Writes some of the bytes; fails at once when the connection is lost. */
function write(link: Link, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    link.abandonWrite = () => reject(new ConnectionClosedError());
    link.socket.write(bytes).then(resolve, reject);
  });
}

/** Resolves when `work` has, or after a time. */
async function settledWithin(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([work, new Promise<void>((resolve) => timer = setTimeout(resolve, ms))]);
  clearTimeout(timer);
}

/** Lets the runtime see what has arrived meanwhile. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
