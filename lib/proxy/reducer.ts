/**
 * How the results of several servers become one.
 *
 * @module
 */
import type { ByteString } from "../base/byte_string.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Method, Reduce } from "../service/service.ts";

/** Takes results in the order of their arrival. */
export interface Reducer {
  /** Takes one more result; the reader's bytes are gone afterwards. Throws on a result of the wrong type. */
  add(result: Reader): void;
  /** Appends what the results make together; there was at least one. */
  write(writer: Writer): void;
}

/** A reducer for one call of a method. */
export function createReducer(method: Method): Reducer {
  return new Checked(method, reducers[method.reduce]());
}

const reducers: Readonly<Record<Reduce, () => Reducer>> = {
  pass: () => new First(),
  all_and: () => new Logical(true, (all, next) => all && next),
  all_or: () => new Logical(false, (any, next) => any || next),
  merge: () => new Union(),
};

/** Passes on results that are of the method's type. */
class Checked implements Reducer {
  readonly #method: Method;
  readonly #inner: Reducer;

  constructor(method: Method, inner: Reducer) {
    this.#method = method;
    this.#inner = inner;
  }

  add(result: Reader): void {
    const start = result.position;
    checkResult(this.#method, result);
    result.position = start;
    this.#inner.add(result);
  }

  write(writer: Writer): void {
    this.#inner.write(writer);
  }
}

/** Reads a whole result; throws a `TypeMismatchError` unless it is one of the method. */
export function checkResult(method: Method, result: Reader): void {
  // Structures with defaults accept nil's absence, never nil itself.
  if (result.peek() === "nil") throw new TypeMismatchError();
  method.result.read(result);
}

/** The first result. */
class First implements Reducer {
  #bytes: Uint8Array | undefined;

  add(result: Reader): void {
    this.#bytes ??= result.bytes.slice(result.position, result.end);
  }

  write(writer: Writer): void {
    writer.append(this.#bytes!);
  }
}

/** A boolean of booleans. */
class Logical implements Reducer {
  #value: boolean;
  readonly #fold: (value: boolean, next: boolean) => boolean;

  constructor(neutral: boolean, fold: (value: boolean, next: boolean) => boolean) {
    this.#value = neutral;
    this.#fold = fold;
  }

  add(result: Reader): void {
    this.#value = this.#fold(this.#value, result.readBoolean());
  }

  write(writer: Writer): void {
    writer.writeBoolean(this.#value);
  }
}

/** The union of maps; the value that came last counts. */
class Union implements Reducer {
  readonly #values = new Map<ByteString, Uint8Array>();

  add(result: Reader): void {
    for (let i = result.readMapHeader(); i > 0; i--) {
      const key = result.readByteString();
      const start = result.position;
      result.skip();
      this.#values.set(key, result.bytes.slice(start, result.position));
    }
  }

  write(writer: Writer): void {
    writer.writeMapHeader(this.#values.size);
    for (const key of [...this.#values.keys()].sort()) {
      writer.writeByteString(key);
      writer.append(this.#values.get(key)!);
    }
  }
}
