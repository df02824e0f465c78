/**
 * The load generator, a process of its own: sends requests made beforehand over some connections, each with some
 * requests in flight, and counts the replies. Prints one line of JSON.
 *
 *   deno run -A scripts/bench/load.ts HOST PORT FILE CONNECTIONS IN_FLIGHT WARM_UP_SECONDS SECONDS
 *
 * FILE holds requests, each behind its length as 4 bytes, most significant first; they are sent round and round.
 *
 * @module
 */
import { BufferBudget, FrameBuffer } from "../../lib/rpc/frame_buffer.ts";
import { Histogram } from "./histogram.ts";

/** What the load generator measured. */
export interface LoadResult {
  /** Replies within the measured time, errors among them. */
  readonly replies: number;
  readonly errors: number;
  readonly seconds: number;
  readonly repliesPerSecond: number;
  /** From the sending of a request to its reply, in microseconds, to 2 %. */
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Requests one behind the other, and where each begins; one more at the end. */
interface Requests {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly starts: readonly number[];
}

/** What all connections count together. */
class Tally {
  replies = 0;
  errors = 0;
  /** From when on, and until when, replies count; by `performance.now()`. */
  readonly begin: number;
  readonly end: number;
  readonly latencies = new Histogram();

  constructor(warmUpSeconds: number, seconds: number) {
    this.begin = performance.now() + warmUpSeconds * 1000;
    this.end = this.begin + seconds * 1000;
  }

  get result(): LoadResult {
    const seconds = (this.end - this.begin) / 1000;
    return {
      replies: this.replies,
      errors: this.errors,
      seconds,
      repliesPerSecond: this.replies / seconds,
      p50Us: this.latencies.quantile(0.5),
      p99Us: this.latencies.quantile(0.99),
    };
  }
}

/** One connection: writes while there is room in flight, reads replies. */
async function drive(socket: Deno.TcpConn, requests: Requests, first: number, inFlight: number, tally: Tally) {
  socket.setNoDelay(true);
  const count = requests.starts.length - 1;
  const frames = new FrameBuffer(1 << 30, new BufferBudget(1 << 30));
  /** Times of sending, by number of the request modulo `inFlight`. */
  const sentAt = new Float64Array(inFlight);
  let next = first;
  let sent = 0;
  let received = 0;
  let writing = false;
  let failure: unknown;
  const send = async (): Promise<void> => {
    writing = true;
    try {
      while (sent - received < inFlight && performance.now() < tally.end) {
        const batch = Math.min(inFlight - (sent - received), count - next);
        const now = performance.now();
        for (let i = 0; i < batch; i++) sentAt[(sent + i) % inFlight] = now;
        const chunk = requests.bytes.subarray(requests.starts[next]!, requests.starts[next + batch]!);
        sent += batch;
        next = (next + batch) % count;
        for (let at = 0; at < chunk.length;) at += await socket.write(chunk.subarray(at));
      }
    } catch (error) {
      failure = error;
    }
    writing = false;
  };
  void send();
  while (sent > received || writing) {
    if (failure !== undefined) throw failure;
    const size = await socket.read(frames.room());
    if (size === null) throw new Error("the server has closed the connection");
    frames.received(size);
    const now = performance.now();
    const counts = now >= tally.begin && now < tally.end;
    while (frames.next()) {
      if (counts) {
        tally.replies++;
        if (isError(frames.bytes, frames.start)) tally.errors++;
        tally.latencies.add((now - sentAt[received % inFlight]!) * 1000);
      }
      received++;
      frames.start = frames.frameEnd;
    }
    if (!writing) void send();
  }
}

/** A reply is `[1, id, error, result]`. */
function isError(bytes: Uint8Array, start: number): boolean {
  const head = bytes[start + 2]!;
  const idSize = head < 0x80 ? 1 : head === 0xcc ? 2 : head === 0xcd ? 3 : 5;
  return bytes[start + 2 + idSize] !== 0xc0;
}

async function readRequests(file: string): Promise<Requests> {
  const packed = await Deno.readFile(file);
  const view = new DataView(packed.buffer);
  const starts = [0];
  let end = 0;
  for (let at = 0; at < packed.length;) {
    const size = view.getUint32(at);
    packed.copyWithin(end, at + 4, at + 4 + size);
    at += 4 + size;
    end += size;
    starts.push(end);
  }
  return { bytes: packed.subarray(0, end), starts };
}

if (import.meta.main) {
  const [hostname = "", port, file = "", connections, inFlight, warmUpSeconds, seconds] = Deno.args;
  const requests = await readRequests(file);
  const sockets = await Promise.all(
    Array.from({ length: Number(connections) }, () => Deno.connect({ hostname, port: Number(port) })),
  );
  const tally = new Tally(Number(warmUpSeconds), Number(seconds));
  const count = requests.starts.length - 1;
  await Promise.all(
    sockets.map((socket, i) =>
      drive(socket, requests, Math.floor(count * i / sockets.length), Number(inFlight), tally)
    ),
  );
  console.log(JSON.stringify(tally.result));
  Deno.exit(0);
}
