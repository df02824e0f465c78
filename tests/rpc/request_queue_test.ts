import { assertEquals, assertThrows } from "@std/assert";
import { type Lent, NOT_KEPT, type Params, type QueuedRequest, RequestQueue } from "../../lib/rpc/request_queue.ts";

interface TestRequest extends QueuedRequest {
  isSettled: boolean;
}

Deno.test("RequestQueue encodes requests with their ids, methods and parameters", () => {
  const queue = new RequestQueue<TestRequest>();
  put(queue, 1, Uint8Array.of(0x91, 5));
  put(queue, 0xffffffff, (writer) => writer.writeArrayHeader(0));
  assertEquals([...queue.take().written()], [...head(1), 0x91, 5, ...head(0xff, 0xff, 0xff, 0xff), 0x90]);
});

Deno.test("RequestQueue keeps requests in order when some are dropped or repeated", () => {
  const queue = new RequestQueue<TestRequest>();
  const requests = [[1], [2, 2], [3, 3, 3], [4]].map((bytes, i) => put(queue, i, Uint8Array.from(bytes)));
  assertEquals([queue.count, queue.byteLength], [4, 4 * HEAD_BYTES + 7]);
  queue.keep(requests[2]!);
  requests[1]!.isSettled = true;
  const taken = queue.take();
  assertEquals([...taken.written()], [...head(0), 1, ...head(2), 3, 3, 3, ...head(3), 4]);
  assertEquals(requests.map((request) => request.isQueued), [false, true, false, false]);
  put(queue, 4, Uint8Array.of(5));
  queue.repeat(requests[2]!);
  assertEquals(requests[2]!.keptStart, NOT_KEPT);
  assertEquals([...taken.written()], [...head(0), 1, ...head(2), 3, 3, 3, ...head(3), 4]);
  queue.giveBack(taken);
  assertEquals([...queue.take().written()], [...head(4), 5, ...head(2), 3, 3, 3]);
});

Deno.test("RequestQueue keeps no more bytes than are good, but a single request whatever its size", () => {
  const queue = new RequestQueue<TestRequest>();
  const large = put(queue, 1, new Uint8Array(65 * 1024 * 1024));
  const small = put(queue, 2, Uint8Array.of(1));
  queue.keep(large);
  queue.keep(small);
  assertEquals([large.keptStart, small.keptStart], [0, NOT_KEPT]);
  queue.forgetKept();
  queue.keep(small);
  assertEquals(small.keptStart, 0);
});

Deno.test("RequestQueue is as before when a request cannot be encoded, or is cancelled", () => {
  const queue = new RequestQueue<TestRequest>();
  put(queue, 1, Uint8Array.of(1));
  assertThrows(() =>
    queue.encode(2, "m", (writer) => {
      writer.writeInt(2);
      throw new TypeError("no");
    }), TypeError);
  const start = queue.byteLength;
  queue.encode(3, "m", Uint8Array.of(3));
  queue.cancel(start);
  put(queue, 4, Uint8Array.of(4));
  assertEquals([...queue.take().written()], [...head(1), 1, ...head(4), 4]);
});

Deno.test("RequestQueue gives its requests back when it is cleared", () => {
  const queue = new RequestQueue<TestRequest>();
  const requests = [1, 2].map((id) => put(queue, id, Uint8Array.of(id)));
  assertEquals(queue.clear(), requests);
  assertEquals([queue.count, queue.byteLength], [0, 0]);
});

Deno.test("RequestQueue knows where bytes that were lent belong", () => {
  const queue = new RequestQueue<TestRequest>();
  put(queue, 1, Uint8Array.of(1));
  const [one, two] = [Uint8Array.of(8, 8), Uint8Array.of(9)];
  const lender = put(queue, 2, (writer, lend) => {
    writer.writeInt(2);
    lend(one);
    writer.writeInt(3);
    lend(two);
  });
  put(queue, 3, Uint8Array.of(4));
  queue.keep(lender);
  assertEquals([...queue.take().written()], [...head(1), 1, ...head(2), 2, 3, ...head(3), 4]);
  const at = 2 * HEAD_BYTES + 2;
  assertEquals(queue.takenLent, [{ at, bytes: one }, { at: at + 1, bytes: two }]);
  queue.repeat(lender);
  assertEquals([...queue.take().written()], [...head(2), 2, 3]);
  assertEquals(queue.takenLent, [{ at: HEAD_BYTES + 1, bytes: one }, { at: HEAD_BYTES + 2, bytes: two }]);
  put(queue, 4, Uint8Array.of(5));
  queue.take();
  assertEquals(queue.takenLent, []);
});

/** `[0, id, "m",` of small ids. */
const HEAD_BYTES = 5;

/** The same for any id; one of four bytes is given as those. */
function head(...id: number[]): number[] {
  return [0x94, 0, ...id.length === 4 ? [0xce] : [], ...id, 0xa1, 0x6d];
}

function put(queue: RequestQueue<TestRequest>, id: number, params: Params): TestRequest {
  const start = queue.byteLength;
  const lent: readonly Lent[] = queue.encode(id, "m", params);
  const size = queue.byteLength - start;
  const request = { start, size, lent, isQueued: true, isSettled: false, keptStart: NOT_KEPT };
  queue.push(request);
  return request;
}
