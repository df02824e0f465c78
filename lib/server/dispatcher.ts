import { AssertionError } from "../base/assert.ts";
import { bytesOf, type ByteString, byteStringOf, messageText } from "../base/byte_string.ts";
import { log } from "../base/log.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Call } from "../rpc/call.ts";
import type { Request, RequestHandler } from "../rpc/connection.ts";
import { writeErrorReply, writeNoMethodReply, writeReplyHead } from "../rpc/reply.ts";
import type { Method, Service } from "../service/service.ts";
import { diagnostic } from "./fatal.ts";

/** A registered method. */
interface Entry {
  readonly name: Uint8Array;
  readonly call: Call;
}

/** Finds a request's method, calls it and writes the reply or the error. */
export class Dispatcher implements RequestHandler {
  readonly #entries = new Map<ByteString, Entry>();
  /** The method of the last request: most likely that of the next. */
  #last: Entry = { name: new Uint8Array(0), call: () => {} };
  readonly #reader = new Reader(new Uint8Array(0));

  /** Registers a method that reads its parameters itself. */
  add(name: string, call: Call): void {
    this.#entries.set(name, { name: bytesOf(name), call });
  }

  /** Registers all methods of a service; `target` gives what implements them at the time of the call. */
  addService(
    service: Service,
    target: () => { readonly [name: string]: (...args: never[]) => unknown },
    onUpdate: () => void,
  ): void {
    for (const [name, method] of Object.entries(service)) this.add(name, bind(name, method, target, onUpdate));
  }

  handle(request: Request, replies: Writer): void | Promise<void> {
    const entry = this.#find(request);
    const mark = replies.length;
    if (entry === undefined) {
      if (!request.isNotification) {
        writeNoMethodReply(replies, request.id, byteStringOf(request.bytes, request.methodStart, request.methodEnd));
      }
      return;
    }
    const { isNotification, id } = request;
    writeReplyHead(replies, id);
    try {
      // Calls that take time read their parameters before they first wait.
      const reader = this.#reader;
      reader.reset(request.bytes, request.paramsStart, request.paramsEnd);
      const pending = entry.call(reader, replies);
      if (pending !== undefined) {
        return pending.catch((error) => this.#fail(error, replies, mark, id)).finally(() => {
          if (isNotification) replies.length = mark;
        });
      }
    } catch (error) {
      this.#fail(error, replies, mark, id);
    }
    if (isNotification) replies.length = mark;
  }

  #find(request: Request): Entry | undefined {
    const { bytes, methodStart, methodEnd } = request;
    const { name } = this.#last;
    let i = methodEnd - methodStart === name.length ? 0 : -1;
    while (i >= 0 && i < name.length) i = bytes[methodStart + i] === name[i] ? i + 1 : -1;
    if (i > 0) return this.#last;
    const entry = this.#entries.get(byteStringOf(bytes, methodStart, methodEnd));
    if (entry !== undefined) this.#last = entry;
    return entry;
  }

  #fail(error: unknown, replies: Writer, mark: number, id: number): void {
    replies.length = mark;
    writeErrorReply(replies, id, error);
    if (error instanceof TypeMismatchError) return;
    if (error instanceof TypeError || error instanceof AssertionError) {
      // Nothing that a client did: somebody should see where.
      log.error(`error in RPC thread: ${error.stack}`);
      return;
    }
    log.warn(`exception in RPC thread: ${messageText(diagnostic(error))}\n`);
  }
}

/** The call of a service's method: reads the cluster name and the arguments, writes the result. */
function bind(
  name: string,
  method: Method,
  target: () => { readonly [name: string]: (...args: never[]) => unknown },
  onUpdate: () => void,
): Call {
  const { args, effect } = method;
  const result = method.result as unknown as { write(writer: Writer, value: unknown): void };
  return (reader, writer) => {
    if (reader.atEnd || reader.readArrayHeader() < args.length + 1) throw new TypeMismatchError();
    reader.readRawSpan();
    const values = args.map((codec) => codec.read(reader)) as never[];
    if (effect === "update") onUpdate();
    const value = target()[name]!(...values);
    if (value instanceof Promise) return value.then((settled: unknown) => result.write(writer, settled));
    result.write(writer, value);
  };
}
