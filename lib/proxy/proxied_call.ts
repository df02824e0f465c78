import type { ByteString } from "../base/byte_string.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Connection, Request } from "../rpc/connection.ts";
import { writeErrorReply, writeReplyHead } from "../rpc/reply.ts";
import type { ProxiedMethod } from "./proxied_method.ts";

/** One request on its way. It is answered exactly once, by {@link pass}, {@link succeed} or {@link fail}. */
export class ProxiedCall {
  readonly method: ProxiedMethod;
  /** The name of the cluster. */
  readonly cluster: ByteString;
  /** The parameters as they came. They are the connection's own bytes, until {@link keep} is called. */
  params: Uint8Array;
  readonly #id: number;
  readonly #isNotification: boolean;
  readonly #connection: Connection;

  /** Promises the connection an answer. */
  constructor(method: ProxiedMethod, cluster: ByteString, request: Request, connection: Connection) {
    this.method = method;
    this.cluster = cluster;
    this.params = request.bytes.subarray(request.paramsStart, request.paramsEnd);
    this.#id = request.id;
    this.#isNotification = request.isNotification;
    this.#connection = connection;
    connection.defer();
  }

  /** Makes the parameters outlive the handling of the request. */
  keep(): void {
    this.params = this.params.slice();
  }

  /** Answers with a server's result, byte for byte; throws a `TypeMismatchError` when it is not one of the method. */
  pass(result: Reader): void {
    this.method.checkResult(result);
    this.succeed((writer) => writer.append(result.bytes, result.position, result.end));
  }

  /** Answers with a result. */
  succeed(writeResult: (writer: Writer) => void): void {
    if (this.#isNotification) return this.#connection.reply();
    this.#connection.reply((writer) => {
      writeReplyHead(writer, this.#id);
      writeResult(writer);
    });
  }

  /** Answers with an error. */
  fail(text: ByteString): void {
    if (this.#isNotification) return this.#connection.reply();
    this.#connection.reply((writer) => writeErrorReply(writer, this.#id, text));
  }
}
