/** Runs the parts of a model through MIX, without servers. */
import { assertEquals } from "@std/assert";
import { type DiffFold, type Mixable, runAtOnce, type Sliced } from "../../lib/model/mixable.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { written } from "./packed.ts";

/** The difference of a part. */
export function differenceOf(part: Mixable): Uint8Array<ArrayBuffer> {
  return written((writer) => runAtOnce(part.writeDiff(writer)));
}

/** Differences folded into one. */
export function foldedBy(fold: DiffFold, ...differences: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  for (const difference of differences) {
    const reader = new Reader(difference);
    finish(fold.check(reader));
    assertEquals(reader.atEnd, true);
    reader.position = 0;
    runAtOnce(fold.add(reader));
    assertEquals(reader.atEnd, true);
  }
  return written((writer) => runAtOnce(fold.write(writer)));
}

/** Checks and applies a folded difference; false when the part refuses it. */
export function applyTo(part: Mixable, difference: Uint8Array): boolean {
  const reader = new Reader(difference);
  finish(part.checkDiff(reader));
  assertEquals(reader.atEnd, true);
  reader.position = 0;
  const isAccepted = runAtOnce(part.apply(reader));
  if (isAccepted) assertEquals(reader.atEnd, true);
  return isAccepted;
}

/** Only checks a folded difference. */
export function checkBy(part: Mixable, difference: Uint8Array): void {
  finish(part.checkDiff(new Reader(difference)));
}

/** One round. */
export function mixParts(...parts: readonly Mixable[]): void {
  const difference = foldedBy(parts[0]!.createFold(), ...parts.map(differenceOf));
  for (const part of parts) assertEquals(applyTo(part, difference), true);
}

/** Runs sliced work and does something else after its first slice; true when there was a second one. */
export function interrupted(work: Sliced<unknown>, meanwhile: () => void): boolean {
  const { done } = work.next();
  if (done) return false;
  meanwhile();
  runAtOnce(work);
  return true;
}

function finish(work: Sliced | void): void {
  if (work !== undefined) runAtOnce(work);
}
