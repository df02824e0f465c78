import { type ByteString, textOf } from "../../base/byte_string.ts";
import { invalidParameter, unsupportedMethod } from "../../base/config_error.ts";
import { anyJson, float, int32, object, optional, readShape, type Shape, string } from "../../base/config_reader.ts";
import type { JsonValue } from "../../base/json_value.ts";
import type { ConverterPlan } from "../../feature/converter_config.ts";
import type { ConverterPlugins } from "../../feature/converter_plugins.ts";
import { readEngineConfig, readParameter } from "../engine_config.ts";
import { type NearestNeighborConfig, readNearestNeighbor } from "../nearest_neighbor_config.ts";
import { readUnlearner, type UnlearnerConfig, type UnlearnerMembers, unlearnerMembers } from "../unlearner_config.ts";

/** The perceptron. */
export interface PerceptronConfig {
  /** Method. */
  readonly method: "perceptron";
  /** Single precision, positive. */
  readonly learningRate: number;
}

/** The passive-aggressive method with hard margin. */
export interface PassiveAggressiveConfig {
  /** Method. */
  readonly method: "PA";
  /** Errors up to this, relative to the spread of targets, are ignored. Single precision, not negative. */
  readonly sensitivity: number;
}

/** Linear methods with a regularization weight. */
export interface RegularizedConfig {
  /** Method. */
  readonly method: "PA1" | "PA2" | "CW" | "AROW" | "NHERD";
  /** Errors up to this are ignored; PA1 and PA2: relative to the spread of targets. Single precision, not negative. */
  readonly sensitivity: number;
  /** Single precision, positive. */
  readonly regularizationWeight: number;
}

/** How the targets of neighbours are averaged. */
export type NeighborWeight = "uniform" | "distance";

/** Methods that keep every example and compare exactly. */
export interface InstanceConfig {
  /** Method. */
  readonly method: "cosine" | "euclidean";
  /** Neighbours that count. */
  readonly nearestNeighborNum: number;
  /** How they count. */
  readonly weight: NeighborWeight;
}

/** The method that keeps every example as a hash. */
export interface HashedInstanceConfig {
  /** Method. */
  readonly method: "NN";
  /** How examples are hashed. */
  readonly nearestNeighbor: NearestNeighborConfig;
  /** Neighbours that count. */
  readonly nearestNeighborNum: number;
  /** How they count. */
  readonly weight: NeighborWeight;
  /** Bound on the number of examples. */
  readonly unlearner: UnlearnerConfig | undefined;
}

/** One linear method under its canonical name, with its parameters. */
export type LinearMethodConfig = PerceptronConfig | PassiveAggressiveConfig | RegularizedConfig;

/** One method under its canonical name, with its parameters. */
export type RegressionMethodConfig = LinearMethodConfig | InstanceConfig | HashedInstanceConfig;

/** A checked regression configuration. */
export type RegressionConfig = RegressionMethodConfig & {
  /** Compiled converter. */
  readonly converter: ConverterPlan;
};

/** Every name that `method` may have. */
const methods: ReadonlyMap<ByteString, RegressionMethodConfig["method"]> = new Map([
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
  ["NHERD", "NHERD"],
  ["normal_herd", "NHERD"],
  ["cosine", "cosine"],
  ["euclidean", "euclidean"],
  ["NN", "NN"],
  ["nearest_neighbor", "NN"],
]);

interface SensitiveShape {
  sensitivity: number;
}

interface RegularizedShape extends SensitiveShape {
  regularization_weight: number;
}

interface InstanceShape {
  nearest_neighbor_num: number;
  weight: ByteString | undefined;
}

interface HashedInstanceShape extends InstanceShape, UnlearnerMembers {
  method: ByteString;
  parameter: JsonValue;
}

const perceptronShape = object<{ learning_rate: number }>({ learning_rate: float });
const sensitiveShape = object<SensitiveShape>({ sensitivity: float });
const regularizedShape = object<RegularizedShape>({ sensitivity: float, regularization_weight: float });
const instanceShape = object<InstanceShape>({ nearest_neighbor_num: int32, weight: optional(string) });
const hashedInstanceShape = object<HashedInstanceShape>({
  method: string,
  parameter: anyJson,
  nearest_neighbor_num: int32,
  weight: optional(string),
  ...unlearnerMembers,
});

/** Reads a regression configuration. Throws a ConfigError with the texts of Jubatus 1.1.1, in its order of checks. */
export function readRegressionConfig(text: ByteString, plugins?: ConverterPlugins): RegressionConfig {
  const { method, parameter, converter } = readEngineConfig(text, plugins);
  return { ...readMethod(method, parameter), converter };
}

function readMethod(name: ByteString, parameter: JsonValue | undefined): RegressionMethodConfig {
  const method = methods.get(name);
  switch (method) {
    case undefined:
      throw unsupportedMethod(textOf(name));
    case "perceptron": {
      const { learning_rate } = readLinear(perceptronShape, parameter);
      return { method, learningRate: checkPositive("learning_rate", learning_rate) };
    }
    case "PA":
      return { method, sensitivity: checkSensitivity(readLinear(sensitiveShape, parameter).sensitivity) };
    case "cosine":
    case "euclidean":
      return { method, ...checkInstance(readParameter(instanceShape, parameter), "nearest neighbor num >= 1") };
    case "NN": {
      const members = readParameter(hashedInstanceShape, parameter);
      const unlearner = readUnlearner(members);
      const nearestNeighbor = readNearestNeighbor(members.method, members.parameter, ".parameter.parameter");
      return { method, unlearner, nearestNeighbor, ...checkInstance(members, "nearest_neighbor_num should >= 1") };
    }
  }
  const { sensitivity, regularization_weight } = readLinear(regularizedShape, parameter);
  const regularizationWeight = checkPositive("regularization_weight", regularization_weight);
  return { method, sensitivity: checkSensitivity(sensitivity), regularizationWeight };
}

/** Reads the parameters of a linear method. Without any, 1.1.1 complains of an unnamed null. */
function readLinear<T>(shape: Shape<T>, parameter: JsonValue | undefined): T {
  return parameter === undefined ? readShape(shape, { kind: "null" }) : readParameter(shape, parameter);
}

/** Rounds to single precision, as Jubatus stores it: 0.1 acts as 0.10000000149011612. */
function checkPositive(name: string, value: number): number {
  const single = Math.fround(value);
  if (!(single > 0)) throw invalidParameter(`0.0 < ${name}`);
  return single;
}

function checkSensitivity(value: number): number {
  const single = Math.fround(value);
  if (!(single >= 0)) throw invalidParameter("0.0 <= sensitivity");
  return single;
}

function checkInstance(
  members: InstanceShape,
  expected: string,
): { nearestNeighborNum: number; weight: NeighborWeight } {
  const { nearest_neighbor_num: nearestNeighborNum, weight = "uniform" } = members;
  if (nearestNeighborNum < 1) throw invalidParameter(expected);
  if (weight !== "uniform" && weight !== "distance") {
    throw invalidParameter("weight option must be distance or uniform");
  }
  return { nearestNeighborNum, weight };
}
