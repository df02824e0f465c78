import { assertEquals, assertThrows } from "@std/assert";
import { byteStringOf } from "../../lib/base/byte_string.ts";
import { TypeMismatchError } from "../../lib/msgpack/errors.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { DatumBatch, type DatumPrefix, NUMBER_STRIDE, STRING_STRIDE } from "../../lib/service/datum_batch.ts";
import { writeDatum } from "../support/datum.ts";
import { written } from "../support/packed.ts";

/** Everything that a batch says. */
function said(batch: DatumBatch): unknown {
  const text = (start: number, end: number): string => byteStringOf(batch.bytes, start, end);
  const pairs = (starts: Int32Array, cells: Int32Array, index: number): string[][] => {
    const all: string[][] = [];
    for (let i = starts[index]! * STRING_STRIDE; i < starts[index + 1]! * STRING_STRIDE; i += STRING_STRIDE) {
      const [key, keyLength, value, valueLength] = cells.subarray(i, i + STRING_STRIDE) as unknown as number[];
      all.push([text(key!, key! + keyLength!), text(value!, value! + valueLength!)]);
    }
    return all;
  };
  return Array.from({ length: batch.count }, (_, index) => {
    const numbers: [string, number][] = [];
    for (let i = batch.numberStarts[index]!; i < batch.numberStarts[index + 1]!; i++) {
      const [start, end] = batch.numberKeys.subarray(i * NUMBER_STRIDE) as unknown as number[];
      numbers.push([text(start!, end!), batch.numberValues[i]!]);
    }
    const label = batch.labels[2 * index]!;
    return {
      label: text(label, label + batch.labels[2 * index + 1]!),
      score: batch.scores[index],
      strings: pairs(batch.stringStarts, batch.strings, index),
      numbers,
      binaries: pairs(batch.binaryStarts, batch.binaries, index),
    };
  });
}

function list(bytes: Uint8Array, prefix: DatumPrefix): unknown {
  const batch = new DatumBatch();
  const reader = new Reader(bytes);
  batch.readList(reader, prefix);
  assertEquals(reader.atEnd, true);
  return said(batch);
}

const none = { label: "", score: 0, strings: [], numbers: [], binaries: [] };

Deno.test("DatumBatch finds keys, values and labels of all data", () => {
  const data = Array.from({ length: 100 }, (_, i) => ({
    label: `label ${i}`,
    strings: Array.from({ length: i % 5 }, (_, n): [string, string] => [`s${n}`, `value ${i}`]),
    numbers: Array.from({ length: i % 7 }, (_, n): [string, number] => [`n${n}`, i / 3]),
  }));
  const bytes = written((writer) => {
    writer.writeArrayHeader(data.length);
    for (const datum of data) {
      writer.writeArrayHeader(2);
      writer.writeByteString(datum.label);
      writeDatum(writer, datum);
    }
  });
  assertEquals(list(bytes, "label"), data.map((datum) => ({ ...none, ...datum })));
  for (let end = 0; end < bytes.length; end++) {
    assertThrows(() => new DatumBatch().readList(new Reader(bytes, 0, end), "label"));
  }
});

Deno.test("DatumBatch can be used again", () => {
  const batch = new DatumBatch();
  const read = (text: string, count: number): unknown => {
    const bytes = written((writer) => {
      writer.writeArrayHeader(count);
      for (let i = 0; i < count; i++) writeDatum(writer, { strings: [["k", text]], numbers: [["n", count]] });
    });
    batch.readList(new Reader(bytes), "none");
    return said(batch);
  };
  const expected = (text: string, count: number): unknown =>
    new Array(count).fill({ ...none, strings: [["k", text]], numbers: [["n", count]] });
  for (const count of [1, 40, 0, 500, 2]) {
    assertEquals(read("x".repeat(count), count), expected("x".repeat(count), count));
  }
});

Deno.test("DatumBatch takes integers, floats and long keys as numbers", () => {
  const long = "k".repeat(40);
  const writeNumbers: [string, number, (writer: Writer, value: number) => void][] = [
    ["a", 7, (writer, value) => writer.writeInt(value)],
    ["b", -300, (writer, value) => writer.writeInt(value)],
    ["c", 0.5, (writer, value) => writer.writeFloat(value)],
    [long, 0.1, (writer, value) => writer.writeDouble(value)],
  ];
  const bytes = written((writer) => {
    writer.writeArrayHeader(1);
    writer.writeArrayHeader(2);
    writer.writeArrayHeader(0);
    writer.writeArrayHeader(writeNumbers.length);
    for (const [key, value, write] of writeNumbers) {
      writer.writeArrayHeader(2);
      writer.writeByteString(key);
      write(writer, value);
    }
  });
  assertEquals(list(bytes, "none"), [{ ...none, numbers: writeNumbers.map(([key, value]) => [key, value]) }]);
});

Deno.test("DatumBatch passes over members that are too many, and does without those that are missing", () => {
  const bytes = written((writer) => {
    writer.writeArrayHeader(3);
    writer.writeArrayHeader(0);
    writer.writeArrayHeader(1);
    writer.writeDouble(2.5);
    writer.writeArrayHeader(3);
    writer.writeInt(4);
    writer.writeArrayHeader(5);
    writer.writeArrayHeader(0);
    writer.writeArrayHeader(0);
    writer.writeArrayHeader(1);
    writer.writeArrayHeader(2);
    writer.writeByteString("k");
    writer.writeByteString("v");
    writer.writeInt(1);
    writer.writeNil();
    writer.writeNil();
  });
  assertEquals(list(bytes, "score"), [none, { ...none, score: 2.5 }, { ...none, score: 4, binaries: [["k", "v"]] }]);
});

Deno.test("DatumBatch refuses pairs of another length and values of another type", () => {
  const wrong: ((writer: Writer) => void)[] = [
    (writer) => writer.writeInt(1),
    (writer) => writePairs(writer, 0, (writer) => writer.writeInt(1)),
    (writer) => writePairs(writer, 1, (writer) => writer.writeByteString("1")),
    (writer) => writePairs(writer, 2, (writer) => writer.writeNil()),
    (writer) => writePairs(writer, 0, (writer) => writer.writeByteString("v"), 3),
    (writer) => writePairs(writer, 1, (writer) => writer.writeDouble(1), 3),
    (writer) => writePairs(writer, 1, (writer) => writer.writeDouble(1), 1),
  ];
  for (const write of wrong) {
    const bytes = written((writer) => {
      writer.writeArrayHeader(1);
      write(writer);
    });
    assertThrows(() => list(bytes, "none"), TypeMismatchError);
  }
});

/** A datum with one pair in one of its lists. */
function writePairs(writer: Writer, at: number, value: (writer: Writer) => void, members = 2): void {
  writer.writeArrayHeader(3);
  for (let i = 0; i < 3; i++) {
    writer.writeArrayHeader(i === at ? 1 : 0);
    if (i !== at) continue;
    writer.writeArrayHeader(members);
    writer.writeByteString("k");
    if (members > 1) value(writer);
    if (members > 2) writer.writeNil();
  }
}

Deno.test("DatumBatch is oversized for a small request when it has read a large one", () => {
  const large = written((writer) => {
    writer.writeArrayHeader(400_000);
    for (let i = 0; i < 400_000; i++) writer.writeArrayHeader(0);
  });
  const small = written((writer) => {
    writer.writeArrayHeader(1);
    writeDatum(writer, {});
  });
  const batch = new DatumBatch();
  batch.readList(new Reader(small), "none");
  assertEquals(batch.isOversizedFor(new Reader(small)), false);
  batch.readList(new Reader(large), "none");
  assertEquals(batch.isOversizedFor(new Reader(small)), true);
  assertEquals(batch.isOversizedFor(new Reader(large)), false);
});
