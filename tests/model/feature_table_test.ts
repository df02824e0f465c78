import { assertEquals } from "@std/assert";
import { Hash64 } from "../../lib/base/hash64.ts";
import { murmur64 } from "../../lib/base/murmur.ts";
import { compareByteStrings } from "../../lib/base/byte_string.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { FeatureTable, HELD_BY_STATISTICS, HELD_BY_WEIGHTS } from "../../lib/model/feature_table.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const suffixes = ["@num", "@space#tf/idf", "@str#bin/bin"];

function view(text: string): DataView {
  return new DataView(Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer);
}

Deno.test("FeatureTable knows a name by its parts and as a whole", () => {
  const table = new FeatureTable(suffixes);
  const number = table.internWord(view("age"), 0, 3, -1, table.suffixNumber("@num"));
  assertEquals([table.nameOf(number), table.intern("age@num"), table.find("age@num")], ["age@num", number, number]);
  const key = table.internKey(view("text"), 0, 4);
  const word = table.internWord(view("fox"), 0, 3, key, table.suffixNumber("@space#tf/idf"));
  assertEquals(table.nameOf(word), "text$fox@space#tf/idf");
  assertEquals(table.intern("text$fox@space#tf/idf"), word);
});

Deno.test("FeatureTable hashes the word in a name, whether the name is kept in parts or whole", () => {
  const table = new FeatureTable(suffixes);
  const [actual, expected] = [new Hash64(), new Hash64()];
  for (
    const word of ["", "a", "fox", "12345678", "twelve bytes", "extraordinarily", "0123456789abcdefghijklm", "a$b"]
  ) {
    murmur64(word, expected);
    for (const suffix of ["@space#tf/idf", "@other#tf/idf", "@at@home#tf/idf"]) {
      table.hashWord(table.intern(`t$${word}${suffix}`), suffix, actual);
      assertEquals(actual, expected, `${word}${suffix}`);
    }
    table.hashWord(table.intern(`t$${word}@other#tf/idf`), undefined, actual);
    assertEquals(actual, expected, word);
  }
});

Deno.test("FeatureTable keeps names whole when their suffix or key is not the converter's", () => {
  const table = new FeatureTable(suffixes);
  const names = [
    "",
    "@",
    "$",
    "a@num$b",
    "x$y@num",
    "x@space#tf/idf",
    "$@space#tf/idf",
    "$w@space#tf/idf",
    "a$b$c@space#tf/idf",
    "a@b@num",
    "a$b@c@space#tf/idf",
    "t$x@other#tf/idf",
    "12",
    "a@num&b@num/mul",
  ];
  const ids = names.map((name) => table.intern(name));
  assertEquals(new Set(ids).size, names.length);
  assertEquals(ids.map((id) => table.nameOf(id)), names);
  assertEquals(names.map((name) => table.find(name)), ids);
  assertEquals(names.map((name) => table.internName(view(name), 0, name.length)), ids);
});

Deno.test("FeatureTable drops names that nobody holds, and their keys, and uses the ids again", () => {
  const table = new FeatureTable(suffixes);
  const kept = table.intern("t$kept@space#tf/idf");
  table.hold(kept, HELD_BY_WEIGHTS);
  const dropped = table.intern("u$dropped@space#tf/idf");
  table.dropUnheld();
  assertEquals([table.size, table.find("u$dropped@space#tf/idf"), table.findKey(view("u"), 0, 1)], [1, -1, -1]);
  assertEquals(table.intern("n@num"), dropped);
  table.hold(dropped, HELD_BY_STATISTICS);
  table.hold(dropped, HELD_BY_WEIGHTS);
  table.release(dropped, HELD_BY_WEIGHTS);
  table.dropUnheld();
  assertEquals([table.find("n@num"), table.isHeld(dropped, HELD_BY_WEIGHTS)], [dropped, false]);
  table.release(dropped, HELD_BY_STATISTICS);
  table.dropUnheld();
  assertEquals([table.size, table.find("n@num")], [1, -1]);
});

Deno.test("FeatureTable does not grow by names that come and go", () => {
  const table = new FeatureTable(suffixes);
  for (let i = 0; i < 10_000; i++) {
    table.intern(`key${i}$a rather long word number ${i}@space#tf/idf`);
    table.intern(`key${i}@num`);
    table.dropUnheld();
  }
  assertEquals([table.size, table.idEnd], [0, 2]);
});

Deno.test("FeatureTable compares as the whole names compare", () => {
  for (const seed of [1, 2]) {
    console.log(`seed ${seed}`);
    const random = new SeededRandom(seed);
    const table = new FeatureTable(suffixes, seed);
    const piece = (): string =>
      Array.from({ length: random.below(9) }, () => random.pick(["\0", "!", "$", "@", "a", "b", "\xff"])).join("");
    const names = Array.from({ length: 400 }, () =>
      random.pick([
        () => piece(),
        () => `${piece()}@num`,
        () => `${piece()}$${piece()}@space#tf/idf`,
        () => `t$${piece()}@space#tf/idf`,
        () => `t$prefix${piece()}@str#bin/bin`,
      ])());
    const ids = names.map((name) => table.intern(name));
    for (let i = 0; i < names.length; i++) {
      for (let j = 0; j < names.length; j += 3) {
        assertEquals(Math.sign(table.compare(ids[i]!, ids[j]!)), Math.sign(compareByteStrings(names[i]!, names[j]!)));
      }
    }
  }
});

Deno.test("FeatureTable writes names as they are, and finds them by guess or not", () => {
  const features = new FeatureTable(["@num", "@space#tf/idf"], 3);
  const names = [
    "x@num",
    "long number key@num",
    "key$word@space#tf/idf",
    "key$a longer word@space#tf/idf",
    "$@space#tf/idf",
  ];
  names.push("whole", "", "other@str", "k$x@num", "word@space#tf/idf", "\u00ff\u0000@num", "@num");
  const ids = names.map((name) => features.intern(name));
  const prepared = new Int32Array(names.length);
  for (const [i, name] of names.entries()) {
    const writer = new Writer();
    features.writeName(ids[i]!, writer);
    assertEquals(new Reader(writer.take()).readByteString(), name);
    writer.writeRawHeader(0);
    const view = new DataView(writer.take().buffer);
    const start = view.byteLength - 1 - name.length;
    for (const guess of [-1, ids[i]!, ids[0]!, 1000]) {
      assertEquals(features.internName(view, start, name.length, guess), ids[i]);
    }
    features.prepare(i, view, start, name.length);
  }
  features.warm(names.length, prepared);
  assertEquals(features.size, names.length);
});
