import { assertEquals } from "@std/assert";
import { CellOrders } from "../../lib/model/cell_order.ts";
import { IN_DIFF, IN_MASTER, MixedCells } from "../../lib/model/mixed_cells.ts";
import { SeededRandom } from "../support/seeded_random.ts";

/** What a cell holds, and which sides it is on. */
interface Plain {
  master: number;
  difference: number;
  masterCovariance: number;
  covarianceDifference: number;
  sides: number;
}

const FEATURES = 40;
const LABELS = 12;

/** Cells in both forms. */
class Cells {
  readonly mixed: MixedCells;
  readonly plain = new Map<string, Plain>();

  constructor(readonly hasCovariances: boolean, isScored: boolean) {
    this.mixed = new MixedCells(hasCovariances, isScored);
    this.mixed.table.reserveRows(FEATURES);
  }

  plainOf(id: number, slot: number): Plain {
    const key = `${id} ${slot}`;
    const cell = this.plain.get(key) ??
      { master: 0, difference: 0, masterCovariance: 0, covarianceDifference: 0, sides: 0 };
    this.plain.set(key, cell);
    return cell;
  }

  /** What a rule does: adds to the weight, and sets the covariance where there is one. */
  update(id: number, slot: number, step: number, covariance: number): void {
    const { mixed, hasCovariances } = this;
    const cell = mixed.table.require(id, slot);
    const plain = this.plainOf(id, slot);
    mixed.beginUpdate(Int32Array.of(cell), 1);
    mixed.table.weights[cell]! += step;
    if (hasCovariances) mixed.table.covariances[cell] = covariance;
    mixed.endUpdate(Int32Array.of(id), Int32Array.of(cell), 1);
    if (hasCovariances) {
      plain.difference = plain.master + plain.difference + step - plain.master;
      plain.covarianceDifference = covariance - plain.masterCovariance;
    } else {
      plain.difference += step;
    }
    plain.sides |= hasCovariances ? IN_DIFF | IN_MASTER : IN_DIFF;
  }

  assertSame(what: string): void {
    const { mixed } = this;
    const { table } = mixed;
    for (const [key, plain] of this.plain) {
      const [id, slot] = key.split(" ").map(Number) as [number, number];
      const cell = table.find(id, slot);
      const sides = (mixed.isOn(cell, IN_DIFF) ? IN_DIFF : 0) | (mixed.isOn(cell, IN_MASTER) ? IN_MASTER : 0);
      const difference = (plain.sides & IN_DIFF) === 0 ? 0 : plain.difference;
      assertEquals(
        [table.weights[cell], mixed.weightOn(cell, IN_MASTER), mixed.weightOn(cell, IN_DIFF), sides],
        [plain.master + difference, plain.master, difference, plain.sides],
        `${what}, ${key}`,
      );
      if (!this.hasCovariances) continue;
      const covarianceDifference = (plain.sides & IN_DIFF) === 0 ? 0 : plain.covarianceDifference;
      assertEquals(
        [table.covariances[cell], mixed.covarianceOn(cell, IN_MASTER), mixed.covarianceOn(cell, IN_DIFF)],
        [plain.masterCovariance + covarianceDifference, plain.masterCovariance, covarianceDifference],
        `${what}, ${key}`,
      );
    }
  }
}

Deno.test("MixedCells rounds each sum as 1.1.1 does, wherever rows move", () => {
  for (const [hasCovariances, isScored] of [[false, true], [true, true], [true, false]] as const) {
    for (const seed of [1, 2]) {
      console.log(`seed ${seed}`);
      const random = new SeededRandom(seed);
      const cells = new Cells(hasCovariances, isScored);
      const { mixed } = cells;
      for (let step = 0; step < 3000; step++) {
        const [id, slot] = [random.below(FEATURES), random.below(1 + random.below(LABELS))];
        if (random.below(20) > 0) {
          cells.update(id, slot, random.below(1000) / 7 - 70, random.below(1000) / 1001);
        } else if (random.below(3) === 0) {
          for (let other = 0; other < FEATURES; other++) cells.plain.delete(`${other} ${slot}`);
          mixed.table.removeSlot(slot, () => {});
        } else {
          // A round: all is sent, and comes back halved.
          sendAll(mixed);
          for (const [key, plain] of cells.plain) {
            if ((plain.sides & IN_DIFF) === 0) continue;
            const [id, slot] = key.split(" ").map(Number) as [number, number];
            mixed.addMixed(id, slot, plain.difference / 2, plain.covarianceDifference);
            plain.master += plain.difference / 2;
            plain.masterCovariance += plain.covarianceDifference;
            plain.difference = plain.covarianceDifference = 0;
            plain.sides = IN_MASTER;
          }
          mixed.endSending();
        }
        if (step % 100 === 0) cells.assertSame(`seed ${seed}, step ${step}`);
      }
      cells.assertSame(`seed ${seed}`);
    }
  }
});

function sendAll(mixed: MixedCells): void {
  for (let id = 0; id < FEATURES; id++) mixed.forgetSent(id);
  mixed.beginSending();
  for (let id = 0; id < FEATURES; id++) {
    const start = mixed.table.rowStart(id);
    for (let cell = start; cell < start + mixed.table.cellCount(id); cell++) {
      if (mixed.isOn(cell, IN_DIFF)) mixed.markSent(cell);
    }
  }
}

Deno.test("MixedCells keeps what was learned after sending, also when the cell moves meanwhile", () => {
  for (const hasCovariances of [false, true]) {
    const cells = new Cells(hasCovariances, true);
    const { mixed } = cells;
    cells.update(3, 0, 2, 0.5);
    sendAll(mixed);
    cells.update(3, 0, 0.25, 0.25);
    for (let slot = 1; slot < 9; slot++) cells.update(3, slot, 1, 0.5);
    cells.update(3, 0, 0.5, 0.125);
    mixed.addMixed(3, 0, 1, 0.5);
    mixed.endSending();
    const cell = mixed.table.find(3, 0);
    assertEquals([mixed.weightOn(cell, IN_MASTER), mixed.weightOn(cell, IN_DIFF)], [1, 0.75]);
    assertEquals([mixed.table.weights[cell], mixed.isOn(cell, IN_DIFF)], [1.75, true]);
    // The precision grew from 2 to 8, so it does from 2 on.
    if (hasCovariances) {
      assertEquals([mixed.table.covariances[cell], mixed.covarianceOn(cell, IN_DIFF)], [0.125, -0.375]);
    }
  }
});

Deno.test("MixedCells keeps a difference that was not sent, or sent before in vain", () => {
  const cells = new Cells(true, true);
  const { mixed } = cells;
  cells.update(1, 0, 2, 0.5);
  sendAll(mixed);
  mixed.endSending();
  mixed.addMixed(1, 0, 8, 0.5);
  const cell = mixed.table.find(1, 0);
  assertEquals([mixed.weightOn(cell, IN_MASTER), mixed.weightOn(cell, IN_DIFF)], [8, 2]);
  // From 1 to 0.5 the precision grew by 1, so now it is 2 + 1.
  assertEquals([mixed.covarianceOn(cell, IN_MASTER), mixed.table.covariances[cell]], [0.5, 1 / 3]);
});

Deno.test("MixedCells tells its orders of cells that come to a side, and that go", () => {
  const orders = new CellOrders((id) => `f${id}`, (slot) => slot);
  const mixed = new MixedCells(false, true, orders);
  mixed.table.reserveRows(4);
  const learn = (id: number, slot: number): void => {
    const cell = Int32Array.of(mixed.table.require(id, slot));
    mixed.beginUpdate(cell, 1);
    mixed.endUpdate(Int32Array.of(id), cell, 1);
  };
  const listed = (): unknown =>
    [orders.diff, orders.master].map((order) => [...order.ids()!].map((id) => [id, ...order.slotsOf(id)!]));
  for (const [id, slot] of [[1, 0], [1, 1], [2, 0], [1, 0]] as const) learn(id, slot);
  assertEquals(listed(), [[[2, 0], [1, 1, 0]], []]);
  for (const [id, slot] of [[1, 1], [3, 0]] as const) mixed.addMixed(id, slot, 1, 0);
  assertEquals(listed(), [[[2, 0], [1, 1, 0]], [[3, 0], [1, 1]]]);
  mixed.table.removeSlot(0, () => {});
  assertEquals(listed(), [[[1, 1]], [[1, 1]]]);
  mixed.table.clear();
  assertEquals(listed(), [[], []]);
});

Deno.test("MixedCells adds the master once where a cell was updated twice at a time", () => {
  for (const hasCovariances of [false, true]) {
    const cells = new Cells(hasCovariances, false);
    const { mixed } = cells;
    cells.update(3, 0, 2, 0.5);
    sendAll(mixed);
    mixed.addMixed(3, 0, 2, 0.5);
    mixed.endSending();
    const cell = mixed.table.find(3, 0);
    const twice = Int32Array.of(cell, cell);
    mixed.beginUpdate(twice, 2);
    for (let i = 0; i < 2; i++) {
      mixed.table.weights[cell]! += 0.25;
      if (hasCovariances) mixed.table.covariances[cell]! /= 2;
    }
    mixed.endUpdate(Int32Array.of(3, 3), twice, 2);
    assertEquals([mixed.weightOn(cell, IN_MASTER), mixed.weightOn(cell, IN_DIFF)], [2, 0.5]);
    assertEquals([mixed.table.weights[cell], mixed.isOn(cell, IN_DIFF)], [2.5, true]);
    if (hasCovariances) {
      assertEquals([mixed.table.covariances[cell], mixed.covarianceOn(cell, IN_DIFF)], [0.125, -0.375]);
    }
  }
});
