import { closeSocket } from "../../lib/rpc/close_socket.ts";
import { decodeValue, type WireValue } from "./wire_value.ts";

/** A request as a {@link ScriptedPeer} received it. */
export interface ReceivedRequest {
  readonly id: number;
  readonly method: WireValue;
  readonly params: WireValue;
  /** All its bytes. */
  readonly bytes: Uint8Array;
  /** The connection it came over, from 0. */
  readonly connection: number;
}

/** The other side of a client: a TCP server in this process that answers nothing by itself. */
export class ScriptedPeer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #sockets: Deno.TcpConn[] = [];
  readonly #working: Promise<void>[] = [];
  /** Requests that no test has asked for, and tests that wait for one. */
  readonly #received: ReceivedRequest[] = [];
  readonly #waiting: ((request: ReceivedRequest) => void)[] = [];

  constructor() {
    this.#working.push(this.#accept());
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Number of connections there have been. */
  get connections(): number {
    return this.#sockets.length;
  }

  /** The next request, in order of arrival. */
  next(): Promise<ReceivedRequest> {
    const request = this.#received.shift();
    return request === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(request);
  }

  /** The next `count` requests. */
  async take(count: number): Promise<ReceivedRequest[]> {
    const requests: ReceivedRequest[] = [];
    while (requests.length < count) requests.push(await this.next());
    return requests;
  }

  /** Sends bytes over a connection. */
  async send(connection: number, ...bytes: number[]): Promise<void> {
    const data = Uint8Array.from(bytes);
    for (let sent = 0; sent < data.length;) sent += await this.#sockets[connection]!.write(data.subarray(sent));
  }

  /** Closes one connection. */
  hangUp(connection: number): void {
    closeSocket(this.#sockets[connection]!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (let i = 0; i < this.#sockets.length; i++) this.hangUp(i);
    await Promise.all(this.#working);
  }

  async #accept(): Promise<void> {
    try {
      for await (const socket of this.#listener) {
        socket.setNoDelay(true);
        this.#sockets.push(socket);
        this.#working.push(this.#receive(socket, this.#sockets.length - 1));
      }
    } catch {
      // The listener was closed.
    }
  }

  async #receive(socket: Deno.TcpConn, connection: number): Promise<void> {
    let pending = new Uint8Array(0);
    const chunk = new Uint8Array(1 << 20);
    try {
      for (let size = await socket.read(chunk); size !== null; size = await socket.read(chunk)) {
        const grown = new Uint8Array(pending.length + size);
        grown.set(pending);
        grown.set(chunk.subarray(0, size), pending.length);
        pending = grown;
        for (let found = decodeValue(pending); found !== undefined; found = decodeValue(pending)) {
          const [, id, method, params] = found.value as readonly WireValue[];
          const bytes = pending.slice(0, found.end);
          this.#deliver({ id: Number(id), method: method!, params: params!, bytes, connection });
          pending = pending.slice(found.end);
        }
      }
      closeSocket(socket);
    } catch {
      // Closed by this side, or reset by the other.
    }
  }

  #deliver(request: ReceivedRequest): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#received.push(request);
    else waiting(request);
  }
}
