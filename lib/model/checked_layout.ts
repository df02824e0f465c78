import type { Reader } from "../msgpack/reader.ts";
import type { Sliced } from "./mixable.ts";

/**
 * Checks differences of MIX and keeps what was found on the way, so that whoever reads the checked
 * difference next need not pass over it once more to know where its parts are.
 */
export class CheckedLayout<Layout> {
  readonly #walk: (reader: Reader) => Sliced<Layout>;
  /** The difference last checked and not yet read: its bytes, where it begins and ends, and its layout. */
  #bytes: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  #layout: Layout | undefined;

  /** `walk` passes over a difference, throws at anything that is not as it should be, and tells the layout. */
  constructor(walk: (reader: Reader) => Sliced<Layout>) {
    this.#walk = walk;
  }

  /** Throws unless a difference follows; passes over it. */
  *check(reader: Reader): Sliced {
    const { bytes, position } = reader;
    const layout = yield* this.#walk(reader);
    this.#bytes = bytes;
    this.#start = position;
    this.#end = reader.position;
    this.#layout = layout;
  }

  /** The layout of the difference that follows, once per check; passes over it. */
  *take(reader: Reader): Sliced<Layout> {
    const layout = this.#layout;
    if (layout === undefined || this.#bytes !== reader.bytes || this.#start !== reader.position) {
      return yield* this.#walk(reader);
    }
    reader.position = this.#end;
    this.#bytes = undefined;
    this.#layout = undefined;
    return layout;
  }
}

/** A double, which must be finite: infinity or NaN would spread to all servers. */
export function readFinite(reader: Reader): number {
  const value = reader.readDouble();
  if (!Number.isFinite(value)) throw new RangeError(`a difference holds ${value}, which is not a finite number`);
  return value;
}

/** A count or a clock: an integer from 0 on that can be counted up. */
export function readCount(reader: Reader): number {
  return reader.readIntegerWithin(0, Number.MAX_SAFE_INTEGER - 1);
}
