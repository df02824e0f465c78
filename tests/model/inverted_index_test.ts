import { assertEquals, assertThrows } from "@std/assert";
import { FeatureTable, HELD_BY_INDEX } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { InvertedIndex } from "../../lib/model/inverted_index.ts";
import { assertPacks, bytesOfPlain, packed, type Plain, unpacked } from "../support/packed.ts";

function vectorOf(features: FeatureTable, members: Record<string, number>): FeatureVector {
  const vector = new FeatureVector();
  for (const [name, value] of Object.entries(members)) vector.push(features.intern(name), value);
  return vector;
}

/** Product by column; columns without one are left out. */
function products(index: InvertedIndex, vector: FeatureVector): Record<number, number> {
  index.multiply(vector);
  const found = Object.fromEntries(
    Array.from(index.touched.subarray(0, index.touchedCount), (column) => [column, index.products[column]!]),
  );
  index.reset();
  assertEquals(index.products.every((product) => product === 0), true);
  return found;
}

Deno.test("InvertedIndex multiplies a vector with all columns that share a feature", () => {
  const features = new FeatureTable();
  const index = new InvertedIndex(features);
  assertEquals(index.add("A_1", vectorOf(features, { x: 1, y: 2 })), 0);
  assertEquals(index.add("B_1", vectorOf(features, { y: 3 })), 1);
  assertEquals(index.add("C_1", vectorOf(features, { z: 1 })), 2);
  assertEquals(products(index, vectorOf(features, { x: 10, y: 1, other: 5 })), { 0: 12, 1: 3 });
  assertEquals([0, 1, 2].map((column) => index.normOf(column)), [5, 9, 1]);
  assertEquals([index.columnEnd, index.idOf(1), index.has("C_1"), index.has("D_1")], [3, "B_1", true, false]);
});

Deno.test("InvertedIndex leaves no trace of an empty vector", () => {
  const index = new InvertedIndex(new FeatureTable());
  assertEquals([index.add("A_1", new FeatureVector()), index.columnEnd, index.has("A_1")], [-1, 0, false]);
});

Deno.test("InvertedIndex keeps the last value of a feature that occurs twice, in the norm as well", () => {
  const features = new FeatureTable();
  const index = new InvertedIndex(features);
  const vector = vectorOf(features, { x: 1, y: 2 });
  vector.push(features.intern("x"), 3);
  index.add("A_1", vector);
  assertEquals([index.normOf(0), index.diffNormOf(0)], [13, 13]);
  assertEquals(products(index, vectorOf(features, { x: 1 })), { 0: 3 });
});

Deno.test("InvertedIndex holds its features until it is cleared", () => {
  const features = new FeatureTable();
  const index = new InvertedIndex(features);
  const vector = vectorOf(features, { x: 1 });
  index.add("A_1", vector);
  assertEquals(features.isHeld(vector.ids[0]!, HELD_BY_INDEX), true);
  index.clear();
  features.dropUnheld();
  assertEquals([features.size, index.columnEnd, index.normOf(0)], [0, 0, 0]);
});

Deno.test("InvertedIndex packs columns in ascending order and keeps master and diff apart", () => {
  const names = (
    ...ids: string[]
  ) => [new Map(ids.map((id, i) => [id, i])), new Map(ids.map((id, i) => [i, id])), ids.length];
  const bytes = bytesOfPlain([
    new Map([["x", new Map([[0, { double: 1 }], [1, { double: 2 }]])]]),
    new Map([["x", new Map([[1, { double: 5 }], [2, { double: 1 }]])]]),
    new Map([[0, { double: 1 }], [1, { double: 4 }]]),
    new Map([[1, { double: 21 }], [2, { double: 1 }]]),
    names("A_1", "B_1", "C_1"),
  ]);
  assertPacks(bytes, () => new InvertedIndex(new FeatureTable()));
  const features = new FeatureTable();
  const index = unpacked(bytes, new InvertedIndex(features));
  assertEquals(products(index, vectorOf(features, { x: 1 })), { 0: 1, 1: 5, 2: 1 });
  assertEquals([0, 1, 2].map((column) => index.normOf(column)), [1, 25, 1]);
  assertEquals(index.add("D_1", vectorOf(features, { x: 1 })), 3);
});

Deno.test("InvertedIndex packs like Jubatus when three data were trained", () => {
  const features = new FeatureTable();
  const index = new InvertedIndex(features);
  index.add("B_1", vectorOf(features, { "x@num": 1, "y@num": 1 }));
  index.add("A_1", vectorOf(features, { "x@num": 1, "y@num": -1 }));
  const cells = (...values: number[]) => new Map(values.map((double, column) => [column, { double }]));
  assertEquals(
    packed(index),
    bytesOfPlain([
      new Map(),
      new Map([["x@num", cells(1, 1)], ["y@num", cells(1, -1)]]),
      new Map(),
      cells(2, 2),
      [new Map([["B_1", 0], ["A_1", 1]]), new Map([[0, "B_1"], [1, "A_1"]]), 2],
    ]),
  );
});

Deno.test("InvertedIndex refuses a column that has no id", () => {
  const empty = [new Map(), new Map(), 0];
  for (
    const broken of [
      [new Map([["x", new Map([[0, { double: 1 }]])]]), new Map(), new Map(), new Map(), empty],
      [new Map(), new Map(), new Map(), new Map([[3, { double: 1 }]]), empty],
    ]
  ) {
    const index = new InvertedIndex(new FeatureTable());
    assertThrows(() => unpacked(bytesOfPlain(broken as never), index), RangeError, "has no id");
  }
});

Deno.test("InvertedIndex numbers columns anew when their numbers would take memory out of proportion", () => {
  const cells = (...columns: number[]) => new Map(columns.map((column) => [column, { double: column > 5 ? 2 : 1 }]));
  const ids = (
    far: number,
  ): Plain => [new Map([["B_1", far], ["A_1", 3]]), new Map([[far, "B_1"], [3, "A_1"]]), far + 1];
  const file = (far: number): Uint8Array =>
    bytesOfPlain([new Map(), new Map([["x", cells(3, far)]]), new Map(), cells(3, far), ids(far)]);
  const features = new FeatureTable();
  const near = unpacked(file(1000), new InvertedIndex(features));
  assertEquals([near.columnEnd, near.idOf(1000), products(near, vectorOf(features, { x: 1 }))], [
    1001,
    "B_1",
    { 3: 1, 1000: 2 },
  ]);
  const index = unpacked(file(0xfffffff0), new InvertedIndex(features));
  assertEquals([index.columnEnd, index.idOf(0), index.idOf(1)], [2, "A_1", "B_1"]);
  assertEquals([products(index, vectorOf(features, { x: 1 })), index.normOf(0), index.normOf(1)], [
    { 0: 1, 1: 2 },
    1,
    2,
  ]);
  assertEquals(index.add("C_1", vectorOf(features, { x: 1 })), 2);
});
