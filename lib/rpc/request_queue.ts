import { Writer } from "../msgpack/writer.ts";

const CAPACITY = 4096;
/** A buffer larger than this is given back once it is sent. */
const KEPT_BYTES = 1024 * 1024;
const NOTHING_LENT: Lent[] = [];

/** Bytes that belong into others without being copied there. They must not change until they are sent. */
export interface Lent {
  /** Where they belong. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Puts bytes where the writer is. */
export type Lend = (bytes: Uint8Array) => void;

/** A request that waits to be sent, or did. */
export interface QueuedRequest {
  /** Where it begins among the unsent bytes, as long as it is queued. */
  start: number;
  /** Its bytes, without those that are lent to it. */
  readonly size: number;
  /** By position in its own bytes. */
  readonly lent?: readonly Lent[];
  /** It has not been sent, not even in part. */
  isQueued: boolean;
  /** Nobody waits for its answer any more. */
  readonly isSettled: boolean;
}

/** Requests to be sent, one after the other in one buffer. */
export class RequestQueue<Request extends QueuedRequest> {
  /** The bytes of `#requests`, in their order. */
  #unsent = new Writer(CAPACITY);
  #requests: Request[] = [];
  /** Becomes `#unsent` when that is taken. */
  #spare = new Writer(CAPACITY);
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

  /** Encodes a request behind the others; {@link push} must follow. When `write` throws, nothing has happened. */
  encode(write: (writer: Writer, lend: Lend) => void): { start: number; size: number; lent: readonly Lent[] } {
    const writer = this.#unsent;
    const start = writer.length;
    let lent: Lent[] = NOTHING_LENT;
    try {
      write(writer, (bytes) => lent = [...lent, { at: writer.length - start, bytes }]);
    } catch (error) {
      writer.length = start;
      throw error;
    }
    return { start, size: writer.length - start, lent };
  }

  /** Queues the request that was encoded last. */
  push(request: Request): void {
    this.#requests.push(request);
  }

  /** A copy of a queued request's bytes. */
  copyOf(request: Request): Uint8Array {
    return this.#unsent.bytes.slice(request.start, request.start + request.size);
  }

  /** Queues a request, of which this is the copy, once more. */
  repeat(request: Request, copy: Uint8Array): void {
    request.start = this.#unsent.length;
    request.isQueued = true;
    this.#unsent.append(copy);
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

  /** Rejects all requests by `reject`, which settles them, and empties the queue. */
  drop(reject: (request: Request) => void): void {
    for (const request of this.#requests) reject(request);
    this.dropSettled();
  }

  /** Takes out all requests, to be sent. The bytes stay as they are until {@link giveBack}. */
  take(): Writer {
    this.dropSettled();
    const taken = this.#unsent;
    this.#unsent = this.#spare;
    this.#spare = new Writer(0);
    this.takenLent = NOTHING_LENT;
    for (const request of this.#requests) {
      request.isQueued = false;
      if (request.lent === undefined || request.lent.length === 0) continue;
      const lent = request.lent.map(({ at, bytes }) => ({ at: request.start + at, bytes }));
      this.takenLent = [...this.takenLent, ...lent];
    }
    this.#requests = [];
    return taken;
  }

  /** Returns a buffer that was sent completely, to be used again. */
  giveBack(taken: Writer): void {
    taken.clear();
    if (taken.bytes.length > KEPT_BYTES) taken.shrink(CAPACITY);
    this.#spare = taken;
  }
}
