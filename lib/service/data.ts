import { encodeText } from "../base/text.ts";
import { DatumBatch } from "./datum_batch.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Codec } from "./service.ts";

/** A datum as the wire has it: lists of key and value, in this order, keys may occur more than once. */
export interface DatumLists {
  /** Texts. */
  readonly strings?: readonly (readonly [key: string, value: string | Uint8Array])[];
  /** Numbers. */
  readonly numbers?: readonly (readonly [key: string, value: number])[];
  /** Bytes. */
  readonly binaries?: readonly (readonly [key: string, value: Uint8Array])[];
}

/**
 * One example: keys and values. A plain object will do: strings are string values, numbers and booleans
 * (1 and 0) are number values, byte arrays are binary values. For repeated keys see {@link DatumLists}.
 *
 * @example
 * ```ts
 * import type { Datum } from "@jubatus/jubatus";
 *
 * const datum: Datum = { name: "Ieyasu", age: 60 };
 * ```
 */
export type Datum = { readonly [key: string]: string | number | boolean | Uint8Array } | DatumPairs;

/** A datum given as lists, where order matters or a key occurs more than once. */
export class DatumPairs {
  /** The lists. */
  readonly lists: DatumLists;

  /** Keeps lists as they are, order and repetitions included. */
  constructor(lists: DatumLists) {
    this.lists = lists;
  }
}

/** Appends a datum as `[[[key, string], …], [[key, double], …], [[key, bytes], …]]`. */
export function writeDatum(writer: Writer, datum: Datum): void {
  const { strings = [], numbers = [], binaries = [] } = datum instanceof DatumPairs ? datum.lists : listsOf(datum);
  writer.writeArrayHeader(3);
  writer.writeArrayHeader(strings.length);
  for (const [key, value] of strings) {
    writer.writeArrayHeader(2);
    writer.writeRaw(encodeText(key));
    writer.writeRaw(typeof value === "string" ? encodeText(value) : value);
  }
  writer.writeArrayHeader(numbers.length);
  for (const [key, value] of numbers) {
    writer.writeArrayHeader(2);
    writer.writeRaw(encodeText(key));
    writer.writeDouble(value);
  }
  writer.writeArrayHeader(binaries.length);
  for (const [key, value] of binaries) {
    writer.writeArrayHeader(2);
    writer.writeRaw(encodeText(key));
    writer.writeRaw(value);
  }
}

function listsOf(datum: { readonly [key: string]: string | number | boolean | Uint8Array }): DatumLists {
  const strings: [string, string][] = [];
  const numbers: [string, number][] = [];
  const binaries: [string, Uint8Array][] = [];
  for (const [key, value] of Object.entries(datum)) {
    if (typeof value === "string") strings.push([key, value]);
    else if (typeof value === "number") numbers.push([key, value]);
    else if (typeof value === "boolean") numbers.push([key, value ? 1 : 0]);
    else if (value instanceof Uint8Array) binaries.push([key, value]);
    else throw new TypeError(`datum member ${key} is neither a string, a number, a boolean nor a Uint8Array`);
  }
  return { strings, numbers, binaries };
}

/** A list of data. A server's batch is reused: it is valid until the method returns. */
export const data: Codec<DatumBatch, readonly Datum[]> = batchCodec("none", writeDatum);

/** A list of data with labels. */
export const labeledData: Codec<DatumBatch, readonly (readonly [label: string, datum: Datum])[]> = batchCodec(
  "label",
  (writer, [label, datum]) => {
    writer.writeArrayHeader(2);
    writer.writeRaw(encodeText(label));
    writeDatum(writer, datum);
  },
);

/** A list of data with the number to be learned. */
export const scoredData: Codec<DatumBatch, readonly (readonly [score: number, datum: Datum])[]> = batchCodec(
  "score",
  (writer, [score, datum]) => {
    writer.writeArrayHeader(2);
    writer.writeDouble(score);
    writeDatum(writer, datum);
  },
);

function batchCodec<Item>(
  prefix: "none" | "label" | "score",
  writeItem: (writer: Writer, item: Item) => void,
): Codec<DatumBatch, readonly Item[]> {
  let batch = new DatumBatch();
  return {
    read: (reader) => {
      if (batch.isOversizedFor(reader)) batch = new DatumBatch();
      batch.readList(reader, prefix);
      return batch;
    },
    write: (writer, items) => {
      writer.writeArrayHeader(items.length);
      for (const item of items) writeItem(writer, item);
    },
  };
}
