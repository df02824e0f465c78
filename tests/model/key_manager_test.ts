import { assertEquals, assertThrows } from "@std/assert";
import { KeyManager } from "../../lib/model/key_manager.ts";
import { assertPacks, bytesOfPlain, packed, unpacked } from "../support/packed.ts";

Deno.test("KeyManager numbers keys in order and never again when one was removed", () => {
  const keys = new KeyManager();
  assertEquals([keys.intern("a"), keys.intern("b"), keys.intern("a")], [0, 1, 0]);
  assertEquals([keys.remove("a"), keys.remove("a")], [true, false]);
  assertEquals([keys.intern("a"), keys.find("b"), keys.find("c"), keys.keyOf(0), keys.keyOf(2)], [
    2,
    1,
    -1,
    undefined,
    "a",
  ]);
  keys.clear();
  assertEquals([keys.size, keys.intern("b")], [0, 0]);
});

Deno.test("KeyManager packs both maps and the next number, gaps included", () => {
  const keys = new KeyManager();
  for (const key of ["a", "b", "c"]) keys.intern(key);
  keys.remove("b");
  const bytes = packed(keys);
  assertEquals(bytes, bytesOfPlain([new Map([["a", 0], ["c", 2]]), new Map([[0, "a"], [2, "c"]]), 3]));
  assertPacks(bytes, () => new KeyManager());
  assertEquals(unpacked(bytes, new KeyManager()).intern("d"), 3);
});

Deno.test("KeyManager keeps the order of numbers when unpacked", () => {
  const bytes = bytesOfPlain([new Map([["a", 0], ["b", 1]]), new Map([[1, "b"], [0, "a"]]), 2]);
  assertEquals([...unpacked(bytes, new KeyManager()).ids()], [1, 0]);
});

Deno.test("KeyManager refuses maps that disagree", () => {
  const ids = new Map([["a", 0]]);
  for (const broken of [[ids, new Map(), 1], [ids, new Map([[0, "b"]]), 1], [ids, new Map([[0, "a"]]), 0]]) {
    assertThrows(() => unpacked(bytesOfPlain(broken as never), new KeyManager()), RangeError, "key table is broken");
  }
});

Deno.test("KeyManager numbers its keys anew in the order of their numbers", () => {
  const keys = unpacked(
    bytesOfPlain([new Map([["b", 900], ["a", 7]]), new Map([[900, "b"], [7, "a"]]), 901]),
    new KeyManager(),
  );
  assertEquals(keys.renumber(), new Map([[7, 0], [900, 1]]));
  assertEquals([keys.find("a"), keys.find("b"), keys.intern("c")], [0, 1, 2]);
});

Deno.test("KeyManager refuses a next number that is too large, and says when none is left", () => {
  for (const next of [2 ** 32 + 1, 2n ** 63n]) {
    assertThrows(() => unpacked(bytesOfPlain([new Map(), new Map(), next]), new KeyManager()));
  }
  const keys = unpacked(bytesOfPlain([new Map(), new Map(), 2 ** 32 - 1]), new KeyManager());
  assertEquals(keys.intern("a"), 2 ** 32 - 1);
  assertThrows(() => keys.intern("b"), RangeError, "no numbers left");
});
