import type { ByteString } from "../base/byte_string.ts";
import { MsgpackError, TypeMismatchError } from "../msgpack/errors.ts";
import { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ConnectionClosedError, QueueFullError, remoteError, RequestTimeoutError, ResultError } from "./call_errors.ts";
import { ProtocolError } from "./errors.ts";
import type { FrameBuffer } from "./frame_buffer.ts";
import { Link } from "./link.ts";
import { type Lend, type QueuedRequest, RequestQueue } from "./request_queue.ts";

/** Message types of msgpack-rpc. */
const REQUEST = 0;
const RESPONSE = 1;

/** Message ids are below this. */
const ID_LIMIT = 0x100000000;
/** Timers cannot run longer. */
const TIMER_MS_MAX = 0x7fffffff;

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

/**
 * The array of parameters: bytes that are msgpack already, or what appends them. Large bytes that stay as they are until
 * the call is over can be lent instead of appended, which saves a copy; they do not count as outstanding.
 */
export type Params = Uint8Array | ((writer: Writer, lend: Lend) => void);

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
interface Call extends QueuedRequest {
  readonly id: number;
  /** When it is given up, by `performance.now()`. */
  readonly deadline: number;
  isSettled: boolean;
  /** The request again, to be repeated if the connection died idle. */
  kept: Uint8Array | undefined;
  /** Takes the result; the reader is at it and ends with it. */
  readonly accept: (result: Reader) => void;
  readonly reject: (error: unknown) => void;
  /** Method and time limit, for errors. */
  readonly method: ByteString;
  readonly timeoutMs: number;
  /** Stops listening to the caller's signal. */
  readonly release: () => void;
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
  readonly #queue = new RequestQueue<Call>();
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
   * Calls a method. `read` takes the result from a reader whose bytes are valid only until it returns, unless it is
   * longer than {@link KEPT_RESULT_BYTES}; what it returns is the result of the call. `result.position` and `result.end`
   * enclose the result's own bytes.
   *
   * Rejects with one of the errors of `call_errors.ts`, the signal's reason, or what `read` throws.
   */
  call<T>(
    method: ByteString,
    params: Params,
    read: (result: Reader) => T,
    options: CallOptions = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      signal?.throwIfAborted();
      this.#checkRoom();
      const id = this.#takeId();
      const { start, size, lent } = this.#queue.encode((writer, lend) => {
        this.#writeRequest(writer, lend, id, method, params);
      });
      const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
      const abort = (): void => this.#fail(call, signal?.reason);
      const call: Call = {
        id,
        deadline: timeoutMs > 0 ? performance.now() + timeoutMs : Infinity,
        start,
        size,
        lent,
        isQueued: true,
        isSettled: false,
        kept: undefined,
        accept: (result) => resolve(read(result)),
        reject,
        method,
        timeoutMs,
        release: () => signal?.removeEventListener("abort", abort),
      };
      this.#queue.push(call);
      const link = this.#link;
      if (link !== undefined) {
        if (this.#calls.size === 0) link.isUnheard = true;
        if (link.isUnheard && options.isRepeatable) call.kept = this.#queue.copyOf(call);
      }
      this.#calls.set(id, call);
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
    link?.lose();
    await Promise.all([this.#sender, this.#connecting?.catch(() => {}), link?.linger()]);
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
    if (this.#queue.byteLength > outstandingBytesMax) this.#queue.dropSettled();
  }

  #takeId(): number {
    while (this.#calls.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % ID_LIMIT;
    const id = this.#nextId;
    this.#nextId = (id + 1) % ID_LIMIT;
    return id;
  }

  #writeRequest(writer: Writer, lend: Lend, id: number, method: ByteString, params: Params): void {
    const start = writer.length;
    writer.writeArrayHeader(4);
    writer.writeInt(REQUEST);
    writer.writeInt(id);
    writer.writeByteString(method);
    if (typeof params === "function") params(writer, lend);
    else writer.append(params);
    const held = this.#outstandingBytes;
    if (held > 0 && held + writer.length - start > this.#options.outstandingBytesMax) {
      throw new QueueFullError(`${held} bytes of calls to ${this.host}:${this.port} wait for an answer`);
    }
  }

  #startSending(): void {
    this.#sender ??= this.#send().finally(() => {
      this.#sender = undefined;
      if (this.#queue.count > 0 && !this.#closing.signal.aborted) this.#startSending();
    });
  }

  /** Sends until there is nothing more to send. Never throws. */
  async #send(): Promise<void> {
    const queue = this.#queue;
    while (queue.count > 0 && !this.#closing.signal.aborted) {
      if (this.#link !== undefined && this.#isDoubtful(this.#link)) await nextTurn();
      let link: Link;
      try {
        link = await this.#connected();
      } catch (error) {
        queue.drop((call) => this.#fail(call, error));
        continue;
      }
      if (link.isLost) continue;
      const requests = queue.take();
      try {
        let sent = 0;
        for (const { at, bytes } of queue.takenLent) {
          await link.write(requests.bytes.subarray(sent, at));
          await link.write(bytes);
          sent = at;
        }
        await link.write(requests.bytes.subarray(sent, requests.length));
        queue.giveBack(requests);
      } catch {
        // The link is lost, and what it means for the calls is done. The system may go on reading from the buffer.
      }
    }
  }

  /** After a silence the other side may have closed the connection and this side not have noticed. */
  #isDoubtful(link: Link): boolean {
    return this.#queue.count === this.#calls.size && performance.now() - link.heardAt >= this.#options.doubtAfterMs;
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
    this.#link = await Link.connect({ ...this.#options, host, port }, this.#closing.signal, {
      received: (frames) => this.#dispatch(frames),
      lost: (link, cause) => this.#lost(link, cause),
    });
    return this.#link;
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
  #lost(link: Link, cause: unknown): void {
    if (this.#link === link) this.#link = undefined;
    for (const call of this.#calls.values()) {
      if (call.isQueued) continue;
      if (link.isUnheard && call.kept !== undefined) {
        this.#queue.repeat(call, call.kept);
        call.kept = undefined;
      } else {
        this.#fail(call, new ConnectionClosedError(cause));
      }
    }
    if (this.#queue.count > 0) this.#startSending();
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
    const leftMs = Math.max(0, Math.min(deadline - performance.now(), TIMER_MS_MAX));
    this.#timer = setTimeout(() => this.#failLate(), leftMs);
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

/** Lets the runtime see what has arrived meanwhile. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
