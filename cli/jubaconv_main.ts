import { bytesOf, byteStringOf } from "../lib/base/byte_string.ts";
import { ConfigError, ConfigSyntaxError } from "../lib/base/config_error.ts";
import { parseConfig, trailingTextWarning } from "../lib/base/config_reader.ts";
import { printJson } from "../lib/base/json_print.ts";
import { JsonSyntaxError, type JsonValue, parseJson } from "../lib/base/json_value.ts";
import { encodeText } from "../lib/base/text.ts";
import { Converter, featureSuffixes } from "../lib/feature/converter.ts";
import { compileConverter } from "../lib/feature/converter_config.ts";
import {
  DatumFormatError,
  datumOfJson,
  datumToJson,
  type FlatDatum,
  flattenJson,
  inHashOrder,
} from "../lib/feature/json_datum.ts";
import { formatNumber } from "../lib/feature/number_format.ts";
import { WeightStatistics } from "../lib/feature/weight_statistics.ts";
import { FeatureTable } from "../lib/model/feature_table.ts";
import { FeatureVector } from "../lib/model/feature_vector.ts";
import { Reader } from "../lib/msgpack/reader.ts";
import { Writer } from "../lib/msgpack/writer.ts";
import { diagnostic } from "../lib/server/fatal.ts";
import { DatumPairs, writeDatum } from "../lib/service/data.ts";
import { DatumBatch } from "../lib/service/datum_batch.ts";
import type { OptionValues } from "./options.ts";

/** What all failures of jubaconv exit with. */
const FAILED = 255;

/** The world as jubaconv sees it; replaced in tests. */
export interface ConvContext {
  /** All of standard input. */
  readonly input: () => Promise<Uint8Array>;
  /** Reads a file. */
  readonly readFile: (path: string) => Uint8Array;
  /** Writes a result to standard output. */
  readonly print: (result: Uint8Array) => void;
  /** Writes a line to standard error. */
  readonly complain: (message: string) => void;
}

/** Ends with this message on standard error. */
class Refusal extends Error {}

/** The work of jubaconv; returns the exit code. Nothing is printed when anything is wrong. */
export async function jubaconvMain(options: OptionValues, context: ConvContext): Promise<number> {
  const [from, to, file] = [options.string("input-format"), options.string("output-format"), options.string("conf")];
  try {
    if (from === "datum" && to === "json") throw new Refusal(`invalid input-output type: ${from} -> ${to}`);
    if (to === "fv" && file === "") throw new Refusal("specify converter config with -c flag");
    const convert = to === "fv" ? featureConverter(readConverter(file, context)) : undefined;
    const json = inHashOrder(readJson(await context.input()));
    if (to === "json") return printed(`${printJson(json)}\n`, context);
    if (convert === undefined) {
      // The original builds its objects once more on this way.
      const datum = from === "json" ? flattenJson(inHashOrder(json)) : datumOfJson(json);
      return printed(`${printJson(inHashOrder(datumToJson(datum)))}\n`, context);
    }
    for (const line of convert(from === "json" ? flattenJson(json) : datumOfJson(json))) context.print(line);
    return 0;
  } catch (error) {
    context.complain(complaintOf(error));
    return FAILED;
  }
}

function printed(text: string, context: ConvContext): number {
  context.print(encodeText(text));
  return 0;
}

function readJson(text: Uint8Array): JsonValue {
  try {
    return parseJson(text).value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new Refusal(`invalid json format\n${error.message}`, { cause: error });
  }
}

/** The converter of a server's configuration, or a configuration that is nothing else. */
function readConverter(path: string, context: ConvContext): JsonValue {
  let text: Uint8Array;
  try {
    text = context.readFile(path);
  } catch (cause) {
    throw new Refusal(`cannot open converter config file: ${path}`, { cause });
  }
  try {
    const document = parseConfig(byteStringOf(text));
    const warning = trailingTextWarning(document);
    if (warning !== undefined) context.complain(warning);
    const { value } = document;
    return value.kind === "object" ? value.members.get("converter") ?? value : value;
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    throw new Refusal(`syntax error in configuration: ${path}:${error.message}`, { cause: error });
  }
}

/** What a converter makes of a datum, as lines `NAME: WEIGHT`. Feature names are bytes, not always text. */
function featureConverter(config: JsonValue): (datum: FlatDatum) => Uint8Array[] {
  const plan = compileConverter(config);
  const features = new FeatureTable(featureSuffixes(plan));
  const orderings = { training: "never", queries: "always" } as const;
  const converter = new Converter(plan, features, new WeightStatistics(features), true, orderings);
  return (datum) => {
    const writer = new Writer();
    writer.writeArrayHeader(1);
    const binaries = datum.binaries.map(([key, value]) => [key, encodeText(value)] as const);
    writeDatum(writer, new DatumPairs({ ...datum, binaries }));
    const batch = new DatumBatch();
    batch.readList(new Reader(writer.take()), "none");
    const vector = new FeatureVector();
    converter.convertForQuery(batch, 0, vector);
    return Array.from(
      { length: vector.count },
      (_, i) => bytesOf(`${features.nameOf(vector.ids[i]!)}: ${formatNumber(vector.values[i]!)}\n`),
    );
  };
}

function complaintOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof DatumFormatError) return `invalid datum format\n${error.message}`;
  return error instanceof ConfigError ? error.describe() : diagnostic(error);
}
