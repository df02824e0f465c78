/**
 * Jubatus in TypeScript: typed clients for Jubatus servers, and a classifier to be used inside a program, without any
 * server. Both are compatible with Jubatus 1.1.1: the clients with its servers and proxies, the classifier with its
 * model files.
 *
 * | to … | use |
 * | --- | --- |
 * | call a server or proxy | {@link ClassifierClient}, {@link RegressionClient}, {@link StatClient} |
 * | classify in this program | {@link Classifier}, {@link bestLabel} |
 * | describe what is learned | {@link Datum}, {@link DatumPairs} |
 * | handle failures | {@link RpcError} and its subclasses, {@link ConfigError}, {@link ModelFileError} |
 *
 * Text is sent as UTF-8. Labels and values that a server holds need not be UTF-8: stray bytes appear as the code units
 * U+DC80 to U+DCFF, and come out as the same bytes when they are sent back.
 *
 * Layout of the sources: `lib/client` holds the clients, `lib/embedded` the classifier without a server, `lib/service`
 * one table of methods per service, `lib/engine`, `lib/feature` and `lib/model` what learns, `lib/rpc` and
 * `lib/msgpack` the wire, `lib/server`, `lib/proxy`, `lib/mix`, `lib/cluster` and `lib/supervisor` the programs of
 * `cli/`. CONTRIBUTING.md says which of them may import which.
 *
 * @example Classify without a server
 * ```ts
 * import { bestLabel, Classifier } from "@jubatus/jubatus";
 *
 * const classifier = new Classifier({
 *   method: "AROW",
 *   parameter: { regularization_weight: 1.0 },
 *   converter: {
 *     string_types: { unigram: { method: "ngram", char_num: "1" } },
 *     string_rules: [{ key: "*", type: "unigram", sample_weight: "bin", global_weight: "bin" }],
 *   },
 * });
 * classifier.train([
 *   ["Tokugawa", { name: "家康" }],
 *   ["Tokugawa", { name: "家光" }],
 *   ["Ashikaga", { name: "義満" }],
 *   ["Ashikaga", { name: "義政" }],
 * ]);
 * const [scores] = classifier.classify([{ name: "家綱" }]);
 * if (bestLabel(scores!)?.label !== "Tokugawa") throw new Error("not learned");
 *
 * const copy = Classifier.load(classifier.save());
 * if (copy.getLabels().get("Ashikaga") !== 2) throw new Error("not saved");
 * ```
 *
 * @example Use a server
 * ```ts
 * import { bestLabel, ClassifierClient, RpcError } from "@jubatus/jubatus";
 *
 * try {
 *   await using client = await ClassifierClient.connect({ host: "127.0.0.1", port: 9199, timeoutMs: 5000 });
 *   await client.train([["spam", { subject: "you won" }], ["ham", { subject: "lunch?" }]]);
 *   const [scores] = await client.classify([{ subject: "you won again" }]);
 *   console.log(bestLabel(scores!)?.label);
 * } catch (error) {
 *   if (!(error instanceof RpcError)) throw error;
 *   console.log(`no answer: ${error.message}`);
 * }
 * ```
 *
 * @module
 */
export { ConfigError, ConfigSyntaxError } from "./lib/base/config_error.ts";
export type { TextPosition } from "./lib/base/json_value.ts";
export { ClassifierClient } from "./lib/client/classifier_client.ts";
export { RegressionClient } from "./lib/client/regression_client.ts";
export type { ClientCallOptions, ClientOptions, CommonClient } from "./lib/client/service_client.ts";
export { StatClient } from "./lib/client/stat_client.ts";
export { bestLabel, Classifier, type SaveOptions } from "./lib/embedded/classifier.ts";
export type {
  ClassifierConfiguration,
  ClassifierParameter,
  CombinationRuleConfiguration,
  ConverterConfiguration,
  FilterRuleConfiguration,
  RuleConfiguration,
  StringRuleConfiguration,
  TypesConfiguration,
} from "./lib/embedded/classifier_configuration.ts";
export { ModelFileError } from "./lib/model/model_file.ts";
export {
  ArgumentError,
  ConnectError,
  ConnectionClosedError,
  MethodNotFoundError,
  QueueFullError,
  RemoteError,
  RequestTimeoutError,
  ResultError,
} from "./lib/rpc/call_errors.ts";
export { RpcError } from "./lib/rpc/errors.ts";
export type { ScoredLabel } from "./lib/service/classifier_service.ts";
export { type Datum, type DatumLists, DatumPairs } from "./lib/service/data.ts";
