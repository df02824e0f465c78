import { type ByteString, textOf } from "../../base/byte_string.ts";
import { invalidParameter, unsupportedMethod } from "../../base/config_error.ts";
import { anyJson, float, int32, object, string } from "../../base/config_reader.ts";
import type { JsonValue } from "../../base/json_value.ts";
import type { ConverterPlan } from "../../feature/converter_config.ts";
import type { ConverterPlugins } from "../../feature/converter_plugins.ts";
import { readEngineConfig, readParameter } from "../engine_config.ts";
import { type NearestNeighborConfig, readNearestNeighbor } from "../nearest_neighbor_config.ts";
import { readUnlearner, type UnlearnerConfig, type UnlearnerMembers, unlearnerMembers } from "../unlearner_config.ts";

/** Linear methods without a parameter of their own. */
export interface UnregularizedConfig {
  /** Method. */
  readonly method: "perceptron" | "PA";
  /** Bound on the number of labels. */
  readonly unlearner: UnlearnerConfig | undefined;
}

/** Linear methods with a regularization weight. */
export interface RegularizedConfig {
  /** Method. */
  readonly method: "PA1" | "PA2" | "CW" | "AROW" | "NHERD";
  /** Single precision, positive. */
  readonly regularizationWeight: number;
  /** Bound on the number of labels. */
  readonly unlearner: UnlearnerConfig | undefined;
}

/** Methods that keep every example and compare exactly. */
export interface InstanceConfig {
  /** Method. */
  readonly method: "cosine" | "euclidean";
  /** Neighbours that vote. */
  readonly nearestNeighborNum: number;
  /** Single precision, not negative. */
  readonly localSensitivity: number;
}

/** The method that keeps every example as a hash. */
export interface HashedInstanceConfig {
  /** Method. */
  readonly method: "NN";
  /** How examples are hashed. */
  readonly nearestNeighbor: NearestNeighborConfig;
  /** Neighbours that vote. */
  readonly nearestNeighborNum: number;
  /** Single precision, not negative. */
  readonly localSensitivity: number;
  /** Bound on the number of examples. */
  readonly unlearner: UnlearnerConfig | undefined;
}

/** One method under its canonical name, with its parameters. */
export type ClassifierMethodConfig = UnregularizedConfig | RegularizedConfig | InstanceConfig | HashedInstanceConfig;

/** A checked classifier configuration. */
export type ClassifierConfig = ClassifierMethodConfig & {
  /** Compiled converter. */
  readonly converter: ConverterPlan;
};

/** Every name that `method` may have. */
const methods: ReadonlyMap<ByteString, ClassifierMethodConfig["method"]> = new Map([
  ["perceptron", "perceptron"],
  ["PA", "PA"],
  ["passive_aggressive", "PA"],
  ["PA1", "PA1"],
  ["passive_aggressive_1", "PA1"],
  ["PA2", "PA2"],
  ["passive_aggressive_2", "PA2"],
  ["CW", "CW"],
  ["confidence_weighted", "CW"],
  ["AROW", "AROW"],
  ["arow", "AROW"],
  ["NHERD", "NHERD"],
  ["normal_herd", "NHERD"],
  ["cosine", "cosine"],
  ["euclidean", "euclidean"],
  ["NN", "NN"],
  ["nearest_neighbor", "NN"],
]);

interface RegularizedShape extends UnlearnerMembers {
  regularization_weight: number;
}

interface InstanceShape {
  nearest_neighbor_num: number;
  local_sensitivity: number;
}

interface HashedInstanceShape extends InstanceShape, UnlearnerMembers {
  method: ByteString;
  parameter: JsonValue;
}

const unregularizedShape = object<UnlearnerMembers>(unlearnerMembers);
const regularizedShape = object<RegularizedShape>({ regularization_weight: float, ...unlearnerMembers });
const instanceShape = object<InstanceShape>({ nearest_neighbor_num: int32, local_sensitivity: float });
const hashedInstanceShape = object<HashedInstanceShape>({
  method: string,
  parameter: anyJson,
  nearest_neighbor_num: int32,
  local_sensitivity: float,
  ...unlearnerMembers,
});

/** Reads a classifier configuration. Throws a ConfigError with the texts of Jubatus 1.1.1, in its order of checks. */
export function readClassifierConfig(text: ByteString, plugins?: ConverterPlugins): ClassifierConfig {
  const { method, parameter, converter } = readEngineConfig(text, plugins);
  return { ...readMethod(method, parameter), converter };
}

function readMethod(name: ByteString, parameter: JsonValue | undefined): ClassifierMethodConfig {
  const method = methods.get(name);
  switch (method) {
    case undefined:
      throw unsupportedMethod(`classifier(${textOf(name)})`);
    case "perceptron":
    case "PA": {
      const none: UnlearnerMembers = { unlearner: undefined, unlearner_parameter: undefined };
      const members = parameter === undefined ? none : readParameter(unregularizedShape, parameter);
      return { method, unlearner: readUnlearner(members) };
    }
    case "cosine":
    case "euclidean":
      return { method, ...checkInstance(readParameter(instanceShape, parameter)) };
    case "NN": {
      const members = readParameter(hashedInstanceShape, parameter);
      const unlearner = readUnlearner(members);
      const nearestNeighbor = readNearestNeighbor(members.method, members.parameter, ".parameter.parameter");
      return { method, unlearner, nearestNeighbor, ...checkInstance(members) };
    }
  }
  const members = readParameter(regularizedShape, parameter);
  const unlearner = readUnlearner(members);
  // Single precision, as Jubatus stores it: 0.1 acts as 0.10000000149011612.
  const regularizationWeight = Math.fround(members.regularization_weight);
  if (!(regularizationWeight > 0)) throw invalidParameter("0.0 < regularization_weight");
  return { method, regularizationWeight, unlearner };
}

/** 1.1.1 lets negative numbers of neighbours pass as huge ones, and NN does not check at all. */
function checkInstance(members: InstanceShape): { nearestNeighborNum: number; localSensitivity: number } {
  const nearestNeighborNum = members.nearest_neighbor_num;
  if (nearestNeighborNum < 1) throw invalidParameter("nearest neighbor num >= 1");
  const localSensitivity = Math.fround(members.local_sensitivity);
  if (!(localSensitivity >= 0)) throw invalidParameter("local_sensitivity should >= 0");
  return { nearestNeighborNum, localSensitivity };
}
