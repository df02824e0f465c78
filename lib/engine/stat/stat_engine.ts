import type { ByteString } from "../../base/byte_string.ts";
import { naturalLogarithm } from "../../base/natural_logarithm.ts";
import type { Mixable } from "../../model/mixable.ts";
import type { Reader } from "../../msgpack/reader.ts";
import type { Writer } from "../../msgpack/writer.ts";
import type { EngineMethods } from "../../service/service.ts";
import { type StatService, statService } from "../../service/stat_service.ts";
import type { Engine, EngineContext, EngineType } from "../engine.ts";
import { MixedEntropy } from "./mixed_entropy.ts";
import { readStatConfig, type StatConfig } from "./stat_config.ts";
import { type KeySummary, ValueWindow } from "./value_window.ts";

/** The stat engine: simple statistics of the last values pushed. */
export class StatEngine implements Engine, EngineMethods<StatService> {
  readonly #config: StatConfig;
  readonly #context: EngineContext;
  readonly #window: ValueWindow;
  readonly #mixed: MixedEntropy;

  constructor(config: StatConfig, context: EngineContext) {
    this.#config = config;
    this.#context = context;
    this.#window = new ValueWindow(config.windowSize);
    this.#mixed = new MixedEntropy(this.#window);
  }

  get mixables(): readonly Mixable[] {
    return [this.#mixed];
  }

  get methods(): Engine["methods"] {
    return this as unknown as Engine["methods"];
  }

  push(key: ByteString, value: number): boolean {
    this.#window.push(key, value, Math.floor(this.#context.now()));
    return true;
  }

  sum(key: ByteString): number {
    return this.#summary("sum", key).sum;
  }

  /** Not a number when rounding makes the variance negative, as in 1.1.1. */
  stddev(key: ByteString): number {
    const summary = this.#summary("stddev", key);
    return Math.sqrt(secondMoment(summary, summary.sum / summary.count));
  }

  max(key: ByteString): number {
    return this.#summary("max", key).max;
  }

  min(key: ByteString): number {
    return this.#summary("min", key).min;
  }

  /** Of all keys, whatever is asked for: of all servers' as MIX last found it, else of those here. */
  entropy(_key: ByteString): number {
    if (this.#mixed.count !== 0) return this.#mixed.entropy;
    let sum = 0;
    for (const { count } of this.#window.summaries()) {
      const share = count / this.#window.size;
      sum += share * naturalLogarithm(share);
    }
    return -sum;
  }

  moment(key: ByteString, degree: number, center: number): number {
    if (degree < 0) return -1;
    const summary = this.#summary("moment", key);
    const { count, sum } = summary;
    switch (degree) {
      case 0:
        return 1;
      case 1:
        return (sum - center * count) / count;
      case 2:
        return secondMoment(summary, center);
      default:
        return this.#window.sumOfPowers(summary, degree, center) / count;
    }
  }

  clear(): boolean {
    this.#window.clear();
    this.#mixed.clear();
    return true;
  }

  status(): [ByteString, ByteString][] {
    return [["storage", "stat"]];
  }

  pack(writer: Writer): void {
    writer.writeArrayHeader(5);
    this.#window.pack(writer);
    writer.writeDouble(this.#mixed.logSum);
    writer.writeDouble(this.#mixed.count);
  }

  unpack(reader: Reader): void {
    reader.expectArray(5);
    this.#window.unpack(reader);
    this.#mixed.logSum = reader.readDouble();
    this.#mixed.count = reader.readDouble();
  }

  fresh(): StatEngine {
    return new StatEngine(this.#config, this.#context);
  }

  #summary(method: string, key: ByteString): KeySummary {
    const summary = this.#window.find(key);
    if (summary === undefined) throw new Error(`${method}: key ${key} not found`);
    return summary;
  }
}

/** From running sums, like 1.1.1: their rounding shows. */
function secondMoment({ count, sum, squareSum }: KeySummary, center: number): number {
  return (squareSum - 2 * sum * center) / count + center * center;
}

/** The engine of `jubastat`. */
export const statType: EngineType = {
  name: "stat",
  service: statService,
  usesRing: true,
  create: (config, context) => new StatEngine(readStatConfig(config), context),
};
