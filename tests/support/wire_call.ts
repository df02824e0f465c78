import { RawConnection } from "./raw_connection.ts";
import { encodeValue, type WireValue } from "./wire_value.ts";

/** `[0, id, method, params]`. */
export function requestBytes(id: number, method: string, ...params: readonly WireValue[]): Uint8Array<ArrayBuffer> {
  return encodeValue([0n, BigInt(id), method, params]);
}

/** `[2, method, params]`, which is not answered. */
export function notifyBytes(method: string, ...params: readonly WireValue[]): Uint8Array<ArrayBuffer> {
  return encodeValue([2n, method, params]);
}

/** `[1, id, error, result]`. */
export function replyBytes(id: number, error: WireValue, result: WireValue): Uint8Array<ArrayBuffer> {
  return encodeValue([1n, BigInt(id), error, result]);
}

/** Several messages behind each other. */
export function joined(...messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(messages.reduce((sum, message) => sum + message.length, 0));
  let at = 0;
  for (const message of messages) {
    bytes.set(message, at);
    at += message.length;
  }
  return bytes;
}

/** A connection that makes one call after the other, apart from the client under test. */
export class WireCaller implements Disposable {
  readonly connection: RawConnection;
  #id = 0;

  private constructor(connection: RawConnection) {
    this.connection = connection;
  }

  static async open(address: { readonly port: number }): Promise<WireCaller> {
    return new WireCaller(await RawConnection.open({ hostname: "127.0.0.1", port: address.port }));
  }

  /** `[error, result]` of a call; undefined when the server closed the connection instead. */
  async call(method: string, ...params: readonly WireValue[]): Promise<[WireValue, WireValue] | undefined> {
    const answer = await this.connection.exchange(requestBytes(++this.#id, method, ...params), 1);
    const message = answer?.messages[0] as readonly WireValue[] | undefined;
    return message === undefined ? undefined : [message[2]!, message[3]!];
  }

  /** Resolves when the server has closed the connection; false when it sends something instead. */
  async isClosed(): Promise<boolean> {
    return await this.connection.exchange(new Uint8Array(0), 1) === undefined;
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }
}
