import type { ByteString } from "../base/byte_string.ts";
import type { Clock } from "../base/clock.ts";
import type { Coordinator } from "../cluster/coordinator.ts";
import type { Membership } from "../cluster/membership.ts";
import type { Mixable, Sliced } from "../model/mixable.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Call } from "../rpc/call.ts";

/** The model of a server, as mixers see it. */
export interface MixModel {
  /** The parts of the model in use. */
  readonly mixables: readonly Mixable[];
  /** Appends the whole model. */
  pack(writer: Writer): Sliced;
  /** Puts another server's model in place of the current one, and adds what this server has not mixed yet. */
  replace(model: Reader): void;
  /** Runs work during which the model is not replaced and no other round changes it. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** What a mixer needs to do its work. */
export interface MixerOptions {
  readonly model: MixModel;
  readonly membership: Membership;
  readonly coordinator: Coordinator;
  /** Time, for triggers. */
  readonly clock: Clock;
  /** Seconds since the epoch, for the status. */
  readonly nowSec: () => number;
  /** Updates older than this are mixed; 0: never for that reason. */
  readonly intervalSec: number;
  /** So many updates are mixed; 0: never for that reason. */
  readonly intervalCount: number;
  /** How long another server may take to answer. */
  readonly timeoutMs: number;
  /** Ends the server: it does not fit into its cluster. */
  readonly giveUp: (reason: string) => void;
}

/** Keeps the servers of a cluster learning together. */
export interface Mixer {
  /** Methods for other servers and for users, by name. */
  readonly methods: ReadonlyMap<string, Call>;
  /** Notes one update of the model. */
  updated(): void;
  /** Updates of the model that the other servers do not know of. */
  readonly unmixedCount: number;
  /**
   * Mixes when it is time, until the signal aborts. Then a round that is under way is finished; those that were asked
   * for and wait fail with a {@link StoppingError}.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Keys of `get_status`. */
  status(): [ByteString, ByteString][];
}

/** Seconds since `begunMs`, as precise as 1.1.1 logs them. */
export function secondsSince(clock: Clock, begunMs: number): number {
  return Number(((clock.now() - begunMs) / 1000).toPrecision(6));
}

/** Whoever asked for a round does not get it any more. */
export class StoppingError extends Error {
  constructor() {
    super("no MIX round: this server is being stopped; ask another server of the cluster");
  }
}

/** The parameters of `put_diff`: a difference, and whether this server's own is part of it, true unless said. */
export function readPutDiff(params: Reader): { readonly diff: Uint8Array; readonly isSource: boolean } {
  const count = params.atEnd ? 0 : params.readArrayHeader();
  if (count < 1) throw new TypeMismatchError();
  const diff = params.readRaw();
  return { diff, isSource: count === 1 || params.peek() !== "boolean" || params.readBoolean() };
}

/** The reader at the one parameter that calls between servers have; what follows it is ignored. */
export function enterParams(params: Reader): Reader {
  if (params.atEnd || params.readArrayHeader() < 1) throw new TypeMismatchError();
  return params;
}
