import { closeSocket } from "../../lib/rpc/close_socket.ts";
import { within } from "./until.ts";
import { decodeValue, type WireValue } from "./wire_value.ts";

const replyTimeoutMs = 60_000;

/** A raw connection: sends bytes, reads whole msgpack messages. */
export class RawConnection implements Disposable {
  readonly #socket: Deno.TcpConn;
  /** Received and not yet handed out. */
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array();

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  static async open(address: { readonly hostname: string; readonly port: number }): Promise<RawConnection> {
    const socket = await Deno.connect({ hostname: address.hostname, port: address.port });
    socket.setNoDelay(true);
    return new RawConnection(socket);
  }

  /**
   * Sends a request and reads `count` messages; returns them and their bytes. Undefined when the other side closed
   * the connection instead.
   */
  async exchange(
    request: Uint8Array,
    count: number,
  ): Promise<{ bytes: Uint8Array; messages: WireValue[] } | undefined> {
    try {
      return await within("the server replies", this.#perform(request, count), replyTimeoutMs);
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe) return undefined;
      throw error;
    }
  }

  async #perform(
    request: Uint8Array,
    count: number,
  ): Promise<{ bytes: Uint8Array; messages: WireValue[] } | undefined> {
    for (let sent = 0; sent < request.length;) sent += await this.#socket.write(request.subarray(sent));
    return await this.#receive(count);
  }

  async #receive(count: number): Promise<{ bytes: Uint8Array; messages: WireValue[] } | undefined> {
    const messages: WireValue[] = [];
    const chunk = new Uint8Array(1 << 16);
    let end = 0;
    while (messages.length < count) {
      const found = decodeValue(this.#pending, end);
      if (found !== undefined) {
        messages.push(found.value);
        end = found.end;
        continue;
      }
      const size = await this.#socket.read(chunk);
      if (size === null) return undefined;
      const grown = new Uint8Array(this.#pending.length + size);
      grown.set(this.#pending);
      grown.set(chunk.subarray(0, size), this.#pending.length);
      this.#pending = grown;
    }
    const bytes = this.#pending.subarray(0, end);
    this.#pending = this.#pending.slice(end);
    return { bytes, messages };
  }

  [Symbol.dispose](): void {
    closeSocket(this.#socket);
  }
}
