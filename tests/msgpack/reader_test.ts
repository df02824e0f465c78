import { assertEquals, assertThrows } from "@std/assert";
import { MsgpackError, TypeMismatchError } from "../../lib/msgpack/errors.ts";
import { NESTING_MAX, Reader } from "../../lib/msgpack/reader.ts";

function readerOf(hex: string): Reader {
  return new Reader(Uint8Array.fromHex(hex.replaceAll(" ", "")));
}

Deno.test("Reader reads integers in any form, not only the shortest", () => {
  const forms: [hex: string, value: bigint][] = [
    ["05", 5n],
    ["cc05", 5n],
    ["cd0005", 5n],
    ["ce00000005", 5n],
    ["cf0000000000000005", 5n],
    ["d005", 5n],
    ["d10005", 5n],
    ["d200000005", 5n],
    ["d30000000000000005", 5n],
    ["ff", -1n],
    ["d0ff", -1n],
    ["d1ffff", -1n],
    ["d2ffffffff", -1n],
    ["d3ffffffffffffffff", -1n],
    ["cfffffffffffffffff", 18446744073709551615n],
    ["d38000000000000000", -9223372036854775808n],
  ];
  for (const [hex, value] of forms) {
    assertEquals(readerOf(hex).readBigInt(), value, hex);
    assertEquals(readerOf(hex).readInteger(), Number(value), hex);
    assertEquals(readerOf(hex).readDouble(), Number(value), hex);
  }
});

Deno.test("Reader takes integers within a range only, and stays before others", () => {
  const cases: [hex: string, read: (reader: Reader) => number, fits: boolean][] = [
    ["d280000000", (reader) => reader.readInt32(), true],
    ["ce80000000", (reader) => reader.readInt32(), false],
    ["ceffffffff", (reader) => reader.readUint32(), true],
    ["cf0000000100000000", (reader) => reader.readUint32(), false],
    ["ff", (reader) => reader.readUint32(), false],
    ["cfffffffffffffffff", (reader) => reader.readUint64(), true],
    ["d3ffffffffffffffff", (reader) => reader.readUint64(), false],
  ];
  for (const [hex, read, fits] of cases) {
    const reader = readerOf(hex);
    if (fits) read(reader);
    else assertThrows(() => read(reader), TypeMismatchError);
    assertEquals(reader.position, fits ? hex.length / 2 : 0, hex);
  }
});

Deno.test("Reader takes all kinds of strings and binaries for raws", () => {
  for (
    const hex of ["a26869", "d9026869", "da00026869", "db000000026869", "c4026869", "c500026869", "c6000000026869"]
  ) {
    const reader = readerOf(hex);
    assertEquals(reader.peek(), "raw", hex);
    assertEquals(reader.readByteString(), "hi", hex);
    assertEquals(reader.atEnd, true, hex);
  }
});

Deno.test("Reader stays before a value of another type than asked for", () => {
  const values = {
    nil: "c0",
    boolean: "c3",
    integer: "07",
    double: "cb3ff8000000000000",
    raw: "a161",
    array: "9101",
    map: "810101",
  };
  const reads: [kinds: string[], read: (reader: Reader) => unknown][] = [
    [["boolean"], (reader) => reader.readBoolean()],
    [["integer"], (reader) => reader.readInteger()],
    [["integer"], (reader) => reader.readBigInt()],
    [["integer", "double"], (reader) => reader.readDouble()],
    [["raw"], (reader) => reader.readRawSpan()],
    [["array"], (reader) => reader.readArrayHeader()],
    [["array"], (reader) => reader.expectArray(1)],
    [["map"], (reader) => reader.readMapHeader()],
  ];
  for (const [kind, hex] of Object.entries(values)) {
    for (const [kinds, read] of reads) {
      const reader = readerOf(hex);
      assertEquals(reader.peek(), kind);
      if (kinds.includes(kind)) {
        read(reader);
        continue;
      }
      assertThrows(() => read(reader), TypeMismatchError);
      assertEquals(reader.position, 0);
    }
  }
  const reader = readerOf("9101");
  assertThrows(() => reader.expectArray(2), TypeMismatchError);
  assertEquals(reader.position, 0);
});

Deno.test("Reader calls ext types and the byte that begins nothing a parse error", () => {
  for (const head of ["c1", "c7", "c8", "c9", "d4", "d5", "d6", "d7", "d8"]) {
    const hex = `${head}00000000000000000000`;
    for (const read of [(it: Reader) => it.peek(), (it: Reader) => it.skip(), (it: Reader) => it.readDouble()]) {
      assertThrows(() => read(readerOf(hex)), MsgpackError, "parse error");
    }
  }
});

Deno.test("Reader passes over arrays and maps nested up to the limit, and over none deeper", () => {
  for (const [open, close] of [["91", "c0"], ["81c0", "c0"]]) {
    const reader = readerOf(open!.repeat(NESTING_MAX) + close);
    reader.skip();
    assertEquals(reader.atEnd, true);
    const deeper = readerOf(open!.repeat(NESTING_MAX + 1) + close);
    assertThrows(() => deeper.skip(), MsgpackError, "parse error");
  }
  assertThrows(() => readerOf("9191c0").skip(NESTING_MAX - 1), MsgpackError, "parse error");
  readerOf("91c0").skip(NESTING_MAX - 1);
});
