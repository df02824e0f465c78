import type { MersenneTwister } from "../base/mersenne_twister.ts";
import { LruUnlearner, RandomUnlearner, type Unlearner } from "../model/unlearner.ts";
import type { UnlearnerConfig } from "./unlearner_config.ts";

/** The unlearner that a configuration asks for. */
export function createUnlearner(config: UnlearnerConfig | undefined, random: MersenneTwister): Unlearner | undefined {
  switch (config?.method) {
    case undefined:
      return undefined;
    case "lru": {
      const sticky = config.stickyPattern;
      return new LruUnlearner(config.maxSize, sticky === undefined ? undefined : (key) => sticky.matchesName(key));
    }
    case "random":
      return new RandomUnlearner(config.maxSize, random);
  }
}
