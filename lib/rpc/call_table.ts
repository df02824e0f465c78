import { TIMER_MS_MAX } from "../base/clock.ts";

/** Message ids are below this. */
const ID_LIMIT = 0x100000000;
const SLOTS_MIN = 64;

/** A call as the table sees it. */
export interface TabledCall {
  /** Its message id. */
  readonly id: number;
  /** When it is late, by `performance.now()`; `Infinity` for never. */
  readonly deadline: number;
}

/**
 * Calls without an answer, by message id. Says which are late. One timer runs at a time and is not touched as calls
 * come and go: it finds out what it is for when it ends.
 */
export class CallTable<Call extends TabledCall> {
  /** A call is at its id modulo the length, which is a power of two; at most half are taken. */
  #slots: (Call | undefined)[] = emptySlots(SLOTS_MIN);
  #size = 0;
  readonly #late: (call: Call) => void;
  #nextId: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends: at the earliest deadline, or before. */
  #timerAt = Infinity;

  /** `late` takes calls that are still in the table after their deadline. Ids begin at `firstId`. */
  constructor(late: (call: Call) => void, firstId = 1) {
    this.#late = late;
    this.#nextId = firstId;
  }

  /** Number of calls. */
  get size(): number {
    return this.#size;
  }

  /** An id whose slot is free, most often one more than the last. */
  takeId(): number {
    const mask = this.#slots.length - 1;
    let id = this.#nextId;
    while (this.#slots[id & mask] !== undefined) id = (id + 1) % ID_LIMIT;
    this.#nextId = (id + 1) % ID_LIMIT;
    return id;
  }

  /** The call with an id. */
  get(id: number): Call | undefined {
    const call = this.#slots[id & (this.#slots.length - 1)];
    return call !== undefined && call.id === id ? call : undefined;
  }

  /** Takes in a call with the id that was taken last. */
  add(call: Call): void {
    this.#slots[call.id & (this.#slots.length - 1)] = call;
    if (++this.#size * 2 > this.#slots.length) this.#grow();
    if (call.deadline < this.#timerAt) this.#armTimer(call.deadline);
  }

  /** Takes out a call, which must be in. */
  delete(call: Call): void {
    this.#slots[call.id & (this.#slots.length - 1)] = undefined;
    this.#size--;
  }

  /** The calls of this moment, oldest first. */
  all(): Call[] {
    const calls = this.#slots.filter((call) => call !== undefined);
    // Ids count up, and begin again at 0.
    const age = (call: Call): number => (this.#nextId - call.id) >>> 0;
    return calls.sort((a, b) => age(b) - age(a));
  }

  /** Stops looking for late calls. */
  stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
  }

  #grow(): void {
    const slots = emptySlots<Call>(this.#slots.length * 2);
    for (const call of this.#slots) if (call !== undefined) slots[call.id & (slots.length - 1)] = call;
    this.#slots = slots;
  }

  #armTimer(deadline: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const leftMs = Math.max(0, Math.min(deadline - performance.now(), TIMER_MS_MAX));
    this.#timer = setTimeout(() => this.#findLate(), leftMs);
    // Whoever waits for an answer has a socket that keeps the program running.
    Deno.unrefTimer(this.#timer);
  }

  #findLate(): void {
    this.#timerAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const call of this.all()) {
      if (call.deadline <= now) this.#late(call);
      else next = Math.min(next, call.deadline);
    }
    if (next < this.#timerAt) this.#armTimer(next);
  }
}

function emptySlots<Call>(count: number): (Call | undefined)[] {
  return new Array<Call | undefined>(count).fill(undefined);
}
