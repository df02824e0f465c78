/** Floats kept for use again: 16 MiB. */
const FLOATS_MAX = 1 << 22;
/** Rows kept at most, as a power of two. */
const SLOT_BITS_MAX = 16;

/**
 * Rows of single-precision numbers that follow from a 64-bit key. As many as fit into a fixed room are
 * kept, each in the one slot that its key may have.
 */
export class RowCache {
  /** Length of a row. */
  readonly length: number;
  /** The rows kept, one per slot. */
  readonly rows: Float32Array<ArrayBuffer>;
  readonly #fill: (high: number, low: number, rows: Float32Array, start: number) => void;
  /** Key of the row in each slot, in halves. */
  readonly #high: Int32Array<ArrayBuffer>;
  readonly #low: Int32Array<ArrayBuffer>;
  /** Whether a slot was filled. */
  readonly #filled: Uint8Array<ArrayBuffer>;
  /** How far a scrambled key is shifted to become a slot. */
  readonly #shift: number;

  /** `fill` computes the row of a key into `rows[start, start + length)`. */
  constructor(length: number, fill: (high: number, low: number, rows: Float32Array, start: number) => void) {
    const bits = Math.max(1, Math.min(SLOT_BITS_MAX, Math.floor(Math.log2(FLOATS_MAX / length))));
    this.length = length;
    this.rows = new Float32Array((1 << bits) * length);
    this.#fill = fill;
    this.#high = new Int32Array(1 << bits);
    this.#low = new Int32Array(1 << bits);
    this.#filled = new Uint8Array(1 << bits);
    this.#shift = 32 - bits;
  }

  /** Where in {@link rows} the row of this key begins; valid until the next call. */
  rowOf(high: number, low: number): number {
    const slot = Math.imul(low, 0x9e3779b1) >>> this.#shift;
    const start = slot * this.length;
    if (this.#low[slot] === (low | 0) && this.#high[slot] === (high | 0) && this.#filled[slot] === 1) return start;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#filled[slot] = 1;
    this.#fill(high, low, this.rows, start);
    return start;
  }
}
