/** Repeatable random numbers for tests: the same seed gives the same numbers. Not for anything that must be secret. */
export class SeededRandom {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits (the mulberry32 generator). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (bits ^ (bits >>> 14)) >>> 0;
  }

  /** An integer of `[0, bound)`. */
  below(bound: number): number {
    return Math.floor(this.next() / 0x100000000 * bound);
  }

  /** One of the items; there must be one. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/**
 * The seed of a random test: `JUBATUS_TEST_SEED`, or another one each time. Printed, so that what was found can be
 * repeated.
 */
export function testSeed(): number {
  const seed = Number(Deno.env.get("JUBATUS_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`seed ${seed} (JUBATUS_TEST_SEED repeats it)`);
  return seed;
}
