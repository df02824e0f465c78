/** Each bucket's numbers are at most this much apart. */
const RATIO = 1.02;

/** Counts positive numbers in buckets of equal ratio. */
export class Histogram {
  readonly #buckets = new Float64Array(1024);
  #count = 0;
  /** The last number and its bucket: replies that come together have waited equally long. */
  #last = -1;
  #lastBucket = 0;

  /** Counts one number. */
  add(value: number): void {
    if (value !== this.#last) {
      this.#last = value;
      const bucket = Math.floor(Math.log(Math.max(1, value)) / Math.log(RATIO));
      this.#lastBucket = Math.min(this.#buckets.length - 1, bucket);
    }
    this.#buckets[this.#lastBucket]!++;
    this.#count++;
  }

  /** The number that the share `quantile` of all numbers does not exceed; 0 when there are none. */
  quantile(quantile: number): number {
    let left = this.#count * quantile;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket]!;
      if (left < 0) return RATIO ** (bucket + 0.5);
    }
    return 0;
  }
}
