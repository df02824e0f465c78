import { assertEquals } from "@std/assert";
import { CellOrder } from "../../lib/model/cell_order.ts";
import { FeatureOrder, hashOfNames, ORDERED_FEATURES_MAX } from "../../lib/model/feature_order.ts";
import { HashOrderedMap, HashOrderedSet } from "../../lib/model/hash_order.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const nameOf = (id: number): string => `feature${id}@num`;
/** Slots are no label ids. */
const labelId = (slot: number): number => slot * 3 + 1;

/** The order of cells as two levels of tables have it. */
class PlainOrder {
  readonly rows = new HashOrderedMap<HashOrderedSet<number>>();

  add(id: number, slot: number): void {
    const row = this.rows.get(nameOf(id)) ?? new HashOrderedSet<number>();
    row.insert(labelId(slot));
    this.rows.set(nameOf(id), row);
  }

  remove(id: number, slot: number): void {
    const row = this.rows.get(nameOf(id));
    if (row?.erase(labelId(slot)) && row.size === 0) this.rows.delete(nameOf(id));
  }

  list(): [string, number[]][] {
    return this.rows.entries().map(([name, row]) => [name, row.keys()]);
  }
}

function listOf(order: CellOrder): [string, number[]][] {
  return [...order.ids()!].map((id) => [nameOf(id), order.slotsOf(id)!.map(labelId)]);
}

Deno.test("CellOrder is that of two levels of hash tables, whatever comes and goes", () => {
  for (const seed of [1, 2, 3]) {
    console.log(`seed ${seed}`);
    const random = new SeededRandom(seed);
    const order = new CellOrder(hashOfNames(nameOf), labelId);
    const plain = new PlainOrder();
    const cells = new Set<string>();
    for (let step = 0; step < 4000; step++) {
      const [id, slot] = [random.below(150), random.below(1 + random.below(40))];
      const isThere = cells.has(`${id} ${slot}`);
      if (!isThere && random.below(3) > 0) {
        order.add(id, slot);
        plain.add(id, slot);
        cells.add(`${id} ${slot}`);
      } else {
        order.remove(id, slot);
        plain.remove(id, slot);
        cells.delete(`${id} ${slot}`);
      }
      if (step % 200 === 0) assertEquals(listOf(order), plain.list());
    }
    assertEquals(listOf(order), plain.list());
  }
});

Deno.test("CellOrder.drain keeps the size of the table, and the cells that still belong here", () => {
  const order = new CellOrder(hashOfNames(nameOf), labelId);
  for (let id = 0; id < 30; id++) for (const slot of [0, 1]) order.add(id, slot);
  order.drain((id, slot) => id === 7 && slot === 1);
  assertEquals(listOf(order), [[nameOf(7), [4]]]);
  order.drain(() => false);
  assertEquals(listOf(order), []);
  const large = new HashOrderedSet<string>();
  for (let id = 0; id < 30; id++) large.insert(nameOf(id));
  large.drain();
  const fresh = new HashOrderedSet<string>();
  for (let id = 0; id < 9; id++) {
    order.add(id, 0);
    large.insert(nameOf(id));
    fresh.insert(nameOf(id));
  }
  assertEquals(listOf(order).map(([name]) => name), large.keys());
  // Otherwise the test would not tell.
  assertEquals(large.keys().join() === fresh.keys().join(), false);
  order.clear();
  for (let id = 0; id < 9; id++) order.add(id, 0);
  assertEquals(listOf(order).map(([name]) => name), fresh.keys());
});

Deno.test("FeatureOrder gives up when there are too many features, until it is cleared", () => {
  const order = new FeatureOrder(hashOfNames(nameOf));
  for (let id = 0; id < ORDERED_FEATURES_MAX; id++) order.add(id);
  assertEquals([order.isKnown, order.ids()?.length], [true, ORDERED_FEATURES_MAX]);
  order.add(0);
  assertEquals(order.isKnown, true);
  order.add(ORDERED_FEATURES_MAX);
  assertEquals([order.isKnown, order.ids()], [false, undefined]);
  order.remove(5);
  order.add(5);
  order.drain();
  assertEquals([order.isKnown, order.ids()], [false, undefined]);
  order.clear();
  order.add(3);
  assertEquals([...order.ids()!], [3]);
});

Deno.test("CellOrder gives up when there are too many cells", () => {
  const order = new CellOrder(hashOfNames(nameOf), labelId);
  for (let slot = 0; slot < 1000; slot++) for (let id = 0; id < 40; id++) order.add(id, slot);
  assertEquals([order.ids(), order.slotsOf(0)], [undefined, undefined]);
  order.remove(0, 0);
  order.drain(() => true);
  assertEquals(order.ids(), undefined);
  order.clear();
  order.add(1, 2);
  assertEquals(listOf(order), [[nameOf(1), [7]]]);
});
