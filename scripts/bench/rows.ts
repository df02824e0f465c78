/**
 * Microbenchmark of {@link WeightTable}: how long it takes to score a datum, by number of labels and by how many of
 * them a feature was seen with, in a table that makes half full rows dense and in one that keeps all rows sorted.
 *
 *   deno run scripts/bench/rows.ts
 *
 * @module
 */
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { WeightTable } from "../../lib/model/weight_table.ts";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { formatTable } from "../text_table.ts";

const DOCUMENTS = 2000;
const SECONDS = 0.5;

const cases = [
  { labels: 2, share: 1, features: 30_000, perDatum: 10 },
  { labels: 20, share: 1, features: 30_000, perDatum: 150 },
  { labels: 20, share: 0.7, features: 30_000, perDatum: 150 },
  { labels: 20, share: 0.2, features: 30_000, perDatum: 150 },
  { labels: 1000, share: 1, features: 2000, perDatum: 50 },
  { labels: 1000, share: 0.01, features: 2000, perDatum: 50 },
] as const;

const rows = [["labels", "of them seen", "features", "ns/datum, sorted rows", "ns/datum, dense where half full"]];
for (const { labels, share, features, perDatum } of cases) {
  const times = [false, true].map((isScored) => measure(isScored, labels, share, features, perDatum).toFixed(0));
  rows.push([`${labels}`, `${share * 100} %`, `${features}, ${perDatum} at a time`, ...times]);
}
console.log(formatTable(rows, { rightFrom: 3 }));

/** Nanoseconds to score one datum: the fastest of many short measurements, which others have disturbed least. */
function measure(isScored: boolean, labels: number, share: number, features: number, perDatum: number): number {
  const random = new SeededRandom(1);
  const table = new WeightTable(true, isScored);
  table.reserveRows(features);
  for (let id = 0; id < features; id++) {
    for (let slot = 0; slot < labels; slot++) {
      if (random.below(1000) < share * 1000) table.weights[table.require(id, slot)] = random.below(1000) / 7;
    }
  }
  // Few features are frequent and many are rare, as words are.
  const documents = Array.from({ length: DOCUMENTS }, () => {
    const vector = new FeatureVector();
    for (let i = 0; i < perDatum; i++) vector.push(Math.floor(features ** (random.next() / 0x100000000)), 1.5);
    return vector;
  });
  const scores = new Float64Array(labels);
  let least = Infinity;
  const end = performance.now() + SECONDS * 1000;
  for (let next = 0; performance.now() < end;) {
    const begin = performance.now();
    for (let i = 0; i < 100; i++) table.addScores(documents[next++ % DOCUMENTS]!, scores, labels);
    least = Math.min(least, (performance.now() - begin) * 1e4);
  }
  return least;
}
