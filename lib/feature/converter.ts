/**
 * From the bytes of a datum to its feature vector. Longer than most files, because strings, numbers and binaries go
 * through the same buffers, which keep a datum from costing any allocation.
 *
 * @module
 */
import { type ByteString, byteStringOf } from "../base/byte_string.ts";
import { fnv1Modulo } from "../base/fnv.ts";
import { naturalLogarithm } from "../base/natural_logarithm.ts";
import type { FeatureTable } from "../model/feature_table.ts";
import type { FeatureVector } from "../model/feature_vector.ts";
import type { ConverterPlan, NumberRule, StringRule } from "./converter_config.ts";
import { type DatumBatch, NUMBER_STRIDE, STRING_STRIDE } from "../service/datum_batch.ts";
import { combineFeatures } from "./combinations.ts";
import { countIds } from "./count_ids.ts";
import { FeatureKeyError, FeatureValueError } from "./feature_errors.ts";
import { filterNumbers, filterStrings } from "./filtered_values.ts";
import { GlobalWeights, type Segment } from "./global_weights.ts";
import { formatNumber } from "./number_format.ts";
import { applies } from "./rule_match.ts";
import { WordSpans } from "./splitter.ts";
import type { WeightStatistics } from "./weight_statistics.ts";
import { SMALL_FEATURES_MAX, WordOrder, type WordOrdering } from "./word_order.ts";

const DOLLAR = 0x24;

/** When words are ordered in data that teach, and in queries. */
export interface WordOrderings {
  readonly training: WordOrdering;
  readonly queries: WordOrdering;
}

/** Words stand in the order of their first occurrences. */
export const UNORDERED: WordOrderings = { training: "never", queries: "never" };

/** A rule with the number of its name's suffix in the feature table; 0 when names are built whole. */
interface Compiled<Rule> {
  readonly rule: Rule;
  readonly suffix: ByteString;
  readonly suffixNumber: number;
}

/** The suffixes that a plan's rules give to feature names, for the feature table. */
export function featureSuffixes(plan: ConverterPlan): ByteString[] {
  return [...plan.numberRules.map(numberSuffix), ...plan.stringRules.map(stringSuffix)];
}

function numberSuffix(rule: NumberRule): ByteString {
  return rule.kind === "str" ? `@${rule.typeName}$` : `@${rule.typeName}`;
}

function stringSuffix(rule: StringRule): ByteString {
  return `@${rule.typeName}#${rule.sampleWeight}/${rule.globalWeight}`;
}

/**
 * Turns data into feature vectors as Jubatus 1.1.1 does: filters, string rules, number rules, document
 * statistics, global weights, combinations, hashing; in this order, which is also the vector's.
 *
 * Feature ids are made in the feature table; the caller ends each datum with the table's `dropUnheld`.
 */
export class Converter {
  readonly #plan: ConverterPlan;
  readonly #features: FeatureTable;
  readonly #stringRules: Compiled<StringRule>[];
  readonly #numberRules: Compiled<NumberRule>[];
  readonly #globalWeights: GlobalWeights;
  /** Query features without an id matter: for group lengths, combinations or hashing. */
  readonly #needsAll: boolean;
  readonly #wordOrder: WordOrder;
  readonly #orderings: WordOrderings;
  /** By feature id: index in the vector, valid only if that place holds this id. */
  #places = new Int32Array(64);
  #spans = new WordSpans();
  /** Ids of the words in `#spans`, or of a datum's numbers. */
  #wordIds = new Int32Array(256);
  #segments: Segment[] = [];
  /** The only rule and its suffix when all there is to do is one `num` rule on every key, else -1. */
  readonly #plainNumberSuffix: number;
  /** The datum teaches: ids are made, counters move. */
  #learning = false;
  /** Its words are put in the order of 1.1.1. */
  #ordering = false;
  /** Features without an id are kept. */
  #keepsUnknown = false;

  /**
   * @param needsAll the caller needs query features that were never trained (for norms, say)
   * @param orderings when the words of a value are put in the order of 1.1.1. With combinations they always are, as the
   *   names of those depend on it
   */
  constructor(
    plan: ConverterPlan,
    features: FeatureTable,
    statistics: WeightStatistics,
    needsAll = false,
    orderings: WordOrderings = UNORDERED,
  ) {
    this.#plan = plan;
    this.#features = features;
    this.#stringRules = plan.stringRules.map((rule) => this.#compile(rule, stringSuffix(rule)));
    this.#numberRules = plan.numberRules.map((rule) => this.#compile(rule, numberSuffix(rule)));
    this.#wordOrder = new WordOrder(features);
    // One word is in order; queries may do without unknown ones then.
    const isWhole = plan.stringRules.every((rule) => rule.isWholeValue);
    if (isWhole) this.#orderings = { training: "always", queries: "never" };
    else if (plan.combinationRules.length > 0) this.#orderings = { training: "always", queries: "always" };
    else this.#orderings = orderings;
    this.#globalWeights = new GlobalWeights(plan.stringRules, features, statistics, this.#wordOrder);
    this.#needsAll = needsAll || this.#globalWeights.countsGroups || plan.combinationRules.length > 0 ||
      plan.hashMaxSize !== undefined;
    const only = this.#numberRules[0];
    const plain = this.#numberRules.length === 1 && only!.rule.kind === "num" && only!.suffixNumber > 0 &&
      only!.rule.key.matchesAll && only!.rule.except === undefined && plan.numberFilterRules.length === 0;
    this.#plainNumberSuffix = plain ? only!.suffixNumber : -1;
  }

  /** Converts a datum to be learned: counts it in the statistics. Equal features stay apart. */
  convertForTraining(batch: DatumBatch, index: number, vector: FeatureVector): void {
    this.#learning = true;
    this.#ordering = this.#isOrdered(this.#orderings.training);
    this.#keepsUnknown = true;
    this.#convert(batch, index, vector);
  }

  /** Converts a datum to be classified: nothing is counted, equal features stay apart. */
  convertForQuery(batch: DatumBatch, index: number, vector: FeatureVector): void {
    this.#learning = false;
    this.#ordering = this.#isOrdered(this.#orderings.queries);
    // The place of a word depends on all others.
    this.#keepsUnknown = this.#needsAll || this.#ordering;
    this.#convert(batch, index, vector);
  }

  #convert(batch: DatumBatch, index: number, vector: FeatureVector): void {
    vector.count = 0;
    this.#segments.length = 0;
    if (this.#stringRules.length > 0) this.#convertStrings(batch, index, vector);
    if (this.#plainNumberSuffix >= 0) this.#convertPlainNumbers(batch, index, vector);
    else if (this.#numberRules.length > 0) this.#convertNumbers(batch, index, vector);
    if (this.#plan.binaryRules.length > 0) this.#convertBinaries(batch, index, vector);
    if (this.#learning) {
      this.#checkFinite(vector);
      this.#globalWeights.count(vector, this.#ordering);
    }
    this.#globalWeights.apply(vector, this.#segments);
    dropZeros(vector);
    if (this.#plan.combinationRules.length > 0) {
      combineFeatures(this.#plan.combinationRules, vector, this.#features, (name, value) => {
        // A product of large numbers may not be finite: it would spoil the weights of its feature for good.
        if (!this.#learning || Number.isFinite(value)) this.#pushName(name, value, vector);
      });
    }
    if (this.#plan.hashMaxSize !== undefined) this.#hashNames(vector, this.#plan.hashMaxSize);
  }

  // Numbers

  /** One `num` rule for every key: the id is one look-up by the key's bytes. */
  #convertPlainNumbers(batch: DatumBatch, index: number, vector: FeatureVector): void {
    const first = batch.numberStarts[index]!;
    const found = batch.numberStarts[index + 1]! - first;
    if (found === 0) return;
    if (this.#wordIds.length < found) this.#wordIds = new Int32Array(found * 2);
    const ids = this.#wordIds;
    const { numberKeys: keys, numberValues: values, view } = batch;
    const features = this.#features;
    const suffix = this.#plainNumberSuffix;
    const limit = keys[NUMBER_STRIDE * (first + found - 1) + 1]!;
    features.findWords(view, keys, first, found, limit, -1, suffix, ids);
    vector.reserve(found);
    let count = vector.count;
    for (let i = 0; i < found; i++) {
      let id = ids[i]!;
      if (id < 0) {
        const start = keys[(first + i) * NUMBER_STRIDE]!;
        const length = keys[(first + i) * NUMBER_STRIDE + 1]! - start;
        this.#checkKey(batch.bytes, start, length);
        if (!this.#keepsUnknown) continue;
        id = features.internWord(view, start, length, -1, suffix);
      }
      vector.ids[count] = id;
      vector.values[count++] = values[first + i]!;
    }
    vector.count = count;
  }

  #convertNumbers(batch: DatumBatch, index: number, vector: FeatureVector): void {
    const first = batch.numberStarts[index]!;
    const end = batch.numberStarts[index + 1]!;
    for (let i = first; i < end; i++) {
      const start = batch.numberKeys[i * NUMBER_STRIDE]!;
      const length = batch.numberKeys[i * NUMBER_STRIDE + 1]! - start;
      this.#applyNumberRules(batch.bytes, batch.view, start, length, batch.numberValues[i]!, vector);
    }
    if (this.#plan.numberFilterRules.length === 0) return;
    for (const { key, value } of filterNumbers(this.#plan.numberFilterRules, batch, first, end)) {
      this.#applyNumberRules(key, viewOf(key), 0, key.length, value, vector);
    }
  }

  #applyNumberRules(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    length: number,
    value: number,
    vector: FeatureVector,
  ): void {
    for (const { rule, suffix, suffixNumber } of this.#numberRules) {
      if (!applies(rule, bytes, start, start + length)) continue;
      this.#checkKey(bytes, start, length);
      if (rule.kind === "str") {
        this.#pushName(byteStringOf(bytes, start, start + length) + suffix + formatNumber(value), 1, vector);
      } else {
        const number = rule.kind === "num" ? value : value > 1 ? naturalLogarithm(value) : 0;
        if (suffixNumber === 0) {
          this.#pushName(byteStringOf(bytes, start, start + length) + suffix, number, vector);
        } else {
          const id = this.#keepsUnknown
            ? this.#features.internWord(view, start, length, -1, suffixNumber)
            : this.#features.findWord(view, start, length, -1, suffixNumber);
          if (id >= 0) vector.push(id, number);
        }
      }
    }
  }

  // Strings

  #convertStrings(batch: DatumBatch, index: number, vector: FeatureVector): void {
    const first = batch.stringStarts[index]!;
    const end = batch.stringStarts[index + 1]!;
    if (first === end) return;
    const strings = batch.strings;
    for (const compiled of this.#stringRules) {
      for (let i = first * STRING_STRIDE; i < end * STRING_STRIDE; i += STRING_STRIDE) {
        this.#applyStringRule(
          compiled,
          batch.bytes,
          batch.view,
          strings[i]!,
          strings[i + 1]!,
          batch.bytes,
          batch.view,
          strings[i + 2]!,
          strings[i + 3]!,
          vector,
        );
      }
    }
    if (this.#plan.stringFilterRules.length === 0) return;
    const made = filterStrings(this.#plan.stringFilterRules, batch, first, end);
    for (const compiled of this.#stringRules) {
      for (const { key, value } of made) {
        this.#applyStringRule(
          compiled,
          key,
          viewOf(key),
          0,
          key.length,
          value,
          viewOf(value),
          0,
          value.length,
          vector,
        );
      }
    }
  }

  #applyStringRule(
    { rule, suffix, suffixNumber }: Compiled<StringRule>,
    keyBytes: Uint8Array,
    keyView: DataView,
    keyStart: number,
    keyLength: number,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    length: number,
    vector: FeatureVector,
  ): void {
    if (!applies(rule, keyBytes, keyStart, keyStart + keyLength)) return;
    const spans = this.#spans;
    spans.clear();
    if (rule.isWholeValue) spans.push(start, start + length);
    else rule.splitter.split(bytes, start, start + length, spans);
    if (spans.count === 0) return;
    const segmentStart = vector.count;
    const features = this.#features;
    if (suffixNumber === 0) {
      this.#checkKey(keyBytes, keyStart, keyLength);
      const key = byteStringOf(keyBytes, keyStart, keyStart + keyLength);
      for (let i = 0; i < spans.count; i++) {
        const word = byteStringOf(bytes, spans.offsets[2 * i]!, spans.offsets[2 * i + 1]!);
        const name = `${key}$${word}${suffix}`;
        const id = this.#keepsUnknown ? features.intern(name) : features.find(name);
        if (id >= 0) this.#countWord(id, segmentStart, vector);
      }
    } else {
      let key = features.findKey(keyView, keyStart, keyLength);
      if (key < 0) {
        this.#checkKey(keyBytes, keyStart, keyLength);
        if (!this.#keepsUnknown) return;
        key = features.internKey(keyView, keyStart, keyLength);
      }
      this.#countWords(view, start + length, key, suffixNumber, segmentStart, vector);
    }
    const values = vector.values;
    if (rule.sampleWeight === "bin") values.fill(1, segmentStart, vector.count);
    else if (rule.sampleWeight === "log_tf") {
      for (let i = segmentStart; i < vector.count; i++) values[i] = logarithmOfWhole(1 + values[i]!);
    }
    if (this.#ordering) this.#wordOrder.apply(vector, segmentStart, suffix);
    if (rule.globalWeight !== "bin") {
      const group = rule.globalWeight === "bm25"
        ? byteStringOf(keyBytes, keyStart, keyStart + keyLength) + suffix.slice(suffix.lastIndexOf("@"))
        : "";
      this.#segments.push({ rule, start: segmentStart, end: vector.count, group });
    }
  }

  /** Adds the words in `#spans`, all of one key and of a value that ends at `limit`. */
  #countWords(
    view: DataView,
    limit: number,
    key: number,
    suffix: number,
    segmentStart: number,
    vector: FeatureVector,
  ): void {
    const features = this.#features;
    const { offsets, count } = this.#spans;
    if (this.#wordIds.length < count) this.#wordIds = new Int32Array(count * 2);
    const ids = this.#wordIds;
    features.findWords(view, offsets, 0, count, limit, key, suffix, ids);
    if (this.#keepsUnknown) {
      for (let i = 0; i < count; i++) {
        if (ids[i]! >= 0) continue;
        const start = offsets[2 * i]!;
        ids[i] = features.internWord(view, start, offsets[2 * i + 1]! - start, key, suffix);
      }
    }
    if (this.#places.length < features.idEnd) this.#places = new Int32Array(features.idEnd * 2);
    vector.reserve(count);
    vector.count = countIds(ids, count, this.#places, segmentStart, vector.ids, vector.values, vector.count);
  }

  /** Adds one occurrence of a word to the features from `segmentStart` on. */
  #countWord(id: number, segmentStart: number, vector: FeatureVector): void {
    if (id >= this.#places.length) {
      const grown = new Int32Array(id * 2);
      grown.set(this.#places);
      this.#places = grown;
    }
    const place = this.#places[id]!;
    if (place >= segmentStart && place < vector.count && vector.ids[place] === id) {
      vector.values[place]!++;
    } else {
      this.#places[id] = vector.count;
      vector.push(id, 1);
    }
  }

  // Binaries

  #convertBinaries(batch: DatumBatch, index: number, vector: FeatureVector): void {
    const first = batch.binaryStarts[index]! * STRING_STRIDE;
    const end = batch.binaryStarts[index + 1]! * STRING_STRIDE;
    const binaries = batch.binaries;
    for (const rule of this.#plan.binaryRules) {
      for (let i = first; i < end; i += STRING_STRIDE) {
        const keyEnd = binaries[i]! + binaries[i + 1]!;
        if (!applies(rule, batch.bytes, binaries[i]!, keyEnd)) continue;
        this.#checkKey(batch.bytes, binaries[i]!, binaries[i + 1]!);
        const prefix = `${byteStringOf(batch.bytes, binaries[i]!, keyEnd)}@${rule.typeName}`;
        const value = batch.bytes.subarray(binaries[i + 2]!, binaries[i + 2]! + binaries[i + 3]!);
        for (const [name, weight] of rule.extract(prefix, value)) this.#pushName(name, weight, vector);
      }
    }
  }

  #hashNames(vector: FeatureVector, size: number | bigint): void {
    for (let i = 0; i < vector.count; i++) {
      const name = this.#features.nameOf(vector.ids[i]!);
      vector.ids[i] = this.#features.intern(String(fnv1Modulo(name, size)));
    }
  }

  #pushName(name: ByteString, value: number, vector: FeatureVector): void {
    const id = this.#keepsUnknown ? this.#features.intern(name) : this.#features.find(name);
    if (id >= 0) vector.push(id, value);
  }

  #checkKey(bytes: Uint8Array, start: number, length: number): void {
    for (let i = start; i < start + length; i++) {
      if (bytes[i] === DOLLAR) throw new FeatureKeyError(byteStringOf(bytes, start, start + length));
    }
  }

  /** A number that is not finite would spoil the weights of its feature for good. */
  #checkFinite(vector: FeatureVector): void {
    const { values, count } = vector;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[i]! * 0;
    if (sum === 0) return;
    for (let i = 0; i < count; i++) {
      if (!Number.isFinite(values[i]!)) {
        throw new FeatureValueError(this.#features.nameOf(vector.ids[i]!), values[i]!);
      }
    }
  }

  #isOrdered(ordering: WordOrdering): boolean {
    return ordering === "always" || (ordering === "while small" && this.#features.size <= SMALL_FEATURES_MAX);
  }

  #compile<Rule>(rule: Rule, suffix: ByteString): Compiled<Rule> {
    return { rule, suffix, suffixNumber: this.#features.suffixNumber(suffix) };
  }
}

/** Zeros go before combinations are made; a NaN of a query stays. */
function dropZeros(vector: FeatureVector): void {
  const { ids, values, count } = vector;
  let kept = 0;
  while (kept < count && values[kept] !== 0) kept++;
  for (let i = kept + 1; i < count; i++) {
    if (values[i] === 0) continue;
    ids[kept] = ids[i]!;
    values[kept++] = values[i]!;
  }
  vector.count = kept;
}

/** Logarithms of small whole numbers; 0 where there was no need yet. */
const logarithms = new Float64Array(64);

function logarithmOfWhole(n: number): number {
  return n < logarithms.length ? logarithms[n] ||= naturalLogarithm(n) : naturalLogarithm(n);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
