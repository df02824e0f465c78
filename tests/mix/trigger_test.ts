import { assertEquals } from "@std/assert";
import { MixTrigger } from "../../lib/mix/trigger.ts";
import { ManualClock } from "../support/manual_clock.ts";

/** A signal that never comes. */
const never = new AbortController().signal;

Deno.test("MixTrigger is due when there are so many updates, until it is reset", () => {
  const trigger = new MixTrigger(new ManualClock(), 0, 3);
  for (const expected of [false, false, true, true]) {
    trigger.updated();
    assertEquals(trigger.isDue, expected);
  }
  trigger.reset();
  assertEquals([trigger.count, trigger.isDue], [0, false]);
});

Deno.test("MixTrigger is due when the last reset is longer ago than the interval", async () => {
  const clock = new ManualClock();
  const trigger = new MixTrigger(clock, 16, 0);
  await clock.advance(16_000);
  assertEquals(trigger.isDue, false);
  await clock.advance(1);
  assertEquals(trigger.isDue, true);
  trigger.reset();
  assertEquals(trigger.isDue, false);
});

Deno.test("MixTrigger is never due when both intervals are 0", async () => {
  const clock = new ManualClock();
  const trigger = new MixTrigger(clock, 0, 0);
  for (let i = 0; i < 1000; i++) trigger.updated();
  await clock.advance(1e9);
  assertEquals(trigger.isDue, false);
});

Deno.test("MixTrigger counts what came after a difference was sent when that is mixed", () => {
  const trigger = new MixTrigger(new ManualClock(), 0, 3);
  for (let i = 0; i < 5; i++) trigger.updated();
  trigger.restart();
  trigger.sending();
  for (let i = 0; i < 2; i++) trigger.updated();
  assertEquals([trigger.count, trigger.isDue], [7, false]);
  trigger.mixed();
  assertEquals([trigger.count, trigger.isDue], [2, false]);
  // Another round has nothing more of it.
  trigger.mixed();
  assertEquals([trigger.count, trigger.isDue], [2, false]);
  trigger.updated();
  assertEquals([trigger.count, trigger.isDue], [3, true]);
});

Deno.test("MixTrigger is due at once when there was enough while a round was under way", () => {
  const trigger = new MixTrigger(new ManualClock(), 0, 3);
  trigger.sending();
  for (let i = 0; i < 3; i++) trigger.updated();
  trigger.restart();
  trigger.mixed();
  assertEquals([trigger.count, trigger.isDue], [3, true]);
});

Deno.test("MixTrigger keeps counting what was sent in vain, and is due again after the interval or as many more", async () => {
  const clock = new ManualClock();
  const trigger = new MixTrigger(clock, 16, 3);
  for (let i = 0; i < 4; i++) trigger.updated();
  trigger.sending();
  trigger.forgetSent();
  trigger.restart();
  assertEquals([trigger.count, trigger.isDue], [4, false]);
  await clock.advance(16_001);
  assertEquals(trigger.isDue, true);
  trigger.restart();
  for (let i = 0; i < 3; i++) trigger.updated();
  assertEquals([trigger.count, trigger.isDue], [7, true]);
  trigger.mixed();
  assertEquals(trigger.count, 7);
});

Deno.test("MixTrigger waits for enough updates, or half a second", async () => {
  const clock = new ManualClock();
  const trigger = new MixTrigger(clock, 0, 2);
  let waits = 0;
  void trigger.wait(never).then(() => waits++);
  trigger.updated();
  await clock.advance(499);
  assertEquals(waits, 0);
  trigger.updated();
  await clock.advance(0);
  assertEquals(waits, 1);
  trigger.reset();
  void trigger.wait(never).then(() => waits++);
  await clock.advance(500);
  assertEquals(waits, 2);
});

Deno.test("MixTrigger waits no longer when it is told to stop", async () => {
  const stop = new AbortController();
  const trigger = new MixTrigger(new ManualClock(), 16, 512);
  const waited = trigger.wait(stop.signal);
  stop.abort();
  await waited;
  await trigger.wait(stop.signal);
});
