import type { ByteString } from "../base/byte_string.ts";
import { nextTurn } from "../base/clock.ts";
import { MsgpackError, TypeMismatchError } from "../msgpack/errors.ts";
import { Reader } from "../msgpack/reader.ts";
import { CallTable, type TabledCall } from "./call_table.ts";
import { ConnectionClosedError, QueueFullError, remoteError, RequestTimeoutError, ResultError } from "./call_errors.ts";
import { ProtocolError } from "./errors.ts";
import type { FrameBuffer } from "./frame_buffer.ts";
import { Link } from "./link.ts";
import { NOT_KEPT, type Params, type QueuedRequest, RequestQueue } from "./request_queue.ts";
import { turnTime } from "./turn_time.ts";

/** Message type of a response. */
const RESPONSE = 1;
/**
 * So many calls to a server that has no others are sent before the rest of the same moment, so that two processors have
 * something to do. Measured with the benchmark's section `proxy`, 64 requests in flight.
 */
const BEGINNING_CALLS = 16;

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
 * Whoever made a call. Learns of its end once, after {@link RpcClient.send} has returned, at the moment when it ends.
 */
export interface Caller {
  /** Takes the result, as `read` of {@link RpcClient.call} does. What it throws goes to {@link failed}. */
  succeeded(result: Reader): void;
  /** Takes one of the errors of `call_errors.ts`, or what {@link succeeded} has thrown. */
  failed(error: unknown): void;
}

/** How one call is sent. */
export interface SendOptions {
  /** Instead of the client's own; 0: never. */
  readonly timeoutMs?: number;
  /**
   * The call does no harm when it is executed twice. It is then repeated once if the connection turns out to have been
   * closed while it was idle, and it is not known whether the server saw the request.
   */
  readonly isRepeatable?: boolean;
}

/** How one call is made. */
export interface CallOptions extends SendOptions {
  /**
   * Gives the call up: it rejects with the signal's reason. What was sent already is executed by the server all the
   * same.
   */
  readonly signal?: AbortSignal;
}

/** A call without an answer. */
interface Call extends QueuedRequest, TabledCall {
  isSettled: boolean;
  readonly caller: Caller;
  /** Method and time limit, for errors. */
  readonly method: ByteString;
  readonly timeoutMs: number;
}

const noOptions: SendOptions = {};

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
  readonly #calls = new CallTable<Call>((call) => this.#fail(call, new RequestTimeoutError(call.timeoutMs)));
  /** Bytes of their requests. */
  #outstandingBytes = 0;
  readonly #queue = new RequestQueue<Call>();
  /** Settles when there is nothing more to send. */
  #sender: Promise<void> | undefined;
  /** Settles when what was taken from the queue is written. */
  #writing: Promise<void> | undefined;
  #link: Link | undefined;
  #connecting: Promise<Link> | undefined;
  readonly #reader = new Reader(new Uint8Array(0));
  readonly #closing = new AbortController();
  /** The same as a plain field: signals are slow to ask. */
  #isClosed = false;

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
      const abort = (): void => this.#fail(call, signal?.reason);
      const call = this.#send(
        method,
        params,
        {
          succeeded(result): void {
            resolve(read(result));
            signal?.removeEventListener("abort", abort);
          },
          failed(error): void {
            reject(error);
            signal?.removeEventListener("abort", abort);
          },
        },
        options,
        preciseTime,
      );
      signal?.addEventListener("abort", abort);
    });
  }

  /**
   * Calls a method as {@link call} does, for callers who make so many calls that a promise for each is too dear. Throws
   * where nothing is sent: a {@link QueueFullError}, or a {@link ConnectionClosedError} after {@link close}.
   */
  send(method: ByteString, params: Params, caller: Caller, options: SendOptions = noOptions): void {
    this.#send(method, params, caller, options, turnTime);
  }

  /** Ends the connection; calls without an answer reject with a {@link ConnectionClosedError}, and so do later ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.abort(new ConnectionClosedError());
    this.#calls.stopTimer();
    for (const call of this.#calls.all()) this.#fail(call, new ConnectionClosedError());
    const link = this.#link;
    link?.lose();
    await Promise.all([this.#sender, this.#writing, this.#connecting?.catch(() => {}), link?.linger()]);
  }

  /** Does what {@link close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(method: ByteString, params: Params, caller: Caller, options: SendOptions, now: () => number): Call {
    const queue = this.#queue;
    this.#checkRoom();
    const id = this.#calls.takeId();
    const start = queue.byteLength;
    const lent = queue.encode(id, method, params);
    const size = queue.byteLength - start;
    const held = this.#outstandingBytes;
    if (held > 0 && held + size > this.#options.outstandingBytesMax) {
      queue.cancel(start);
      throw new QueueFullError(`${held} bytes of calls to ${this.host}:${this.port} wait for an answer`);
    }
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    const call: Call = {
      id,
      deadline: timeoutMs > 0 ? now() + timeoutMs : Infinity,
      start,
      size,
      lent,
      isQueued: true,
      isSettled: false,
      keptStart: NOT_KEPT,
      caller,
      method,
      timeoutMs,
    };
    queue.push(call);
    const link = this.#link;
    if (link !== undefined) {
      if (this.#calls.size === 0) {
        link.isUnheard = true;
        queue.forgetKept();
      }
      if (link.isUnheard && options.isRepeatable) queue.keep(call);
    }
    this.#calls.add(call);
    this.#outstandingBytes += size;
    this.#sender ??= this.#sendQueue();
    if (queue.count === BEGINNING_CALLS && this.#calls.size === BEGINNING_CALLS) this.#sendBeginning();
    return call;
  }

  #checkRoom(): void {
    if (this.#isClosed) throw this.#closing.signal.reason;
    const { outstandingMax, outstandingBytesMax } = this.#options;
    if (this.#calls.size >= outstandingMax) {
      throw new QueueFullError(`${this.#calls.size} calls to ${this.host}:${this.port} wait for an answer`);
    }
    if (this.#queue.byteLength > outstandingBytesMax) this.#queue.dropSettled();
  }

  /** Sends until there is nothing more to send. Never throws. */
  async #sendQueue(): Promise<void> {
    const queue = this.#queue;
    // What else is called at this moment goes out together.
    await undefined;
    while (queue.count > 0 && !this.#isClosed) {
      if (this.#writing !== undefined) {
        await this.#writing;
        continue;
      }
      // The runtime may see then that the other side has closed the connection.
      if (this.#link !== undefined && this.#isDoubtful(this.#link)) await nextTurn();
      let link: Link;
      try {
        link = this.#link ?? await this.#connected();
      } catch (error) {
        for (const call of queue.clear()) this.#fail(call, error);
        continue;
      }
      if (!link.isLost) this.#writing ??= this.#write(link);
    }
    this.#sender = undefined;
  }

  /** Lets a server that has nothing to do begin before all calls of this moment are made. */
  #sendBeginning(): void {
    const link = this.#link;
    if (link === undefined || this.#writing !== undefined || this.#isDoubtful(link)) return;
    this.#writing = this.#write(link);
  }

  /** Writes what is queued. Never throws. */
  async #write(link: Link): Promise<void> {
    const queue = this.#queue;
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
    this.#writing = undefined;
  }

  /** After a silence the other side may have closed the connection and this side not have noticed. */
  #isDoubtful(link: Link): boolean {
    return this.#queue.count === this.#calls.size && preciseTime() - link.heardAt >= this.#options.doubtAfterMs;
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
    const link = await Link.connect({ ...this.#options, host, port }, this.#closing.signal, {
      received: (frames) => this.#dispatch(frames),
      lost: (link, cause) => this.#lost(link, cause),
    });
    if (!link.isLost) this.#link = link;
    return link;
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
      call.caller.failed(remoteError(call.method, reader.bytes.slice(errorStart, reader.position)));
      return;
    }
    if (members > 4) {
      const resultStart = reader.position;
      reader.skip();
      reader.reset(reader.bytes, resultStart, reader.position);
    }
    try {
      call.caller.succeeded(reader);
    } catch (error) {
      const isMisfit = error instanceof TypeMismatchError || error instanceof MsgpackError;
      call.caller.failed(isMisfit ? new ResultError(error) : error);
    }
  }

  /** The connection is over: what was sent fails, what was not waits for the next connection. */
  #lost(link: Link, cause: unknown): void {
    if (this.#link === link) this.#link = undefined;
    for (const call of this.#calls.all()) {
      if (call.isQueued) continue;
      if (link.isUnheard && call.keptStart !== NOT_KEPT) this.#queue.repeat(call);
      else this.#fail(call, new ConnectionClosedError(cause));
    }
    if (this.#queue.count > 0) this.#sender ??= this.#sendQueue();
  }

  #fail(call: Call, error: unknown): void {
    if (call.isSettled) return;
    this.#forget(call);
    call.caller.failed(error);
  }

  #forget(call: Call): void {
    call.isSettled = true;
    this.#calls.delete(call);
    this.#outstandingBytes -= call.size;
  }
}

/** Unlike {@link turnTime} right even after a lot of work: the parameters of a call may be large. */
function preciseTime(): number {
  return performance.now();
}
