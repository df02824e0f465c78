import type { ClassifierAlgorithm } from "../../../lib/engine/classifier/algorithm.ts";
import { LabelScores } from "../../../lib/engine/classifier/algorithm.ts";
import { byteStringOf } from "../../../lib/base/byte_string.ts";
import { sortAndMerge } from "../../../lib/feature/sort_and_merge.ts";
import type { FeatureTable } from "../../../lib/model/feature_table.ts";
import { FeatureVector } from "../../../lib/model/feature_vector.ts";

/** Names and values of a vector; `x` stands for the feature `x@num`. */
export type Members = Readonly<Record<string, number>>;

/** Feeds an algorithm without a converter. */
export class Session<Algorithm extends ClassifierAlgorithm> {
  readonly algorithm: Algorithm;
  readonly #features: FeatureTable;
  readonly #scores = new LabelScores();

  constructor(algorithm: Algorithm, features: FeatureTable) {
    this.algorithm = algorithm;
    this.#features = features;
  }

  train(label: string, members: Members): void {
    const vector = this.#vector(members);
    sortAndMerge(vector, this.#features);
    this.algorithm.train(vector, label);
    this.#features.dropUnheld();
  }

  /** Labels and scores, in result order. */
  classify(members: Members): [string, number][] {
    this.algorithm.score(this.#vector(members), this.#scores);
    this.#features.dropUnheld();
    const { labels, encoded, scores, count } = this.#scores;
    return Array.from({ length: count }, (_, i) => {
      if (byteStringOf(encoded[i]!, 1) !== labels[i]) throw new Error(`label ${labels[i]} is encoded wrongly`);
      return [labels[i]!, scores[i]!];
    });
  }

  #vector(members: Members): FeatureVector {
    const vector = new FeatureVector();
    for (const [name, value] of Object.entries(members)) vector.push(this.#features.intern(`${name}@num`), value);
    return vector;
  }
}
