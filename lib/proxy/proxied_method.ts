import type { ByteString } from "../base/byte_string.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import type { Reader, ValueKind } from "../msgpack/reader.ts";
import type { CallOptions } from "../rpc/client.ts";
import type { Method } from "../service/service.ts";
import { RecentName } from "./recent_name.ts";
import { checkResult } from "./reducer.ts";

/** What the parameters of a request say about its way. */
export class Target {
  /** The cluster's name. */
  cluster: ByteString = "";
  /** What the hash ring is asked for: the first argument. Empty for methods without. */
  key: ByteString = "";
}

/** A method of a service as a proxy sees it. */
export class ProxiedMethod {
  readonly name: ByteString;
  /** Its declaration. */
  readonly declaration: Method;
  /** How its calls are made. */
  readonly callOptions: CallOptions;
  readonly #cluster = new RecentName();
  /** Kinds of values that results of the method were found to be. */
  readonly #goodKinds = new Set<ValueKind>();

  constructor(name: ByteString, declaration: Method) {
    this.name = name;
    this.declaration = declaration;
    this.callOptions = { isRepeatable: this.isRepeatable };
  }

  /**
   * Whether a call that may have been executed can be made again, and one that was not may go to another server.
   * (What does not change the model, or writes the same file once more.)
   */
  get isRepeatable(): boolean {
    return this.declaration.effect === "analysis";
  }

  /** Reads and checks parameters; throws a `TypeMismatchError`. What follows them is ignored. */
  readTarget(params: Reader, target: Target): void {
    const { args } = this.declaration;
    if (params.atEnd || params.readArrayHeader() < args.length + 1) throw new TypeMismatchError();
    params.readRawSpan();
    target.cluster = this.#cluster.of(params.bytes, params.rawStart, params.position);
    target.key = "";
    for (let i = 0; i < args.length; i++) {
      const value = args[i]!.read(params);
      if (i === 0 && typeof value === "string") target.key = value;
    }
  }

  /**
   * Throws a `TypeMismatchError` when a result cannot be one of this method. Only the first result of a kind is read;
   * later ones are judged by their kind alone, as they are passed on unread.
   */
  checkResult(result: Reader): void {
    const kind = result.peek();
    if (this.#goodKinds.has(kind)) return;
    const start = result.position;
    checkResult(this.declaration, result);
    result.position = start;
    this.#goodKinds.add(kind);
  }
}
