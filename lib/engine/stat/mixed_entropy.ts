import { naturalLogarithm } from "../../base/natural_logarithm.ts";
import { type DiffFold, type Mixable, SLICE_CELLS, type Sliced } from "../../model/mixable.ts";
import { TypeMismatchError } from "../../msgpack/errors.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import type { ValueWindow } from "./value_window.ts";

/**
 * How the values of all servers are spread over their keys. Nothing else of this engine is mixed, as each key
 * lives on one server; a difference is `[sum of n ln n over the keys, sum of n]`.
 */
export class MixedEntropy implements Mixable {
  readonly version: undefined;
  /** What the last MIX found: sum of n ln n over the keys of all servers, and sum of n; 0 before the first. */
  logSum = 0;
  count = 0;
  readonly #window: ValueWindow;

  constructor(window: ValueWindow) {
    this.#window = window;
  }

  /** The entropy that the last MIX found. */
  get entropy(): number {
    return naturalLogarithm(this.count) - this.logSum / this.count;
  }

  /** Forgets what MIX found. */
  clear(): void {
    this.logSum = 0;
    this.count = 0;
  }

  *writeDiff(writer: Writer): Sliced {
    let logSum = 0;
    let values = 0;
    let keys = 0;
    for (const { count } of this.#window.summaries()) {
      logSum += count * naturalLogarithm(count);
      values += count;
      if (++keys % SLICE_CELLS === 0) yield;
    }
    writeSums(writer, logSum, values);
  }

  createFold(): DiffFold {
    return new EntropyFold();
  }

  checkDiff(reader: Reader): void {
    checkSums(reader);
  }

  // deno-lint-ignore require-yield
  *apply(reader: Reader): Sliced<boolean> {
    reader.readArrayHeader();
    this.logSum = reader.readDouble();
    this.count = reader.readDouble();
    return true;
  }

  /** Keeps the values of the keys that live here. */
  adopt(previous: Mixable): void {
    if (previous instanceof MixedEntropy) previous.#window.copyTo(this.#window);
  }
}

/** Adds up the sums of several servers. */
class EntropyFold implements DiffFold {
  #logSum = 0;
  #count = 0;

  check(reader: Reader): void {
    checkSums(reader);
  }

  // deno-lint-ignore require-yield
  *add(reader: Reader): Sliced {
    reader.readArrayHeader();
    this.#logSum += reader.readDouble();
    this.#count += reader.readUint64();
  }

  // deno-lint-ignore require-yield
  *write(writer: Writer): Sliced {
    writeSums(writer, this.#logSum, this.#count);
  }
}

function writeSums(writer: Writer, logSum: number, count: number): void {
  writer.writeArrayHeader(2);
  writer.writeDouble(logSum);
  writer.writeInt(count);
}

function checkSums(reader: Reader): void {
  reader.expectArray(2);
  if (!Number.isFinite(reader.readDouble() + reader.readUint64())) throw new TypeMismatchError("bad diff_object");
}
