/**
 * What servers send each other in a MIX round: one array with the difference of each part of the model.
 *
 * @module
 */
import { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { DiffFold, Mixable, Sliced } from "../model/mixable.ts";

/** Appends the differences of all parts. */
export function* writeDiffs(parts: readonly Mixable[], writer: Writer): Sliced {
  writer.writeArrayHeader(parts.length);
  for (const part of parts) yield* part.writeDiff(writer);
}

/**
 * Applies folded differences, each part on its own; true when all parts accepted theirs. Throws before anything
 * has changed when one is not what it should be.
 */
export function* applyDiffs(parts: readonly Mixable[], bytes: Uint8Array): Sliced<boolean> {
  const reader = new Reader(bytes);
  expectParts(reader, parts.length);
  for (const part of parts) yield* part.checkDiff(reader) ?? [];
  reader.position = 0;
  reader.readArrayHeader();
  let accepted = true;
  for (const part of parts) {
    const start = reader.position;
    const isAccepted = yield* part.apply(reader);
    accepted &&= isAccepted;
    if (reader.position === start) reader.skip(1);
  }
  return accepted;
}

/** Versions of the parts as 1.1.1 logs them: the least first, and 0 for parts without. */
export function versionsOf(parts: readonly Mixable[]): string {
  return parts.map(({ version }) => version ?? 0).sort((a, b) => a - b).map(ordinal).join(", ");
}

/** Folds the differences of several servers. */
export class EnvelopeFold {
  readonly #folds: readonly DiffFold[];
  /** Servers whose difference is part of the fold. */
  readonly #members: string[] = [];

  constructor(parts: readonly Mixable[]) {
    this.#folds = parts.map((part) => part.createFold());
  }

  /** Servers that will accept the folded difference, as far as their versions tell. */
  get members(): readonly string[] {
    return this.#members;
  }

  /** Folds one server's differences. Throws, and nothing has changed, when they are not what they should be. */
  *add(member: string, bytes: Uint8Array): Sliced {
    const reader = new Reader(bytes);
    expectParts(reader, this.#folds.length);
    for (const fold of this.#folds) yield* fold.check(reader) ?? [];
    reader.position = 0;
    reader.readArrayHeader();
    let isIgnored = false;
    for (const fold of this.#folds) {
      const start = reader.position;
      const outcome = yield* fold.add(reader);
      if (outcome === "ignored") isIgnored = true;
      else if (outcome === "replaced") this.#members.length = 0;
      if (reader.position === start) reader.skip(1);
    }
    if (!isIgnored) this.#members.push(member);
  }

  /** Appends the folded differences. */
  *write(writer: Writer): Sliced {
    writer.writeArrayHeader(this.#folds.length);
    for (const fold of this.#folds) yield* fold.write(writer);
  }
}

function expectParts(reader: Reader, count: number): void {
  const start = reader.position;
  if (reader.readArrayHeader() === count) return;
  // As in 1.1.1, what is cut short counts as that first.
  reader.position = start;
  reader.skip();
  throw new Error("conversion failed");
}

function ordinal(number: number): string {
  const tens = number % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th";
  return `${number}${suffix}`;
}
