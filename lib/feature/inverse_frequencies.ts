/** Places of the memory; a power of two. */
const PLACES = 1024;
/** No frequency is this. */
const NONE = -0x80000000;

/**
 * Logarithms of (documents + 1) / (frequency + 1), remembered by frequency as long as the number of documents stays:
 * while nothing is trained, queries meet the same frequencies again and again (0.7 instead of 1.3 µs for 150 words).
 */
export class InverseFrequencies {
  #documents = -1;
  /** Two frequencies that share a place only cost time. */
  readonly #frequencies = new Int32Array(PLACES).fill(NONE);
  readonly #logarithms = new Float64Array(PLACES);
  #logarithm: (x: number) => number = Math.log;

  /** Sets the number of documents, and how logarithms are computed. */
  begin(documents: number, logarithm: (x: number) => number): void {
    if (documents === this.#documents) return;
    this.#logarithm = logarithm;
    this.#documents = documents;
    this.#frequencies.fill(NONE);
  }

  /** The logarithm for a frequency. */
  of(frequency: number): number {
    const place = frequency & (PLACES - 1);
    if (this.#frequencies[place] !== frequency) {
      this.#frequencies[place] = frequency;
      this.#logarithms[place] = this.#logarithm((this.#documents + 1) / (frequency + 1));
    }
    return this.#logarithms[place]!;
  }
}
