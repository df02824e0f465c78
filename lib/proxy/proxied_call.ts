import type { ByteString } from "../base/byte_string.ts";
import type { Endpoint } from "../cluster/paths.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Caller } from "../rpc/client.ts";
import type { Connection, Request } from "../rpc/connection.ts";
import { writeErrorReply, writeReplyHead } from "../rpc/reply.ts";
import type { ProxiedMethod } from "./proxied_method.ts";

/**
 * One request on its way. It is answered exactly once, by {@link succeed}, {@link fail}, or the only server that it was
 * sent to.
 */
export class ProxiedCall implements Caller {
  readonly method: ProxiedMethod;
  /** The name of the cluster. */
  readonly cluster: ByteString;
  /** The parameters as they came. They are the connection's own bytes, until {@link keep} is called. */
  params: Uint8Array;
  /** The server it was sent to, if that is to answer alone. */
  peer: Endpoint | undefined;
  /** Those it could have been sent to, and can be if that one cannot be reached. */
  peers: readonly Endpoint[] = [];
  readonly #id: number;
  readonly #isNotification: boolean;
  readonly #connection: Connection;
  readonly #onFailure: (call: ProxiedCall, error: unknown) => void;

  /** Promises the connection an answer; `onFailure` is called instead of answering when the only server fails. */
  constructor(
    method: ProxiedMethod,
    cluster: ByteString,
    request: Request,
    onFailure: (call: ProxiedCall, error: unknown) => void,
  ) {
    this.method = method;
    this.cluster = cluster;
    this.params = request.bytes.subarray(request.paramsStart, request.paramsEnd);
    this.#id = request.id;
    this.#isNotification = request.isNotification;
    this.#connection = request.connection!;
    this.#onFailure = onFailure;
    this.#connection.defer();
  }

  /** Makes the parameters outlive the handling of the request. */
  keep(): void {
    this.params = this.params.slice();
  }

  /** Answers with the only server's result, byte for byte; throws a `TypeMismatchError` when it is not one of the method. */
  succeeded(result: Reader): void {
    this.method.checkResult(result);
    const replies = this.#takeReplies();
    if (replies === undefined) return;
    writeReplyHead(replies, this.#id);
    replies.append(result.bytes, result.position, result.end);
  }

  failed(error: unknown): void {
    this.#onFailure(this, error);
  }

  /** Answers with a result. */
  succeed(writeResult: (writer: Writer) => void): void {
    const replies = this.#takeReplies();
    if (replies === undefined) return;
    writeReplyHead(replies, this.#id);
    writeResult(replies);
  }

  /** Answers with an error, which is a byte string or text. */
  fail(text: string): void {
    const replies = this.#takeReplies();
    if (replies !== undefined) writeErrorReply(replies, this.#id, text);
  }

  /** Where the answer goes, if anyone wants it. */
  #takeReplies(): Writer | undefined {
    if (!this.#isNotification) return this.#connection.reply();
    this.#connection.dropReply();
    return undefined;
  }
}
