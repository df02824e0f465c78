import { assertEquals } from "@std/assert";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { MixedCells } from "../../lib/model/mixed_cells.ts";
import { ABSENT } from "../../lib/model/row_shape.ts";
import { WeightTable } from "../../lib/model/weight_table.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const LABELS = 40;
const FEATURES = 60;

/** What a table holds, as a feature's weights and covariances by slot. */
type Model = Map<number, Map<number, { weight: number; covariance: number }>>;

function contents(table: WeightTable): Model {
  const model: Model = new Map();
  for (let id = 0; id < FEATURES; id++) {
    const start = table.rowStart(id);
    const row = new Map<number, { weight: number; covariance: number }>();
    for (let cell = start; cell < start + table.cellCount(id); cell++) {
      if (table.slots[cell] === ABSENT) continue;
      const covariance = table.hasCovariances ? table.covariances[cell]! : 1;
      row.set(table.slots[cell]!, { weight: table.weights[cell]!, covariance });
    }
    if (table.cellCount(id) > 0) model.set(id, new Map([...row].sort((a, b) => a[0] - b[0])));
  }
  return model;
}

function sorted(model: Model): Model {
  return new Map(
    [...model].sort((a, b) => a[0] - b[0]).map(([id, row]) => [id, new Map([...row].sort((a, b) => a[0] - b[0]))]),
  );
}

function scoresOf(model: Model, vector: FeatureVector): number[] {
  const scores = new Array<number>(LABELS).fill(0);
  for (let i = 0; i < vector.count; i++) {
    for (const [slot, { weight }] of model.get(vector.ids[i]!) ?? []) scores[slot]! += weight * vector.values[i]!;
  }
  return scores;
}

function randomVector(random: SeededRandom): FeatureVector {
  const vector = new FeatureVector();
  for (let n = random.below(30); n > 0; n--) vector.push(random.below(FEATURES), random.below(1000) / 7 - 50);
  if (random.below(10) === 0) vector.push(random.below(FEATURES), random.pick([Infinity, -Infinity, NaN]));
  return vector;
}

Deno.test("WeightTable holds what a Map holds and scores to the last bit alike, with random changes", () => {
  for (const isMixed of [false, true]) {
    for (const isScored of [false, true]) {
      for (const seed of [1, 2, 3]) {
        console.log(`seed ${seed}`);
        const random = new SeededRandom(seed);
        const table = isMixed ? new MixedCells(seed !== 2, isScored).table : new WeightTable(seed !== 2, isScored);
        const model: Model = new Map();
        table.reserveRows(FEATURES);
        for (let step = 0; step < 6000; step++) {
          const id = random.below(FEATURES);
          // Some features have few labels, others nearly all.
          const slot = id % 3 === 0 ? random.pick([0, 7, 39]) : random.below(1 + Math.floor(id * LABELS / FEATURES));
          const action = random.below(100);
          if (action === 0) {
            const emptied: number[] = [];
            table.removeSlot(slot, (id) => emptied.push(id));
            const expected = [...model].filter(([, row]) => row.delete(slot) && row.size === 0).map(([id]) => id);
            for (const id of expected) model.delete(id);
            assertEquals(emptied, expected.sort((a, b) => a - b));
          } else if (action === 1 && step % 7 === 0) {
            table.clear();
            table.reserveRows(FEATURES);
            model.clear();
          } else {
            const cell = table.require(id, slot);
            const row = model.get(id) ?? new Map();
            const was = row.get(slot) ?? { weight: 0, covariance: 1 };
            assertEquals(table.weights[cell], was.weight);
            if (table.hasCovariances) assertEquals(table.covariances[cell], was.covariance);
            const now = { weight: random.below(1000) / 3, covariance: table.hasCovariances ? random.below(9) / 9 : 1 };
            table.weights[cell] = now.weight;
            if (table.hasCovariances) table.covariances[cell] = now.covariance;
            model.set(id, row.set(slot, now));
          }
          assertEquals(table.rowCount, model.size);
          const other = random.below(LABELS);
          assertEquals(table.find(id, other) >= 0, model.get(id)?.has(other) ?? false);
          const scores = new Float64Array(LABELS);
          const vector = randomVector(random);
          table.addScores(vector, scores, LABELS);
          assertEquals([...scores], scoresOf(model, vector));
        }
        assertEquals(contents(table), sorted(model));
      }
    }
  }
});

Deno.test("WeightTable gives a feature of few among many labels few cells", () => {
  const table = new WeightTable(true, true);
  table.reserveRows(2);
  for (const slot of [999, 3]) table.require(0, slot);
  assertEquals(table.cellCount(0), 2);
  for (let slot = 0; slot < 1000; slot += 2) table.require(1, slot);
  assertEquals(table.cellCount(1), 1024);
  assertEquals([table.find(1, 998) >= 0, table.find(1, 999), table.find(1, 5000)], [true, -1, -1]);
});

Deno.test("WeightTable makes a row sparse again when a far label comes", () => {
  const table = new WeightTable(false, true);
  table.reserveRows(1);
  for (const slot of [0, 2]) table.weights[table.require(0, slot)] = slot + 1;
  table.weights[table.require(0, 500)] = 9;
  assertEquals(contents(table).get(0)?.size, 3);
  assertEquals(table.cellCount(0), 3);
  assertEquals([0, 2, 500].map((slot) => table.weights[table.find(0, slot)]), [1, 3, 9]);
});

Deno.test("WeightTable uses blocks again", () => {
  const table = new WeightTable(true, true);
  table.reserveRows(1);
  for (let round = 0; round < 1000; round++) {
    for (let slot = 0; slot < 20; slot++) table.require(0, slot);
    for (let slot = 0; slot < 20; slot++) table.removeSlot(slot, () => {});
    assertEquals(table.rowCount, 0);
  }
  assertEquals(table.weights.length, 256);
});
