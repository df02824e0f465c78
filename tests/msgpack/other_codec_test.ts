/** `Reader` and `Writer` beside a codec that is not ours. */
import { assertEquals, assertThrows } from "@std/assert";
import { decode, encode, type ValueType } from "@std/msgpack";
import { byteStringOfText, textOf } from "../../lib/base/byte_string.ts";
import { MsgpackError } from "../../lib/msgpack/errors.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { SeededRandom, testSeed } from "../support/seeded_random.ts";

const EDGES = [
  0,
  31,
  32,
  127,
  128,
  255,
  256,
  32_767,
  32_768,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
];
const SIZES = [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536];

/** Any value whose kind `Reader` tells; texts stand for raws. */
function randomValue(random: SeededRandom, depth = 0): ValueType {
  switch (random.below(depth < 4 ? 7 : 5)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 0;
    case 2:
      return random.pick(EDGES) * random.pick([1, -1]) + random.below(3) - 1;
    case 3:
      return random.next() / 3 + 0.25;
    case 4:
      return "aé日".repeat(random.below(random.pick([4, 30, 300])));
    case 5:
      return Array.from({ length: random.below(20) }, () => randomValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(20) }, (_, i) => [`key ${i}`, randomValue(random, depth + 1)]),
      );
  }
}

/** Whatever comes next, found out by `peek`. */
function readAny(reader: Reader): ValueType {
  switch (reader.peek()) {
    case "nil":
      reader.tryNil();
      return null;
    case "boolean":
      return reader.readBoolean();
    case "integer":
      return reader.readInteger();
    case "double":
      return reader.readDouble();
    case "raw":
      return textOf(reader.readByteString());
    case "array":
      return Array.from({ length: reader.readArrayHeader() }, () => readAny(reader));
    case "map":
      return Object.fromEntries(
        Array.from({ length: reader.readMapHeader() }, () => [textOf(reader.readByteString()), readAny(reader)]),
      );
  }
}

function writeAny(writer: Writer, value: ValueType): void {
  if (value === null) writer.writeNil();
  else if (typeof value === "boolean") writer.writeBoolean(value);
  else if (typeof value === "string") writer.writeByteString(byteStringOfText(value));
  else if (typeof value === "number") {
    if (Number.isInteger(value)) writer.writeInt(value);
    else writer.writeDouble(value);
  } else if (Array.isArray(value)) {
    writer.writeArrayHeader(value.length);
    for (const member of value) writeAny(writer, member);
  } else {
    const members = Object.entries(value);
    writer.writeMapHeader(members.length);
    for (const [key, member] of members) {
      writer.writeByteString(key);
      writeAny(writer, member);
    }
  }
}

/** The other codec reads integers of 64 bits as `bigint`. */
function withoutBigInts(value: ValueType): ValueType {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(withoutBigInts);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutBigInts(member)]));
}

/** Values of every kind and size, then random ones. */
function values(): ValueType[] {
  const random = new SeededRandom(testSeed());
  return [
    ...EDGES.flatMap((edge) => [edge, -edge]),
    ...SIZES.flatMap((size) => ["x".repeat(size), new Array(size).fill(1)]),
    ...[0, 15, 16, 65_536].map((size) => Object.fromEntries(Array.from({ length: size }, (_, i) => [`${i}k`, i]))),
    ...Array.from({ length: 500 }, () => randomValue(random)),
  ];
}

Deno.test("Reader reads every value as another codec wrote it, and nothing behind it", () => {
  for (const value of values()) {
    const bytes = encode(value);
    const surrounded = new Uint8Array(bytes.length + 20);
    surrounded.fill(0xc1);
    surrounded.set(bytes, 10);
    const reader = new Reader(surrounded, 10, 10 + bytes.length);
    assertEquals(readAny(reader), value);
    assertEquals(reader.atEnd, true);
    reader.reset(surrounded, 10);
    reader.skip();
    assertEquals(reader.position, 10 + bytes.length);
  }
});

Deno.test("Reader refuses every truncation of what another codec wrote, however it is read", () => {
  const random = new SeededRandom(testSeed());
  for (let i = 0; i < 200; i++) {
    const bytes = encode(randomValue(random));
    for (let end = 0; end < Math.min(bytes.length, 300); end++) {
      assertThrows(() => readAny(new Reader(bytes, 0, end)), MsgpackError, "insufficient bytes");
      assertThrows(() => new Reader(bytes, 0, end).skip(), MsgpackError, "insufficient bytes");
    }
  }
});

Deno.test("Writer writes every value so that another codec reads it", () => {
  for (const value of values()) {
    const writer = new Writer(1);
    writeAny(writer, value);
    assertEquals(withoutBigInts(decode(writer.take())), value);
  }
});
