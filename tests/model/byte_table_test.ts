import { assert, assertEquals } from "@std/assert";
import { byteStringOf } from "../../lib/base/byte_string.ts";
import { ByteTable, VARIANT_MAX } from "../../lib/model/byte_table.ts";
import { SeededRandom } from "../support/seeded_random.ts";

/** Bytes in memory that ends with them: nothing may be read behind. */
function view(text: string): DataView {
  return new DataView(Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer);
}

function intern(table: ByteTable, text: string, owner = -1, variant = 0): number {
  return table.intern(view(text), 0, text.length, owner, variant);
}

function find(table: ByteTable, text: string, owner = -1, variant = 0): number {
  return table.find(view(text), 0, text.length, owner, variant);
}

Deno.test("ByteTable gives the same id to the same bytes, owner and variant only", () => {
  const table = new ByteTable(7);
  const names = ["", "a", "ab", "abcd", "abcdefgh", "abcdefghi", "abcdefghijkl", "abcdefghijklm", "ab\0", "ab\0\0"];
  const ids = names.map((name) => intern(table, name));
  assertEquals(ids, names.map((_, i) => i));
  assertEquals(names.map((name) => find(table, name)), ids);
  assertEquals(names.map((_, id) => table.textOf(id)), names);
  assertEquals(find(table, "a", 0), -1);
  assertEquals(find(table, "a", -1, 1), -1);
  const other = intern(table, "a", 3, VARIANT_MAX);
  assertEquals(table.size, names.length + 1);
  assertEquals([table.ownerOf(other), table.variantOf(other), table.lengthOf(other)], [3, VARIANT_MAX, 1]);
});

Deno.test("ByteTable compares all bytes of long names", () => {
  const table = new ByteTable();
  const long = "x".repeat(1000);
  intern(table, long);
  for (const at of [0, 1, 499, 998, 999]) {
    assertEquals(find(table, long.slice(0, at) + "y" + long.slice(at + 1)), -1);
  }
  assertEquals(find(table, long), 0);
  assertEquals([table.byteAt(0, 0), table.byteAt(0, 999)], [0x78, 0x78]);
});

Deno.test("ByteTable finds bytes in the midst of others", () => {
  const table = new ByteTable();
  const text = "the quick brown fox jumps over the extraordinarily lazy dog";
  const all = view(text);
  const offsets: number[] = [];
  for (let at = 0; at < text.length;) {
    const end = (text + " ").indexOf(" ", at);
    offsets.push(at, end);
    at = end + 1;
  }
  const pairs = Int32Array.from(offsets);
  const count = pairs.length / 2;
  const ids = new Int32Array(count);
  table.findAll(all, pairs, 0, count, text.length, 5, 1, ids);
  assertEquals([...ids], new Array(count).fill(-1));
  for (let i = 0; i < count; i++) table.intern(all, pairs[2 * i]!, pairs[2 * i + 1]! - pairs[2 * i]!, 5, 1);
  const expected = [0, 1, 2, 3, 4, 5, 0, 6, 7, 8];
  for (const behind of [0, 1, 7, 8, 20]) {
    const roomy = new DataView(new ArrayBuffer(text.length + behind));
    for (let i = 0; i < text.length; i++) roomy.setUint8(i, text.charCodeAt(i));
    table.findAll(roomy, pairs, 0, count, text.length, 5, 1, ids);
    assertEquals([...ids], expected, `${behind} bytes behind`);
    table.findAll(roomy, pairs, 3, 4, text.length, 5, 1, ids);
    assertEquals([...ids.subarray(0, 4)], expected.slice(3, 7));
    table.findAll(roomy, pairs.toReversed().map((_, i, from) => from[i ^ 1]!), 0, count, text.length, 5, 1, ids);
    assertEquals([...ids], expected.toReversed(), `${behind} bytes behind, from the last to the first`);
  }
});

Deno.test("ByteTable hands ids of removed entries out again", () => {
  const table = new ByteTable();
  for (const name of ["a", "b", "c"]) intern(table, name);
  table.remove(1);
  assertEquals([table.has(0), table.has(1), table.has(2), table.has(3)], [true, false, true, false]);
  assertEquals([table.size, table.idEnd, find(table, "b")], [2, 3, -1]);
  assertEquals(intern(table, "d"), 1);
  assertEquals(intern(table, "b"), 3);
});

Deno.test("ByteTable keeps a number with each entry when it grows", () => {
  const table = new ByteTable();
  for (let i = 0; i < 500; i++) table.setNumber(intern(table, `name${i}`, i % 2), i * 1.5);
  assertEquals(table.numberOf(499), 499 * 1.5);
  const into = new Float64Array(3);
  assertEquals(table.gatherNumbers(Int32Array.of(4, 400, 8), 3, into), true);
  assertEquals([...into], [6, 600, 12]);
  assertEquals(table.gatherNumbers(Int32Array.of(4, 5), 2, into), false);
});

Deno.test("ByteTable does what a Map does, with random names, removals and clearing", () => {
  for (const seed of [1, 2, 3]) {
    console.log(`seed ${seed}`);
    const random = new SeededRandom(seed);
    const table = new ByteTable(random.next());
    const model = new Map<string, number>();
    const names = Array.from({ length: 3000 }, () => {
      const length = random.below(4) === 0 ? random.below(60) : random.below(14);
      return byteStringOf(Uint8Array.from({ length }, () => random.pick([0, 97, 98, 255])), 0, length);
    });
    for (let step = 0; step < 30_000; step++) {
      const [name, owner, variant] = [random.pick(names), random.below(3) - 1, random.below(2)];
      const key = `${owner} ${variant} ${name}`;
      if (random.below(3) === 0) {
        const id = model.get(key);
        if (id !== undefined) table.remove(id);
        model.delete(key);
      } else {
        const before = table.size;
        const id = intern(table, name, owner, variant);
        assertEquals(table.size > before, !model.has(key));
        assertEquals(model.get(key) ?? id, id);
        model.set(key, id);
      }
      assertEquals(table.size, model.size);
      if (step === 20_000) {
        table.clear();
        model.clear();
      }
    }
    assertEquals(new Set(model.values()).size, model.size);
    for (const [key, id] of model) {
      const [owner, variant] = key.split(" ", 2).map(Number);
      const name = key.slice(key.indexOf(" ", key.indexOf(" ") + 1) + 1);
      assertEquals(find(table, name, owner, variant), id);
      assertEquals([table.textOf(id), table.ownerOf(id), table.variantOf(id)], [name, owner, variant]);
    }
    assert(table.idEnd < 3 * names.length * 2, "ids are used again");
  }
});

Deno.test("ByteTable stays fast when names are made to collide under other seeds", () => {
  // Pairs of words that differ in the top bit and a bit 14 collide in hashes whose multipliers are known.
  const pairs = 16;
  const count = 1 << pairs;
  const table = new ByteTable(12345);
  const bytes = new DataView(new ArrayBuffer(8 * pairs));
  const begin = performance.now();
  for (let n = 0; n < count; n++) {
    for (let pair = 0; pair < pairs; pair++) {
      const isFlipped = (n >> pair & 1) === 1;
      bytes.setUint32(pair * 8, isFlipped ? 0x80000000 : 0, true);
      bytes.setUint32(pair * 8 + 4, isFlipped ? 0x4000 : 0, true);
    }
    assertEquals(table.intern(bytes, 0, bytes.byteLength), n);
  }
  assert(performance.now() - begin < 5000, "takes 0.1 s; were they all to collide, two thousand million comparisons");
});
