import { SeededRandom } from "../../tests/support/seeded_random.ts";
import type { Example } from "./requests.ts";

const WORDS = 10_000;
const CLASS_WORDS = 200;
/** One in so many words of a document is one of its class. */
const CLASS_WORD_EVERY = 5;

/** Three labels, ten numbers each; the label shifts a third of them. */
export function tenNumbers(count: number): Example[] {
  const random = new SeededRandom(1);
  return Array.from({ length: count }, () => {
    const label = random.below(3);
    const numbers = Array.from(
      { length: 10 },
      (_, i) => [`f${i}`, normal(random) + (i % 3 === label ? label : 0)] as const,
    );
    return { label: `label${label}`, strings: [], numbers };
  });
}

/**
 * Documents of 200 words in 20 classes: four in five from 10,000 words by Zipf's law (the n-th word 1/n as often as
 * the first), the others from 200 words of the class, by the same law. About 120 words of a document differ. Words
 * are made of syllables, 2 to 9 letters, the more frequent the shorter.
 */
export function documents(count: number): Example[] {
  const random = new SeededRandom(2);
  const common = zipf(WORDS);
  const own = zipf(CLASS_WORDS);
  return Array.from({ length: count }, () => {
    const label = random.below(20);
    const words = Array.from(
      { length: 200 },
      () => random.below(CLASS_WORD_EVERY) > 0 ? word(common(random)) : word(WORDS + label * CLASS_WORDS + own(random)),
    );
    return { label: `class${label}`, strings: [["text", words.join(" ")] as const], numbers: [] };
  });
}

/** Says of what {@link documents} are made. */
export const documentsNote =
  `200 words, 20 labels; 4 in 5 words by Zipf from ${WORDS}, others by Zipf from ${CLASS_WORDS} of the label`;

/** The rows of a file in libsvm format; every number is one of the datum. */
export function libsvmRows(text: string): Example[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [label, ...cells] = line.trim().split(/\s+/);
    const numbers = cells.map((cell) => {
      const colon = cell.indexOf(":");
      return [cell.slice(0, colon), Number(cell.slice(colon + 1))] as const;
    });
    return { label: label!, strings: [], numbers };
  });
}

function normal(random: SeededRandom): number {
  const radius = Math.sqrt(-2 * Math.log((random.next() + 1) / 0x100000000));
  return radius * Math.cos(2 * Math.PI * random.next() / 0x100000000);
}

/** Draws numbers of `[0, count)`, each n with a frequency of 1 / (n + 1). */
function zipf(count: number): (random: SeededRandom) => number {
  const sums = new Float64Array(count);
  for (let n = 0, sum = 0; n < count; n++) sums[n] = sum += 1 / (n + 1);
  return (random) => {
    const at = random.next() / 0x100000000 * sums[count - 1]!;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const CONSONANTS = "tnsrhldcmfpgwybvkxjqz";
const VOWELS = "eaoiu";

/** A word for each number, no two alike. */
function word(number: number): string {
  let text = "";
  for (let rest = number + 1; rest > 0; rest = Math.floor(rest / 21 / 5)) {
    text += CONSONANTS[rest % 21]! + VOWELS[Math.floor(rest / 21) % 5]!;
  }
  return text + "" + (number % 3 === 0 ? "s" : number % 7 === 0 ? "ing" : "");
}
