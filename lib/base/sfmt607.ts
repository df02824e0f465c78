/** Words of the state: five of 128 bits. */
const WORDS = 20;
/** Distance of the second operand of the recursion, in words. */
const POSITION = 2 * 4;
const SHIFT_LEFT = 15;
const SHIFT_RIGHT = 13;
/** Bits by which whole 128-bit words are shifted, either way. */
const SHIFT_WIDE = 24;
const MASKS = Int32Array.of(0xfdff37ff, 0xef7f3f7d, 0xff777b7d, 0x7ff7fb2f);
const PARITY = Int32Array.of(1, 0, 0, 0x5986f054);

/** The SIMD-oriented fast Mersenne twister with period 2^607 - 1, made to be seeded again and again. */
export class Sfmt607 {
  readonly #state = new Int32Array(WORDS);
  #next = WORDS;

  constructor(seed = 0) {
    this.seed(seed);
  }

  /** Starts over; only the low 32 bits of the seed count. */
  seed(seed: number): void {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < WORDS; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
    this.#certifyPeriod();
    this.#next = WORDS;
  }

  /** A number from 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#next === WORDS) this.#refill();
    return this.#state[this.#next++]! >>> 0;
  }

  /** Some seeds would give a shorter period; flipping one bit puts that right. */
  #certifyPeriod(): void {
    const state = this.#state;
    let parity = 0;
    for (let i = 0; i < 4; i++) parity ^= state[i]! & PARITY[i]!;
    for (let shift = 16; shift > 0; shift >>= 1) parity ^= parity >> shift;
    if ((parity & 1) === 0) state[0]! ^= 1;
  }

  #refill(): void {
    const s = this.#state;
    let c = WORDS - 8;
    let d = WORDS - 4;
    for (let a = 0; a < WORDS; a += 4) {
      const b = (a + POSITION) % WORDS;
      const a0 = s[a]!, a1 = s[a + 1]!, a2 = s[a + 2]!, a3 = s[a + 3]!;
      const c0 = s[c]!, c1 = s[c + 1]!, c2 = s[c + 2]!, c3 = s[c + 3]!;
      const left1 = (a1 << SHIFT_WIDE) | (a0 >>> (32 - SHIFT_WIDE));
      const left2 = (a2 << SHIFT_WIDE) | (a1 >>> (32 - SHIFT_WIDE));
      const left3 = (a3 << SHIFT_WIDE) | (a2 >>> (32 - SHIFT_WIDE));
      const right0 = (c0 >>> SHIFT_WIDE) | (c1 << (32 - SHIFT_WIDE));
      const right1 = (c1 >>> SHIFT_WIDE) | (c2 << (32 - SHIFT_WIDE));
      const right2 = (c2 >>> SHIFT_WIDE) | (c3 << (32 - SHIFT_WIDE));
      s[a] = a0 ^ (a0 << SHIFT_WIDE) ^ ((s[b]! >>> SHIFT_RIGHT) & MASKS[0]!) ^ right0 ^ (s[d]! << SHIFT_LEFT);
      s[a + 1] = a1 ^ left1 ^ ((s[b + 1]! >>> SHIFT_RIGHT) & MASKS[1]!) ^ right1 ^ (s[d + 1]! << SHIFT_LEFT);
      s[a + 2] = a2 ^ left2 ^ ((s[b + 2]! >>> SHIFT_RIGHT) & MASKS[2]!) ^ right2 ^ (s[d + 2]! << SHIFT_LEFT);
      s[a + 3] = a3 ^ left3 ^ ((s[b + 3]! >>> SHIFT_RIGHT) & MASKS[3]!) ^ (c3 >>> SHIFT_WIDE) ^
        (s[d + 3]! << SHIFT_LEFT);
      c = d;
      d = a;
    }
    this.#next = 0;
  }
}
