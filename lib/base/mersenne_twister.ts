const STATE_SIZE = 624;
const SHIFT_SIZE = 397;
const MATRIX = 0x9908b0df;

/** The 32-bit Mersenne twister MT19937, seeded with one number. */
export class MersenneTwister {
  readonly #state = new Int32Array(STATE_SIZE);
  /** Next word of the state to be used. */
  #next = STATE_SIZE;

  /** Only the low 32 bits of the seed count. */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < STATE_SIZE; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** A number from 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#next === STATE_SIZE) this.#refill();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A number from 0 to below 1, of 53 random bits. */
  real53(): number {
    const a = this.uint32() >>> 5;
    const b = this.uint32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /** An integer from 0 to below `limit`. */
  int(limit: number): number {
    return Math.floor(this.real53() * limit);
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % STATE_SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT_SIZE) % STATE_SIZE]! ^ (y >>> 1) ^ (y & 1 ? MATRIX : 0);
    }
    this.#next = 0;
  }
}
