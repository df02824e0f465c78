import type { ByteString } from "../base/byte_string.ts";
import { ConfigError } from "../base/config_error.ts";
import { classifierType } from "./classifier/classifier_engine.ts";
import type { EngineType } from "./engine.ts";
import { regressionType } from "./regression/regression_engine.ts";
import { statType } from "./stat/stat_engine.ts";

/** All engines, by name. */
export const engineTypes: ReadonlyMap<string, EngineType> = new Map(
  [classifierType, regressionType, statType].map((type) => [type.name, type]),
);

/** Throws a `ConfigError` when the text is no configuration of this kind of engine. */
export function validateEngineConfig(type: string, config: ByteString): void {
  const engineType = engineTypes.get(type);
  if (engineType === undefined) {
    throw new ConfigError(`unknown engine type: ${type} (known: ${[...engineTypes.keys()].join(", ")})`);
  }
  engineType.create(config, { isMixed: false, seed: 0, now: () => 0, owner: "" });
}
