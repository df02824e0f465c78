import { MersenneTwister } from "../base/mersenne_twister.ts";
import type { UnlearnerConfig } from "./unlearner_config.ts";

/** Generators of random numbers, each with its own sequence. */
export interface EngineRandom {
  /** For the ids of stored data. */
  readonly ids: MersenneTwister;
  /** For the choice of what to forget. */
  readonly unlearner: MersenneTwister;
}

/** The generators of one server, from an unpredictable seed or the one that the unlearner is configured with. */
export function createRandom(seed: number, unlearner: UnlearnerConfig | undefined): EngineRandom {
  const unlearnerSeed = unlearner?.method === "random" ? unlearner.seed : undefined;
  return { ids: new MersenneTwister(seed), unlearner: new MersenneTwister(unlearnerSeed ?? seed) };
}
