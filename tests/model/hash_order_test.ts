import { assertEquals } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { HashOrderedSet } from "../../lib/model/hash_order.ts";
import { labelOrder } from "./label_order.ts";

function stringOrder(words: string[]): string[] {
  const set = new HashOrderedSet<string>();
  for (const word of words) set.insert(word);
  return set.keys();
}

function integerOrder(count: number): number[] {
  const set = new HashOrderedSet<number>();
  for (let i = 0; i < count; i++) set.insert(i);
  return set.keys();
}

Deno.test("HashOrderedSet walks byte strings in libstdc++ order when few were added", () => {
  assertEquals(stringOrder(["A", "B", "C"]), ["C", "B", "A"]);
  assertEquals(
    stringOrder("cat dog bird fish horse cow pig sheep".split(" ")),
    "pig cow fish horse bird sheep dog cat".split(" "),
  );
  assertEquals(
    stringOrder("the quick brown fox jumps over the lazy dog".split(" ")),
    "dog lazy jumps fox over brown quick the".split(" "),
  );
});

Deno.test("HashOrderedSet walks byte strings in libstdc++ order when the table grew", () => {
  assertEquals(stringOrder([..."ABCDEFGHIJKLM"]).join(" "), "G A B C F L H E M D I J K");
});

Deno.test("HashOrderedSet walks integers in libstdc++ order when filled in ascending order", () => {
  assertEquals(integerOrder(11), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  assertEquals(integerOrder(12), [11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assertEquals(integerOrder(14), [13, 12, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("HashOrderedSet grows through libstdc++'s bucket counts when thousands are added", () => {
  // The order was printed by a std::unordered_map of GCC 12 with 11 initial buckets.
  const set = new HashOrderedSet<number>();
  for (let i = 0; i < 3000; i++) set.insert((i * 7919) % 1000003);
  for (let i = 0; i < 3000; i += 3) set.erase((i * 7919) % 1000003);
  for (let i = 0; i < 500; i++) set.insert(i * 3);
  let hash = 0;
  for (const key of set.keys()) hash = (Math.imul(hash, 31) + key) >>> 0;
  assertEquals([set.size, hash], [2498, 60540642]);
});

Deno.test("HashOrderedSet matches libstdc++ when thousands of strings come and go", () => {
  const set = new HashOrderedSet<string>();
  for (let i = 0; i < 3000; i++) set.insert("key" + i);
  for (let i = 0; i < 3000; i += 3) set.erase("key" + i);
  for (let i = 0; i < 500; i++) set.insert(byteStringOfText("ラベル" + i));
  let hash = 0;
  for (const key of set.keys()) {
    for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) >>> 0;
  }
  assertEquals([set.size, hash], [2500, 333853975]);
});

Deno.test("HashOrderedSet starts over with the smallest table when cleared", () => {
  const set = new HashOrderedSet<string>();
  for (let i = 0; i < 100; i++) set.insert("key" + i);
  set.clear();
  for (const label of "ABC") set.insert(label);
  assertEquals([set.size, set.keys(), set.has("key1")], [3, ["C", "B", "A"], false]);
});

Deno.test("HashOrderedSet keeps the size of its table when drained", () => {
  const set = new HashOrderedSet<number>();
  for (let i = 0; i < 12; i++) set.insert(i);
  set.drain();
  for (const key of [0, 1, 11]) set.insert(key);
  // With 11 buckets 11 would stand with 0.
  assertEquals([set.size, set.keys()], [3, [11, 1, 0]]);
});

Deno.test("HashOrderedSet made for some keys has as few buckets as libstdc++ gives it", () => {
  // 5 buckets for 4 keys, of which 0 and 5 share one; 11 for the sixth.
  const set = new HashOrderedSet<number>(4);
  for (const key of [0, 1, 5]) set.insert(key);
  assertEquals(set.keys(), [1, 5, 0]);
  for (const key of [2, 3, 4]) set.insert(key);
  assertEquals(set.keys(), [4, 0, 5, 1, 2, 3]);
});

Deno.test("HashOrderedSet says whether a key was there", () => {
  const set = new HashOrderedSet<string>();
  assertEquals([set.insert("a"), set.insert("a"), set.erase("a"), set.erase("a")], [true, false, true, false]);
});

Deno.test("labelOrder lists two or three labels in the order of their registration", () => {
  const labels = ["A", "B", "C"];
  const ids = new HashOrderedSet<number>();
  for (let id = 0; id < 3; id++) ids.insert(id);
  assertEquals(labelOrder(ids, (id) => labels[id]!), [0, 1, 2]);
});
