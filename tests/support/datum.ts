import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { DatumBatch } from "../../lib/service/datum_batch.ts";

/** A datum in short: strings and numbers by key, each key with one value or several. */
export interface ShortDatum {
  readonly strings?: readonly (readonly [string, string])[];
  readonly numbers?: readonly (readonly [string, number])[];
}

/** Appends `[strings, numbers, []]`; texts as UTF-8. */
export function writeDatum(writer: Writer, { strings = [], numbers = [] }: ShortDatum): void {
  writer.writeArrayHeader(3);
  writer.writeArrayHeader(strings.length);
  for (const [key, value] of strings) {
    writer.writeArrayHeader(2);
    writer.writeByteString(byteStringOfText(key));
    writer.writeByteString(byteStringOfText(value));
  }
  writer.writeArrayHeader(numbers.length);
  for (const [key, value] of numbers) {
    writer.writeArrayHeader(2);
    writer.writeByteString(byteStringOfText(key));
    writer.writeDouble(value);
  }
  writer.writeArrayHeader(0);
}

/** A batch of one datum. */
export function batchOf(datum: ShortDatum): DatumBatch {
  const writer = new Writer();
  writeDatum(writer, datum);
  const batch = new DatumBatch();
  batch.readOne(new Reader(writer.take()));
  return batch;
}
