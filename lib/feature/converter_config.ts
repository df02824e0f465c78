/**
 * The `converter` part of a configuration: its shape, and the plan of types and rules it compiles
 * to. The two are apart because Jubatus 1.1.1 reports all shape problems of the whole
 * configuration first and then the first fault in meaning.
 *
 * @module
 */

import { type ByteString, textOf } from "../base/byte_string.ts";
import { converterError } from "../base/config_error.ts";
import { int64, listOf, mapOf, object, optional, readShape, type Shape, string } from "../base/config_reader.ts";
import type { JsonValue } from "../base/json_value.ts";
import { type BinaryFeature, type ConverterPlugins, loadPlugin } from "./converter_plugins.ts";
import { compileKeyMatcher, type KeyMatcher } from "./key_matcher.ts";
import { compileNumberFilter, type NumberFilter } from "./number_filter.ts";
import { RegexpSplitter } from "./regexp_splitter.ts";
import { CharacterSetSplitter, NgramSplitter, spaceSplitter, type Splitter, wholeValueSplitter } from "./splitter.ts";
import { RegexpFilter, type StringFilter } from "./string_filter.ts";
import { parameterOf, parseLeadingInteger, type TypeParameters } from "./type_parameters.ts";

/** Types of one kind: name to parameters. */
type TypesShape = ReadonlyMap<ByteString, TypeParameters> | undefined;

/** Member of `string_filter_rules` and `num_filter_rules`. */
interface FilterRuleShape {
  key: ByteString;
  except: ByteString | undefined;
  type: ByteString;
  suffix: ByteString;
}

/** Member of `string_rules`. */
interface StringRuleShape {
  key: ByteString;
  except: ByteString | undefined;
  type: ByteString;
  sample_weight: ByteString;
  global_weight: ByteString;
}

/** Member of `num_rules` and `binary_rules`. */
interface TypedRuleShape {
  key: ByteString;
  except: ByteString | undefined;
  type: ByteString;
}

/** Member of `combination_rules`. */
interface CombinationRuleShape {
  key_left: ByteString;
  key_right: ByteString;
  except_left: ByteString | undefined;
  except_right: ByteString | undefined;
  type: ByteString;
}

/** The converter object as configured. */
export interface ConverterShape {
  /** Named string filters. */
  string_filter_types: TypesShape;
  /** Which values are filtered. */
  string_filter_rules: FilterRuleShape[] | undefined;
  /** Named number filters. */
  num_filter_types: TypesShape;
  /** Which numbers are filtered. */
  num_filter_rules: FilterRuleShape[] | undefined;
  /** Named splitters. */
  string_types: TypesShape;
  /** Which values are split, and how words are weighted. */
  string_rules: StringRuleShape[] | undefined;
  /** Named number features; plugins only. */
  num_types: TypesShape;
  /** Which numbers become features. */
  num_rules: TypedRuleShape[] | undefined;
  /** Named binary features; plugins only. */
  binary_types: TypesShape;
  /** Which binaries become features. */
  binary_rules: TypedRuleShape[] | undefined;
  /** Named combinations; plugins only. */
  combination_types: TypesShape;
  /** Which features are combined. */
  combination_rules: CombinationRuleShape[] | undefined;
  /** Number of hashed feature names. */
  hash_max_size: number | bigint | undefined;
}

const types: Shape<TypesShape> = optional(mapOf(mapOf(string)));
const filterRules = optional(listOf(
  object<FilterRuleShape>({ key: string, except: optional(string), type: string, suffix: string }),
));
const typedRules = optional(listOf(object<TypedRuleShape>({ key: string, except: optional(string), type: string })));

/** Shape of the converter object. */
export const converterShape: Shape<ConverterShape> = object<ConverterShape>({
  string_filter_types: types,
  string_filter_rules: filterRules,
  num_filter_types: types,
  num_filter_rules: filterRules,
  string_types: types,
  string_rules: optional(listOf(object<StringRuleShape>({
    key: string,
    except: optional(string),
    type: string,
    sample_weight: string,
    global_weight: string,
  }))),
  num_types: types,
  num_rules: typedRules,
  binary_types: types,
  binary_rules: typedRules,
  combination_types: types,
  combination_rules: optional(listOf(object<CombinationRuleShape>({
    key_left: string,
    key_right: string,
    except_left: optional(string),
    except_right: optional(string),
    type: string,
  }))),
  hash_max_size: optional(int64),
});

/** Which keys a rule is for. */
interface KeyedRule {
  /** Keys the rule is for. */
  readonly key: KeyMatcher;
  /** Keys excluded again. */
  readonly except: KeyMatcher | undefined;
}

/** Makes a new string value from matching ones. */
export interface StringFilterRule extends KeyedRule {
  /** Computes the value. */
  readonly filter: StringFilter;
  /** Appended to the key. */
  readonly suffix: ByteString;
}

/** Makes a new number from matching ones. */
export interface NumberFilterRule extends KeyedRule {
  /** Computes the number. */
  readonly filter: NumberFilter;
  /** Appended to the key. */
  readonly suffix: ByteString;
}

/** How often a word counts in its value. */
export type SampleWeight = "bin" | "tf" | "log_tf";

/** How much a feature counts among all documents. */
export type GlobalWeight = "bin" | "idf" | "idf1" | "bm25" | "weight";

/** Makes features from the words of matching string values. */
export interface StringRule extends KeyedRule {
  /** Finds the words. */
  readonly splitter: Splitter;
  /** The only word is the value: there is no need to ask the splitter. */
  readonly isWholeValue: boolean;
  /** Type name in the feature name. */
  readonly typeName: ByteString;
  /** Weight within the value. */
  readonly sampleWeight: SampleWeight;
  /** Weight among documents. */
  readonly globalWeight: GlobalWeight;
}

/** Makes a feature from matching numbers. */
export interface NumberRule extends KeyedRule {
  /** Type name in the feature name. */
  readonly typeName: ByteString;
  /** The value itself, its logarithm, or a feature named after the value. */
  readonly kind: "num" | "log" | "str";
}

/** Makes features from matching binaries. */
export interface BinaryRule extends KeyedRule {
  /** Type name in the feature name. */
  readonly typeName: ByteString;
  /** Computes the features. */
  readonly extract: BinaryFeature;
}

/** Makes features from pairs of features. */
export interface CombinationRule {
  /** Names of the left feature. */
  readonly left: KeyMatcher;
  /** Names of the right feature. */
  readonly right: KeyMatcher;
  /** Left names excluded again. */
  readonly exceptLeft: KeyMatcher | undefined;
  /** Right names excluded again. */
  readonly exceptRight: KeyMatcher | undefined;
  /** Type name in the feature name. */
  readonly typeName: ByteString;
  /** Sum or product; both are commutative. */
  readonly kind: "add" | "mul";
}

/** A checked converter configuration. Rules are in configured order, which is feature order. */
export interface ConverterPlan {
  /** Rules that make string values. */
  readonly stringFilterRules: readonly StringFilterRule[];
  /** Rules that make numbers. */
  readonly numberFilterRules: readonly NumberFilterRule[];
  /** Rules for string values. */
  readonly stringRules: readonly StringRule[];
  /** Rules for numbers. */
  readonly numberRules: readonly NumberRule[];
  /** Rules for binaries. */
  readonly binaryRules: readonly BinaryRule[];
  /** Rules for pairs of features. */
  readonly combinationRules: readonly CombinationRule[];
  /** Feature names are hashed to this many, if given. */
  readonly hashMaxSize: number | bigint | undefined;
}

/** Checks and compiles a converter object that stands alone (jubaconv). Throws a ConfigError. */
export function compileConverter(value: JsonValue, plugins: ConverterPlugins = {}): ConverterPlan {
  return compileConverterPlan(readShape(converterShape, value), plugins);
}

/** Compiles a converter whose shape is right: all types, also unused ones, then the rules. Throws a ConfigError. */
export function compileConverterPlan(shape: ConverterShape, plugins: ConverterPlugins = {}): ConverterPlan {
  const hashMaxSize = checkHashMaxSize(shape.hash_max_size);
  const stringFilters = compileTypes(shape.string_filter_types, (method, parameters) => {
    if (method === "dynamic") return loadPlugin(plugins.stringFilters, parameters);
    if (method !== "regexp") throw converterError(`unknown filter name: ${textOf(method)}`);
    const pattern = parameterOf(parameters, "pattern");
    return new RegexpFilter(pattern, parameterOf(parameters, "replace"));
  });
  const numberFilters = compileTypes(
    shape.num_filter_types,
    (method, parameters) =>
      method === "dynamic" ? loadPlugin(plugins.numberFilters, parameters) : compileNumberFilter(method, parameters),
  );
  const splitters = compileTypes(
    shape.string_types,
    (method, parameters) =>
      method === "dynamic" ? loadPlugin(plugins.splitters, parameters) : compileSplitter(method, parameters),
    new Map([["str", wholeValueSplitter], ["space", spaceSplitter]]),
  );
  const numberKinds = compileTypes(
    shape.num_types,
    pluginsOnly<NumberRule["kind"]>("num"),
    new Map([["num", "num"], ["log", "log"], ["str", "str"]]),
  );
  const binaryFeatures = compileTypes(
    shape.binary_types,
    (method, parameters) =>
      method === "dynamic"
        ? loadPlugin(plugins.binaryFeatures, parameters)
        : pluginsOnly<BinaryFeature>("binary")(method, parameters),
  );
  const combinations = compileTypes(
    shape.combination_types,
    pluginsOnly<CombinationRule["kind"]>("combination"),
    new Map([["add", "add"], ["mul", "mul"]]),
  );
  return {
    hashMaxSize,
    stringFilterRules: (shape.string_filter_rules ?? []).map((rule) => ({
      ...compileKeys(rule),
      filter: lookUp(stringFilters, rule.type, "type", "string_filter_rules"),
      suffix: rule.suffix,
    })),
    numberFilterRules: (shape.num_filter_rules ?? []).map((rule) => ({
      ...compileKeys(rule),
      filter: lookUp(numberFilters, rule.type, "type", "num_filter_rules"),
      suffix: rule.suffix,
    })),
    stringRules: (shape.string_rules ?? []).map((rule) => compileStringRule(rule, splitters)),
    numberRules: (shape.num_rules ?? []).map((rule) => ({
      ...compileKeys(rule),
      kind: lookUp(numberKinds, rule.type, "type", "num_rules"),
      typeName: rule.type,
    })),
    binaryRules: (shape.binary_rules ?? []).map((rule) => ({
      ...compileKeys(rule),
      extract: lookUp(binaryFeatures, rule.type, "type", "binary_rules"),
      typeName: rule.type,
    })),
    combinationRules: (shape.combination_rules ?? []).map((rule) => ({
      left: compileKeyMatcher(rule.key_left),
      right: compileKeyMatcher(rule.key_right),
      exceptLeft: compileOptional(rule.except_left),
      exceptRight: compileOptional(rule.except_right),
      kind: lookUp(combinations, rule.type, "type", "combination_rules"),
      typeName: rule.type,
    })),
  };
}

const sampleWeights: ReadonlyMap<string, SampleWeight> = new Map([["bin", "bin"], ["tf", "tf"], ["log_tf", "log_tf"]]);
const globalWeights: ReadonlyMap<string, GlobalWeight> = new Map([
  ["bin", "bin"],
  ["idf", "idf"],
  ["idf1", "idf1"],
  ["bm25", "bm25"],
  ["weight", "weight"],
]);

function checkHashMaxSize(size: number | bigint | undefined): number | bigint | undefined {
  if (size !== undefined && size <= 0) throw converterError(`hash_max_size must be positive, but is ${size}`);
  return size;
}

/** Builds all types of one kind by name, on top of the predefined ones. */
function compileTypes<T>(
  configured: TypesShape,
  build: (method: ByteString, parameters: TypeParameters) => T,
  predefined: ReadonlyMap<ByteString, T> = new Map(),
): Map<ByteString, T> {
  const compiled = new Map(predefined);
  for (const [name, parameters] of configured ?? []) {
    const method = parameters.get("method");
    if (method === undefined) throw converterError("parameter: [method] must be defined");
    compiled.set(name, build(method, parameters));
  }
  return compiled;
}

/** For kinds of types that only plugins can add, and no plugin can here. */
function pluginsOnly<T>(kind: string): (method: ByteString, parameters: TypeParameters) => T {
  return (method, parameters) => {
    if (method === "dynamic") return loadPlugin<T>(undefined, parameters);
    throw converterError(`unknown ${kind} feature name: ${textOf(method)}`);
  };
}

function compileSplitter(method: ByteString, parameters: TypeParameters): Splitter {
  switch (method) {
    case "ngram": {
      const text = parameters.get("char_num");
      if (text === undefined) throw converterError('"char_num" is not specified in parameters');
      const length = parseLeadingInteger(text);
      if (length === undefined) throw converterError(`"char_num" must be an integer value: ${textOf(text)}`);
      if (length <= 0) throw converterError(`char_num must be positive integer: ${length}`);
      return new NgramSplitter(length);
    }
    case "split":
      return new CharacterSetSplitter(splitterParameter(parameters, "separators"));
    case "regexp": {
      const pattern = splitterParameter(parameters, "pattern");
      const text = parameters.get("group") ?? "0";
      const group = parseLeadingInteger(text);
      if (group === undefined) throw converterError(`is not integer: group = ${textOf(text)}`);
      return new RegexpSplitter(pattern, group);
    }
  }
  throw converterError(`unknown splitter name: ${textOf(method)}`);
}

function splitterParameter(parameters: TypeParameters, name: string): ByteString {
  const value = parameters.get(name);
  if (value === undefined) throw converterError(`not found: ${name}`);
  return value;
}

function compileStringRule(rule: StringRuleShape, splitters: ReadonlyMap<ByteString, Splitter>): StringRule {
  const splitter = lookUp(splitters, rule.type, "type", "string_rules");
  return {
    ...compileKeys(rule),
    splitter,
    isWholeValue: splitter === wholeValueSplitter,
    typeName: rule.type,
    sampleWeight: lookUp(sampleWeights, rule.sample_weight, "sample_weight", "string_rules"),
    globalWeight: lookUp(globalWeights, rule.global_weight, "global_weight", "string_rules"),
  };
}

function lookUp<T>(table: ReadonlyMap<ByteString, T>, name: ByteString, what: string, where: string): T {
  const found = table.get(name);
  if (found === undefined) throw converterError(`unknown ${what}: [${textOf(name)}] in ${where}`);
  return found;
}

function compileKeys(rule: { key: ByteString; except: ByteString | undefined }): KeyedRule {
  return { key: compileKeyMatcher(rule.key), except: compileOptional(rule.except) };
}

function compileOptional(pattern: ByteString | undefined): KeyMatcher | undefined {
  return pattern === undefined ? undefined : compileKeyMatcher(pattern);
}
