import { assertEquals, assertThrows } from "@std/assert";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { closeTo } from "./recording.ts";
import { decodeValue } from "./wire_value.ts";

/** Whatever writes itself as msgpack and reads itself back. */
export interface Packable {
  pack(writer: Writer): void;
  unpack(reader: Reader): void;
}

/** The bytes that something packs to. */
export function packed(from: Packable): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  from.pack(writer);
  return writer.take();
}

/** Fills `into` from bytes, which must be used up. Returns it. */
export function unpacked<T extends Packable>(bytes: Uint8Array, into: T): T {
  const reader = new Reader(bytes);
  into.unpack(reader);
  assertEquals(reader.atEnd, true);
  return into;
}

/** Checks that bytes survive unpacking and packing, and that every truncation of them is refused. */
export function assertPacks(bytes: Uint8Array, fresh: () => Packable): void {
  assertEquals(packed(unpacked(bytes, fresh())), bytes);
  for (let end = 0; end < bytes.length; end++) {
    assertThrows(() => fresh().unpack(new Reader(bytes, 0, end)));
  }
}

/** Checks that two values are the same but for the order of maps. */
export function assertSameContent(actual: Uint8Array, expected: Uint8Array): void {
  const [a, b] = [decodeValue(actual)!.value, decodeValue(expected)!.value];
  if (!closeTo(a, b, 0)) assertEquals(a, b);
}

/** Bytes written by hand. */
export function written(write: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  write(writer);
  return writer.take();
}

/** Packs plain values: integers as such, `{ double }`, strings as raw, arrays, and Maps. */
export type Plain = number | bigint | string | { double: number } | readonly Plain[] | Map<Plain, Plain>;

/** The msgpack of plain values. */
export function bytesOfPlain(value: Plain): Uint8Array<ArrayBuffer> {
  return written((writer) => writePlain(writer, value));
}

function writePlain(writer: Writer, value: Plain): void {
  if (typeof value === "number") writer.writeInt(value);
  else if (typeof value === "bigint") writer.writeBigInt(value);
  else if (typeof value === "string") writer.writeByteString(value);
  else if (value instanceof Map) {
    writer.writeMapHeader(value.size);
    for (const [key, member] of value) {
      writePlain(writer, key);
      writePlain(writer, member);
    }
  } else if ("double" in value) {
    writer.writeDouble(value.double);
  } else {
    writer.writeArrayHeader(value.length);
    for (const member of value) writePlain(writer, member);
  }
}
