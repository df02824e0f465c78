import { assert, assertEquals, assertThrows } from "@std/assert";
import { textOf } from "../../lib/base/byte_string.ts";
import { HashOrderedSet } from "../../lib/model/hash_order.ts";
import { LabelRegistry } from "../../lib/model/label_registry.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { assertPacks, bytesOfPlain, packed, unpacked } from "../support/packed.ts";
import { SeededRandom, testSeed } from "../support/seeded_random.ts";
import { labelOrder } from "./label_order.ts";

function registryOf(...labels: readonly string[]): LabelRegistry {
  const registry = new LabelRegistry();
  for (const label of labels) registry.register(label);
  return registry;
}

/** All that {@link LabelRegistry} says of its labels must agree. */
function assertSound(registry: LabelRegistry): void {
  const { order, orderedLabels, orderedEncoded, size } = registry;
  assertEquals([order.length, orderedLabels.length, orderedEncoded.length], [size, size, size]);
  assertEquals(new Set(order).size, size);
  order.forEach((slot, i) => {
    const label = orderedLabels[i]!;
    assertEquals([registry.labelOf(slot), registry.find(label), registry.register(label)], [label, slot, slot]);
    assertEquals(registry.slotOfId(registry.idOf(slot)), slot);
    assertEquals(registry.encodedOf(slot), bytesOfPlain(label));
    assertEquals(orderedEncoded[i], bytesOfPlain(label));
    assert(slot < registry.slotEnd);
  });
}

Deno.test("LabelRegistry lists labels in the order of 1.1.1's hash tables", () => {
  // Two and three labels come in the order of their registration, whatever they are.
  assertEquals(registryOf("A", "B", "C").orderedLabels, ["A", "B", "C"]);
  assertEquals(registryOf("negative", "positive").orderedLabels, ["negative", "positive"]);
  const ids = new HashOrderedSet<number>();
  const labels: string[] = [];
  const registry = new LabelRegistry();
  for (let id = 0; id < 500; id++) {
    labels.push(`label ${id}`);
    ids.insert(id);
    registry.register(labels[id]!);
    if (id % 50 === 0 || id < 30) {
      assertEquals(registry.orderedLabels, labelOrder(ids, (id) => labels[id]!).map((id) => labels[id]!));
    }
  }
  assertSound(registry);
});

Deno.test("LabelRegistry gives slots again, but no ids", () => {
  const registry = registryOf("A", "B", "C");
  assertEquals([registry.find("B"), registry.remove("B"), registry.remove("B"), registry.find("B")], [1, 1, -1, -1]);
  assertEquals([registry.size, registry.slotEnd, registry.slotOfId(1)], [2, 3, -1]);
  assertEquals(registry.register("D"), 1);
  assertEquals([registry.idOf(1), registry.slotEnd, registry.slotOfId(3)], [3, 3, 1]);
  assertEquals(registry.register("B"), 3);
  assertEquals([registry.idOf(3), registry.encodedOf(1)], [4, bytesOfPlain("D")]);
  assertSound(registry);
});

Deno.test("LabelRegistry starts over with id 0 when cleared", () => {
  const registry = registryOf("A", "B", "C");
  registry.remove("A");
  registry.clear();
  assertEquals([registry.size, registry.slotEnd, registry.orderedLabels], [0, 0, []]);
  assertEquals([registry.register("B"), registry.idOf(0)], [0, 0]);
  assertSound(registry);
});

Deno.test("LabelRegistry keeps labels of any bytes apart", () => {
  const labels = ["", "\x00", "\xff\xfe", "\xc3\xa9", "\xe9", "constructor", "__proto__", "x".repeat(100_000)];
  const registry = registryOf(...labels);
  assertEquals([registry.size, new Set(registry.orderedLabels).size], [labels.length, labels.length]);
  assertSound(registry);
  assertSound(unpacked(packed(registry), new LabelRegistry()));
});

Deno.test("LabelRegistry packs both maps and the next id, with gaps where labels were removed", () => {
  const registry = registryOf("A", "B", "C");
  registry.remove("A");
  registry.register("D");
  const bytes = packed(registry);
  // Both maps come in the order of a hash table, newest first among few.
  const byLabel = new Map([["D", 3], ["C", 2], ["B", 1]]);
  assertEquals(bytes, bytesOfPlain([byLabel, new Map([[3, "D"], [2, "C"], [1, "B"]]), 4]));
  const loaded = unpacked(bytes, new LabelRegistry());
  assertSound(loaded);
  assertEquals([loaded.size, loaded.idOf(loaded.register("E"))], [3, 4]);
  assertPacks(packed(new LabelRegistry()), () => new LabelRegistry());
});

Deno.test("LabelRegistry lists labels in another order after a load, as 1.1.1 does, and in the first one after two", () => {
  const registry = registryOf("A", "B");
  const once = unpacked(packed(registry), new LabelRegistry());
  assertEquals(once.orderedLabels, ["B", "A"]);
  assertEquals(unpacked(packed(once), new LabelRegistry()).orderedLabels, ["A", "B"]);
});

Deno.test("LabelRegistry refuses maps that contradict each other", () => {
  const broken = [
    [new Map([["A", 0]]), new Map([[0, "B"]]), 1],
    [new Map([["A", 0]]), new Map(), 1],
    [new Map(), new Map([[0, "A"]]), 1],
    [new Map([["A", 0], ["B", 0]]), new Map([[0, "A"]]), 1],
    [new Map([["A", 0]]), new Map([[0, "A"]]), 0],
    [new Map([["A", "0"]]), new Map([[0, "A"]]), 1],
    [new Map([["A", 2 ** 33]]), new Map([[2 ** 33, "A"]]), 2 ** 34],
  ];
  for (const parts of broken) {
    assertThrows(() => new LabelRegistry().unpack(new Reader(bytesOfPlain(parts as never))), Error);
  }
});

Deno.test("LabelRegistry stays sound when labels come and go at random", () => {
  const random = new SeededRandom(testSeed());
  const registry = new LabelRegistry();
  const ids = new HashOrderedSet<number>();
  const idOf = new Map<string, number>();
  let nextId = 0;
  for (let step = 0; step < 3000; step++) {
    const label = `l${random.below(60)}`;
    if (random.below(3) > 0) {
      if (!idOf.has(label)) {
        idOf.set(label, nextId);
        ids.insert(nextId++);
      }
      registry.register(label);
    } else {
      assertEquals(registry.remove(label) >= 0, idOf.has(label));
      if (idOf.has(label)) ids.erase(idOf.get(label)!);
      idOf.delete(label);
    }
    if (step % 100 !== 0) continue;
    assertSound(registry);
    const labelOf = new Map([...idOf].map(([label, id]) => [id, label]));
    const expected = labelOrder(ids, (id) => labelOf.get(id)!).map((id) => labelOf.get(id)!);
    assertEquals(registry.orderedLabels, expected, textOf(expected.join()));
    assert(registry.slotEnd <= 60);
    const [loaded, again] = [unpacked(packed(registry), new LabelRegistry()), new LabelRegistry()];
    assertEquals(new Set(loaded.orderedLabels), new Set(expected));
    unpacked(packed(loaded), again);
    assertSound(again);
  }
});
