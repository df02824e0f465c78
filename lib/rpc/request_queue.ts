import type { ByteString } from "../base/byte_string.ts";
import { Writer } from "../msgpack/writer.ts";

/** Message type of a request. */
const REQUEST = 0;
const CAPACITY = 4096;
/** A buffer larger than this is given back once it is sent. */
const KEPT_BYTES = 1024 * 1024;
const NOTHING_LENT: readonly Lent[] = [];

/** No more bytes of requests are kept than this, but for a single one: the others are not repeated. */
const KEPT_REQUESTS_MAX = 64 * 1024 * 1024;
/** Of a request that is not kept. */
export const NOT_KEPT: number = -1;

/** Bytes that belong into others without being copied there. They must not change until they are sent. */
export interface Lent {
  /** Where they belong. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Puts bytes where the writer is. */
export type Lend = (bytes: Uint8Array) => void;

/**
 * The array of parameters: bytes that are msgpack already, or what appends them. Large bytes that stay as they are until
 * the call is over can be lent instead of appended, which saves a copy; they do not count as outstanding.
 */
export type Params = Uint8Array | ((writer: Writer, lend: Lend) => void);

/** A request that waits to be sent, or did. */
export interface QueuedRequest {
  /** Where it begins among the unsent bytes, as long as it is queued. */
  start: number;
  /** Its bytes, without those that are lent to it. */
  readonly size: number;
  /** By position in its own bytes. */
  readonly lent: readonly Lent[];
  /** It has not been sent, not even in part. */
  isQueued: boolean;
  /** Nobody waits for its answer any more. */
  readonly isSettled: boolean;
  /** Where it begins among the copies, or {@link NOT_KEPT}. */
  keptStart: number;
}

/** Requests to be sent, one after the other in one buffer. */
export class RequestQueue<Request extends QueuedRequest> {
  /** The bytes of `#requests`, in their order. */
  #unsent = new Writer(CAPACITY);
  #requests: Request[] = [];
  /** Copies of requests that may have to be repeated. */
  readonly #kept = new Writer(0);
  /** Becomes `#unsent` when that is taken. */
  #spare: Writer | undefined;
  /** What was lent to the requests that were taken last, by position in their buffer. */
  takenLent: readonly Lent[] = [];

  /** Number of requests. */
  get count(): number {
    return this.#requests.length;
  }

  /** Bytes of the requests. */
  get byteLength(): number {
    return this.#unsent.length;
  }

  /**
   * Encodes a request behind the others; {@link push} must follow, or {@link cancel}. Returns what was lent to it. When
   * `params` throws, nothing has happened.
   */
  encode(id: number, method: ByteString, params: Params): readonly Lent[] {
    const writer = this.#unsent;
    const start = writer.length;
    writer.writeArrayHeader(4);
    writer.writeInt(REQUEST);
    writer.writeInt(id);
    writer.writeByteString(method);
    if (typeof params !== "function") {
      writer.append(params);
      return NOTHING_LENT;
    }
    const lent: Lent[] = [];
    try {
      params(writer, (bytes) => lent.push({ at: writer.length - start, bytes }));
    } catch (error) {
      this.cancel(start);
      throw error;
    }
    return lent;
  }

  /** Forgets the request that was encoded last, and began at `start`. */
  cancel(start: number): void {
    this.#unsent.length = start;
  }

  /** Queues the request that was encoded last. */
  push(request: Request): void {
    this.#requests.push(request);
  }

  /** Keeps a copy of a queued request, so that it can be repeated, until {@link forgetKept}. */
  keep(request: Request): void {
    const kept = this.#kept;
    if (kept.length > 0 && kept.length + request.size > KEPT_REQUESTS_MAX) return;
    request.keptStart = kept.length;
    kept.append(this.#unsent.bytes, request.start, request.start + request.size);
  }

  /** Drops the copies that were kept. */
  forgetKept(): void {
    empty(this.#kept);
  }

  /** Queues a request that was kept once more. */
  repeat(request: Request): void {
    const { keptStart } = request;
    request.keptStart = NOT_KEPT;
    request.start = this.#unsent.length;
    request.isQueued = true;
    this.#unsent.append(this.#kept.bytes, keptStart, keptStart + request.size);
    this.#requests.push(request);
  }

  /** Takes out the requests that nobody waits for any more. */
  dropSettled(): void {
    if (!this.#requests.some((request) => request.isSettled)) return;
    const { bytes } = this.#unsent;
    this.#requests = this.#requests.filter((request) => !request.isSettled);
    let end = 0;
    for (const request of this.#requests) {
      bytes.copyWithin(end, request.start, request.start + request.size);
      request.start = end;
      end += request.size;
    }
    this.#unsent.length = end;
  }

  /** Empties the queue; returns the requests that were in it. */
  clear(): Request[] {
    const requests = this.#requests;
    this.#requests = [];
    this.#unsent.clear();
    return requests;
  }

  /** Takes out all requests, to be sent. The bytes stay as they are until {@link giveBack}. */
  take(): Writer {
    this.dropSettled();
    const taken = this.#unsent;
    this.#unsent = this.#spare ?? new Writer(CAPACITY);
    this.#spare = undefined;
    this.takenLent = NOTHING_LENT;
    for (const request of this.#requests) {
      request.isQueued = false;
      if (request.lent.length === 0) continue;
      const lent = request.lent.map(({ at, bytes }) => ({ at: request.start + at, bytes }));
      this.takenLent = [...this.takenLent, ...lent];
    }
    this.#requests = [];
    return taken;
  }

  /** Returns a buffer that was sent completely, to be used again. */
  giveBack(taken: Writer): void {
    empty(taken);
    this.#spare = taken;
  }
}

function empty(writer: Writer): void {
  writer.clear();
  if (writer.bytes.length > KEPT_BYTES) writer.shrink(CAPACITY);
}
