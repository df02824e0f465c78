import { assertEquals, assertThrows } from "@std/assert";
import { type QueuedRequest, RequestQueue } from "../../lib/rpc/request_queue.ts";

interface TestRequest extends QueuedRequest {
  isSettled: boolean;
}

Deno.test("RequestQueue keeps requests in order when some are dropped or repeated", () => {
  const queue = new RequestQueue<TestRequest>();
  const requests = [[1], [2, 2], [3, 3, 3], [4]].map((bytes) => put(queue, bytes));
  assertEquals([queue.count, queue.byteLength], [4, 7]);
  const copy = queue.copyOf(requests[2]!);
  requests[1]!.isSettled = true;
  const taken = queue.take();
  assertEquals([...taken.written()], [1, 3, 3, 3, 4]);
  assertEquals(requests.map((request) => request.isQueued), [false, true, false, false]);
  put(queue, [5]);
  queue.repeat(requests[2]!, copy);
  assertEquals([...taken.written()], [1, 3, 3, 3, 4]);
  queue.giveBack(taken);
  assertEquals([...queue.take().written()], [5, 3, 3, 3]);
});

Deno.test("RequestQueue is as before when a request cannot be encoded", () => {
  const queue = new RequestQueue<TestRequest>();
  put(queue, [1]);
  assertThrows(() =>
    queue.encode((writer) => {
      writer.writeInt(2);
      throw new TypeError("no");
    }), TypeError);
  put(queue, [3]);
  assertEquals([...queue.take().written()], [1, 3]);
});

Deno.test("RequestQueue is empty when all its requests were rejected", () => {
  const queue = new RequestQueue<TestRequest>();
  put(queue, [1]);
  put(queue, [2]);
  queue.drop((request) => (request as TestRequest).isSettled = true);
  assertEquals([queue.count, queue.byteLength], [0, 0]);
});

function put(queue: RequestQueue<TestRequest>, bytes: readonly number[]): TestRequest {
  const place = queue.encode((writer) => writer.append(Uint8Array.from(bytes)));
  const request = { ...place, isQueued: true, isSettled: false };
  queue.push(request);
  return request;
}

Deno.test("RequestQueue knows where bytes that were lent belong", () => {
  const queue = new RequestQueue<TestRequest>();
  put(queue, [1]);
  const [one, two] = [Uint8Array.of(8, 8), Uint8Array.of(9)];
  const place = queue.encode((writer, lend) => {
    writer.writeInt(2);
    lend(one);
    writer.writeInt(3);
    lend(two);
  });
  const lender: TestRequest = { ...place, isQueued: true, isSettled: false };
  queue.push(lender);
  put(queue, [4]);
  const copy = queue.copyOf(lender);
  assertEquals([...queue.take().written()], [1, 2, 3, 4]);
  assertEquals(queue.takenLent, [{ at: 2, bytes: one }, { at: 3, bytes: two }]);
  queue.repeat(lender, copy);
  assertEquals([...queue.take().written()], [2, 3]);
  assertEquals(queue.takenLent, [{ at: 1, bytes: one }, { at: 2, bytes: two }]);
  put(queue, [5]);
  queue.take();
  assertEquals(queue.takenLent, []);
});
