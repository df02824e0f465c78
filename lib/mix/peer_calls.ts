import { type Endpoint, formatEndpoint } from "../cluster/paths.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ArgumentError, MethodNotFoundError } from "../rpc/call_errors.ts";
import { RpcClient } from "../rpc/client.ts";
import { KEPT_RESULT_BYTES } from "../rpc/link.ts";
import type { Lend } from "../rpc/request_queue.ts";

/** A connection to another server for the length of a round. */
export class PeerCalls implements AsyncDisposable {
  readonly #client: RpcClient;

  constructor(readonly endpoint: Endpoint, timeoutMs: number) {
    this.#client = new RpcClient({
      ...endpoint,
      timeoutMs,
      connectTimeoutMs: timeoutMs,
      outstandingBytesMax: Infinity,
    });
  }

  /** `host:port`, for the log. */
  get name(): string {
    return `${this.endpoint.host}:${this.endpoint.port}`;
  }

  /** `host_port`, as in the cluster's directories. */
  get id(): string {
    return formatEndpoint(this.endpoint);
  }

  /** Calls a method with one parameter; its result, a raw. */
  callForRaw(method: string, writeParam: (writer: Writer) => void): Promise<Uint8Array> {
    return this.call(method, writeParam, keptRaw);
  }

  /**
   * Sends a folded difference. A server whose own difference is not part of it is told so, by a second parameter
   * that 1.1.1 ignores: it must not take what it has sent, in vain, for mixed.
   */
  async putDiff(diff: Uint8Array, isSource: boolean): Promise<void> {
    const write = (writer: Writer, lend: Lend): void => {
      writer.writeArrayHeader(isSource ? 1 : 2);
      writer.writeRawHeader(diff.length, false);
      lend(diff);
      if (!isSource) writer.writeBoolean(false);
    };
    await this.#client.call("put_diff", write, (result) => result.readInteger());
  }

  /** Calls a method with one parameter. */
  call<T>(method: string, writeParam: (writer: Writer) => void, read: (result: Reader) => T): Promise<T> {
    return this.#client.call(method, (writer) => {
      writer.writeArrayHeader(1);
      writeParam(writer);
    }, read);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.close();
  }
}

/** A raw that ends a result, to be kept. A long one is not copied: the client leaves it alone. */
export function keptRaw(result: Reader): Uint8Array {
  const raw = result.readRaw();
  return raw.length > KEPT_RESULT_BYTES ? raw : raw.slice();
}

/** Why a call failed, as 1.1.1 logs it. */
export function callErrorText(error: unknown): string {
  if (error instanceof MethodNotFoundError) return "no method error";
  if (error instanceof ArgumentError) return "argument error";
  return error instanceof Error ? error.message : String(error);
}
