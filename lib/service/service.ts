import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/**
 * How one value travels. What is read and what is written may differ in type: a server reads a list of
 * data as offsets into the request, a client writes it from plain objects.
 */
export interface Codec<Read, Write = Read> {
  /** Reads a value; throws `TypeMismatchError` when it is of another type. */
  read(reader: Reader): Read;
  /** Appends a value. */
  write(writer: Writer, value: Write): void;
}

/** Which servers a proxy sends a call to. */
export type Route =
  | { readonly kind: "random" }
  | { readonly kind: "broadcast" }
  /** The `replicas` ring entries that follow the first argument. */
  | { readonly kind: "cht"; readonly replicas: number };

/** How a proxy makes one reply of several. */
export type Reduce = "pass" | "all_and" | "all_or" | "merge";

/** Whether a call counts as an update of the model: before it runs (1.1.1's write lock), or not. */
export type Effect = "update" | "analysis";

/** One remote method. The cluster name, every method's first parameter, is not listed. */
export interface Method<
  Arguments extends readonly unknown[] = readonly Codec<unknown, never>[],
  Result = Codec<unknown, never>,
> {
  readonly args: Arguments;
  readonly result: Result;
  readonly route: Route;
  readonly reduce: Reduce;
  readonly effect: Effect;
}

/** The methods of a service by name. */
export type Service = { readonly [name: string]: Method };

/** What a codec reads. */
export type ReadBy<C> = C extends Codec<infer Read, never> ? Read : never;
/** What a codec writes. */
export type WrittenBy<C> = C extends { write(writer: Writer, value: infer Write): void } ? Write : never;

/** The methods of a service as its engine implements them. */
export type EngineMethods<S> = {
  [Name in keyof S]: S[Name] extends Method<infer Arguments, infer Result>
    ? (...args: { [I in keyof Arguments]: ReadBy<Arguments[I]> }) => WrittenBy<Result>
    : never;
};

/** The methods of a service as a client offers them. */
export type ClientMethods<S> = {
  [Name in keyof S]: S[Name] extends Method<infer Arguments, infer Result>
    ? (...args: { [I in keyof Arguments]: WrittenBy<Arguments[I]> }) => Promise<ReadBy<Result>>
    : never;
};

/** One server, any. */
export const random: Route = { kind: "random" };
/** All servers. */
export const broadcast: Route = { kind: "broadcast" };
/** Servers by consistent hashing of the first argument. */
export function cht(replicas: number): Route {
  return { kind: "cht", replicas };
}
