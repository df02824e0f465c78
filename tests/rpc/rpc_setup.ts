import type { Reader } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import type { Request } from "../../lib/rpc/connection.ts";
import { RpcServer, type RpcServerOptions } from "../../lib/rpc/server.ts";
import { Dispatcher } from "../../lib/server/dispatcher.ts";
import {
  boolean,
  double,
  int32,
  list,
  mapResult,
  stringArgument,
  stringResult,
  uint32,
} from "../../lib/service/codecs.ts";
import { random, type Service } from "../../lib/service/service.ts";

const plain = { route: random, reduce: "pass", effect: "analysis" } as const;
const bytesResult = {
  read: stringArgument.read,
  write: (writer: Writer, value: string) => writer.writeByteString(value),
};

/** A service with one method for each thing that is to be seen on the wire. */
const service: Service = {
  /** The argument. */
  echo: { args: [stringArgument], result: bytesResult, ...plain },
  /** Sum of two integers. */
  add: { args: [int32, int32], result: int32, ...plain },
  /** The argument as an unsigned integer. */
  count: { args: [uint32], result: uint32, ...plain },
  /** The argument. */
  same: { args: [double], result: double, ...plain },
  /** The argument negated. */
  not: { args: [boolean], result: boolean, ...plain },
  /** Sum of a list. */
  sum: { args: [list(double)], result: double, ...plain },
  /** So many bytes. */
  bytes: { args: [uint32], result: bytesResult, ...plain },
  /** A map. */
  map: { args: [], result: mapResult(stringResult), ...plain },
  /** Fails with a text. */
  fail: { args: [stringArgument], result: boolean, ...plain },
  /** Answers when the test says so. */
  wait: { args: [stringArgument], result: bytesResult, ...plain },
  /** Counts its calls. */
  touch: { args: [], result: boolean, ...plain, effect: "update" },
};

/** A server of the service above on the loopback address, and what happens in it. */
export class TestServer implements AsyncDisposable {
  readonly rpc: RpcServer;
  /** Requests handled so far. */
  handled = 0;
  /** Bytes of replies that were waiting to be sent, at most. */
  replyBytesMax = 0;
  touched = 0;
  updates = 0;
  /** Calls of `wait` that are not answered, oldest first. */
  readonly waiting: { readonly text: string; readonly answer: () => void; readonly fail: (error: Error) => void }[] =
    [];

  constructor(options: Partial<RpcServerOptions> = {}) {
    const dispatcher = new Dispatcher();
    dispatcher.addService(service, () => this.#methods as never, () => this.updates++);
    dispatcher.add("raw", (_reader: Reader, writer: Writer) => writer.writeInt(7));
    this.rpc = new RpcServer({
      handle: (request: Request, replies: Writer) => {
        this.handled++;
        const pending = dispatcher.handle(request, replies);
        this.replyBytesMax = Math.max(this.replyBytesMax, replies.length);
        return pending;
      },
    }, { hostname: "127.0.0.1", port: 0, ...options });
  }

  get port(): number {
    return this.rpc.port;
  }

  readonly #methods = {
    echo: (text: string) => text,
    add: (a: number, b: number) => a + b,
    count: (value: number) => value,
    same: (value: number) => value,
    not: (value: boolean) => !value,
    sum: (values: number[]) => values.reduce((sum, value) => sum + value, 0),
    bytes: (count: number) => "x".repeat(count),
    map: () => [["b", "2"], ["\xff", "3"], ["a", "1"]],
    fail: (text: string) => {
      throw new Error(text);
    },
    wait: (text: string) =>
      new Promise<string>((resolve, reject) => this.waiting.push({ text, answer: () => resolve(text), fail: reject })),
    touch: () => ++this.touched > 0,
  };

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { answer } of this.waiting) answer();
    await this.rpc.close();
  }
}
