import { assertEquals, assertThrows } from "@std/assert";
import { BitVectors } from "../../lib/model/bit_vectors.ts";
import { ColumnTable } from "../../lib/model/column_table.ts";
import { DoubleColumn } from "../../lib/model/double_column.ts";
import { MsgpackError } from "../../lib/msgpack/errors.ts";
import { assertPacks, bytesOfPlain, packed, type Plain, unpacked, written } from "../support/packed.ts";

/** A table with a bit and a number per row. */
function fill(keys: readonly string[], owner = ""): { table: ColumnTable; bits: BitVectors; norms: DoubleColumn } {
  const bits = new BitVectors(10);
  const norms = new DoubleColumn();
  const table = new ColumnTable([bits, norms], owner);
  keys.forEach((key, i) => {
    const row = table.write(key);
    bits.row(row)[0] = i + 1;
    norms.values[row] = i + 0.5;
  });
  return { table, bits, norms };
}

/** The msgpack values of {@link fill}'s table, to be changed by tests. */
function members(): Plain[] {
  return [
    ["a", "b"],
    2,
    [[[""], 0], [[""], 1]],
    [[[10, 10], [1, 2]], [[9, 0], [{ double: 0.5 }, { double: 1.5 }]]],
    2,
    new Map([["a", 0], ["b", 1]]),
  ];
}

Deno.test("ColumnTable stamps rows with owner and clock when written", () => {
  const { table } = fill(["a", "b"], "s1");
  assertEquals([table.write("a"), table.size, table.clock], [0, 2, 3]);
  const values = members();
  values[2] = [[["s1"], 2], [["s1"], 1]];
  values[4] = 3;
  assertEquals(packed(table), bytesOfPlain(values));
});

Deno.test("ColumnTable moves the last row into the hole when one is removed", () => {
  const { table, bits, norms } = fill(["a", "b", "c", "d"]);
  assertEquals([table.remove("b"), table.remove("b"), table.clock], [1, -1, 5]);
  assertEquals([table.keys(), table.find("d"), table.find("b")], [["a", "d", "c"], 1, -1]);
  assertEquals([bits.row(1)[0], norms.values[1]], [4, 3.5]);
  assertEquals([table.remove("c"), table.keys()], [2, ["a", "d"]]);
});

Deno.test("ColumnTable starts its clock again when cleared", () => {
  const { table } = fill(["a", "b"]);
  table.clear();
  assertEquals([table.size, table.clock, table.find("a")], [0, 0, -1]);
});

Deno.test("ColumnTable survives packing, and truncated bytes are refused", () => {
  const { table } = fill(["a", "b"]);
  assertEquals(packed(table), bytesOfPlain(members()));
  assertPacks(packed(table), () => fill([]).table);
  const again = fill([]);
  unpacked(packed(table), again.table);
  assertEquals([again.table.write("c"), again.table.clock], [2, 3]);
});

Deno.test("ColumnTable refuses columns of another type or length", () => {
  const bytes = packed(fill(["a"]).table);
  const message = "column: invalid type in serialize(): expected: ";
  const longer = new ColumnTable([new BitVectors(11), new DoubleColumn()]);
  assertThrows(() => unpacked(bytes, longer), RangeError, `${message}bit_vector(11), actual: bit_vector(10)`);
  const swapped = new ColumnTable([new DoubleColumn(), new BitVectors(10)]);
  assertThrows(() => unpacked(bytes, swapped), RangeError, `${message}double, actual: bit_vector(10)`);
  const fewer = new ColumnTable([new BitVectors(10)]);
  assertThrows(() => unpacked(bytes, fewer), RangeError, "2 columns, expected 1");
});

Deno.test("ColumnTable refuses parts that disagree", () => {
  const faults: [number, Plain][] = [
    [0, ["a", "a"]],
    [1, 3],
    [2, [[[""], 0]]],
    [3, [[[10, 10], [1]], [[9, 0], [{ double: 0.5 }, { double: 1.5 }]]]],
    [5, new Map([["a", 1], ["b", 0]])],
    [5, new Map([["a", 0]])],
  ];
  for (const [index, value] of faults) {
    const values = members();
    values[index] = value;
    assertThrows(() => unpacked(bytesOfPlain(values), fill([]).table), RangeError, "broken");
  }
});

Deno.test("ColumnTable refuses values that are announced but cannot be there, and columns that are missing", () => {
  const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
  const head: Plain[] = [keys, keys.length, keys.map((_, clock) => [[""], clock])];
  const table = new ColumnTable([new BitVectors(2 ** 16)]);
  assertThrows(() => unpacked(bytesOfPlain(head), table), RangeError, "0 columns");
  const file = written((writer) => {
    writer.writeArrayHeader(6);
    for (const member of head) writer.append(bytesOfPlain(member));
    writer.append(Uint8Array.of(0x91, 0x92));
    writer.append(bytesOfPlain([10, 2 ** 16]));
    writer.writeArrayHeader(keys.length * 2 ** 10);
  });
  assertThrows(() => unpacked(file, table), MsgpackError, "insufficient bytes");
});

Deno.test("ColumnTable refuses clocks too large to go on", () => {
  for (const [index, value] of [[2, [[[""], 2n ** 60n], [[""], 1]]], [4, 2n ** 60n]] as [number, Plain][]) {
    const values = members();
    values[index] = value;
    assertThrows(() => unpacked(bytesOfPlain(values), fill([]).table));
  }
});
