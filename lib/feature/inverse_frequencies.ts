import { naturalLogarithm } from "../base/natural_logarithm.ts";

/**
 * With more documents than this logarithms are no longer computed to the last digit, which takes longer: nobody compares
 * models of that size byte by byte, and ties are rare in them.
 */
const EXACT_DOCUMENTS_MAX = 1 << 12;
/** Places of the memory; a power of two. */
const PLACES = 1024;
/** No frequency is this. */
const NONE = -0x80000000;

/**
 * Logarithms of a ratio of the number of documents and that of those with a feature, remembered by the latter as long as
 * the former stays: while nothing is trained, queries meet the same frequencies again and again.
 */
export class InverseFrequencies {
  readonly #ratio: (documents: number, frequency: number) => number;
  #documents = -1;
  /** Two frequencies that share a place only cost time. */
  readonly #frequencies = new Int32Array(PLACES).fill(NONE);
  readonly #logarithms = new Float64Array(PLACES);

  constructor(ratio: (documents: number, frequency: number) => number) {
    this.#ratio = ratio;
  }

  /** Sets the number of documents. */
  begin(documents: number): void {
    if (documents === this.#documents) return;
    this.#documents = documents;
    this.#frequencies.fill(NONE);
  }

  /** The logarithm for a frequency. */
  of(frequency: number): number {
    const place = frequency & (PLACES - 1);
    return this.#frequencies[place] === frequency ? this.#logarithms[place]! : this.#remember(place, frequency);
  }

  #remember(place: number, frequency: number): number {
    this.#frequencies[place] = frequency;
    const ratio = this.#ratio(this.#documents, frequency);
    return this.#logarithms[place] = this.#documents > EXACT_DOCUMENTS_MAX ? Math.log(ratio) : naturalLogarithm(ratio);
  }
}
