import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/**
 * Work in slices: whoever runs it lets other work happen at each `yield`, so that a large MIX does not stop
 * training. The model may change between slices.
 */
export type Sliced<Result = void> = Generator<void, Result>;

/** So many cells are worked on between two yields of a {@link Sliced}: some milliseconds before the code is compiled. */
export const SLICE_CELLS = 1024;

/**
 * One part of a model that servers exchange by difference: what one server has learned since the last
 * round. The differences of all servers are folded into one, which every server applies.
 */
export interface Mixable {
  /** Number of rounds behind the part; undefined for parts that accept any difference. */
  readonly version: number | undefined;
  /**
   * Appends the difference as one value, and remembers what was sent: {@link apply} replaces just that, so
   * what is learned in the meantime stays and goes into the next difference.
   */
  writeDiff(writer: Writer): Sliced;
  /** A new fold of differences of this part. */
  createFold(): DiffFold;
  /** Throws unless the next value is a folded difference of this part; passes over it. Large parts do it in slices. */
  checkDiff(reader: Reader): Sliced | void;
  /**
   * Applies a folded difference that {@link checkDiff} has accepted. False, and nothing has changed, when it
   * is of another version than the part.
   */
  apply(reader: Reader): Sliced<boolean>;
  /**
   * What was last sent is not part of the folded difference that {@link apply} gets next: it stays, and goes into the
   * next difference. Missing for parts that go by what comes back.
   */
  forgetSent?(): void;
  /** After this fresh part was unpacked from another server's model: adds what `previous` has learned but not mixed. */
  adopt(previous: Mixable): void;
  /** The part for mixers that push to single servers; missing when it cannot be exchanged so. */
  readonly pushable?: Pushable;
}

/**
 * What became of a difference: `folded` (also when nothing is said), `ignored` because it is older than those
 * before, or `replaced` all of those because it is newer.
 */
export type FoldOutcome = "folded" | "ignored" | "replaced";

/** Folds differences, the first of which is taken as it is. */
export interface DiffFold {
  /** Throws unless the next value is a difference of this part; passes over it, changes nothing. */
  check(reader: Reader): Sliced | void;
  /** Folds a difference that {@link check} has accepted. */
  add(reader: Reader): Sliced<FoldOutcome | void>;
  /** Appends the folded difference as one value. */
  write(writer: Writer): Sliced;
}

/** A part that two servers can exchange directly: each asks for what it does not know yet. */
export interface Pushable {
  /** Appends what this server knows, for the other's {@link pull}. */
  writePullArgument(writer: Writer): void;
  /** Appends what the server that sent `argument` does not know. */
  pull(argument: Reader, writer: Writer): Sliced;
  /** Applies what another server's {@link pull} gave. Throws before anything has changed when it is not as it should be. */
  push(reader: Reader): Sliced;
}

/** Runs sliced work to its end at once. */
export function runAtOnce<Result>(work: Sliced<Result>): Result {
  while (true) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
