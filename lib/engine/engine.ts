import type { ByteString } from "../base/byte_string.ts";
import type { Mixable, Sliced } from "../model/mixable.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Service } from "../service/service.ts";

/** What an engine gets from the world around it. */
export interface EngineContext {
  /** The model takes part in MIX. */
  readonly isMixed: boolean;
  /** An unpredictable 32-bit number, for hash tables whose keys clients choose and for unseeded generators. */
  readonly seed: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Whose name rows written here bear in the cluster: `<ip>_<port>`, with push mixers that of one life of the server. */
  readonly owner: ByteString;
}

/**
 * A learning engine: a model and the methods of its service. Everything is synchronous; between two calls
 * the model is whole.
 */
export interface Engine {
  /** The methods by name; `this` need not be bound. */
  readonly methods: { readonly [name: string]: (...args: never[]) => unknown };
  /** The engine's keys of `get_status`. */
  status(): [ByteString, ByteString][];
  /** Appends the model: the driver of a model file. */
  pack(writer: Writer): void;
  /**
   * Appends the model in slices, for other servers: what is learned meanwhile may be in one part of it and not yet in
   * another. Missing in engines whose models are packed soon enough.
   */
  packSliced?(writer: Writer): Sliced;
  /** Reads a model into this fresh engine; throws on any fault, and the engine must not be used then. */
  unpack(reader: Reader): void;
  /** An empty engine of the same configuration, to unpack a model into. */
  fresh(): Engine;
  /** The parts that MIX exchanges, in the order of 1.1.1's envelope. */
  readonly mixables: readonly Mixable[];
}

/** One kind of engine: its service, and how to make one. */
export interface EngineType {
  /** Name such as `classifier`. */
  readonly name: string;
  /** Its methods. */
  readonly service: Service;
  /** Servers register in the consistent-hash ring. */
  readonly usesRing: boolean;
  /** Makes an engine; throws a `ConfigError` when the configuration is wrong. */
  create(config: ByteString, context: EngineContext): Engine;
}
