import type { Reader } from "../msgpack/reader.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";

/** Integers per string or binary value: key start, key length, value start, value length. */
export const STRING_STRIDE = 4;
/** Integers per number: key start, key end. */
export const NUMBER_STRIDE = 2;

/** A batch with more room is not kept for requests of fewer bytes than {@link SMALL_REQUEST_BYTES}. */
const KEPT_ELEMENTS = 1 << 18;
const SMALL_REQUEST_BYTES = 1 << 16;

/** What precedes each datum in a list: nothing, a label, or a number to be learned. */
export type DatumPrefix = "none" | "label" | "score";

/**
 * The data of one request, as offsets into the request's own bytes: one pass finds every key and value
 * and checks every type, so that a request with a fault anywhere teaches nothing.
 *
 * A batch is reused; it is valid until the next `read…` and as long as the bytes are.
 */
export class DatumBatch {
  /** The bytes that all offsets refer to. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The same bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Number of data. */
  count = 0;
  /** Per datum: start and length of its label. */
  labels: Int32Array = new Int32Array(32);
  /** Per datum: the number to be learned. */
  scores: Float64Array = new Float64Array(16);
  /** Per datum: index of its first string value; one more at the end. Likewise the next two. */
  stringStarts: Int32Array = new Int32Array(17);
  numberStarts: Int32Array = new Int32Array(17);
  binaryStarts: Int32Array = new Int32Array(17);
  /** See {@link STRING_STRIDE}. */
  strings: Int32Array = new Int32Array(64 * STRING_STRIDE);
  /** See {@link NUMBER_STRIDE}; parallel to `numberValues`. */
  numberKeys: Int32Array = new Int32Array(64 * NUMBER_STRIDE);
  numberValues: Float64Array = new Float64Array(64);
  /** See {@link STRING_STRIDE}. */
  binaries: Int32Array = new Int32Array(16 * STRING_STRIDE);
  #stringCount = 0;
  #numberCount = 0;
  #binaryCount = 0;

  /** True when a large request has left much more room than the one at hand needs. */
  isOversizedFor(reader: Reader): boolean {
    return reader.end - reader.position < SMALL_REQUEST_BYTES &&
      this.scores.length + this.strings.length + this.numberValues.length + this.binaries.length > KEPT_ELEMENTS;
  }

  /** Reads a list of data, each preceded by what `prefix` says (then as a 2-array). */
  readList(reader: Reader, prefix: DatumPrefix): void {
    const count = reader.readArrayHeader();
    this.#begin(reader, Math.min(count, reader.end - reader.position));
    for (let i = 0; i < count; i++) {
      this.#beginDatum(i);
      if (prefix === "none") this.#readDatum(reader);
      else this.#readPrefixed(reader, prefix, i);
    }
    this.#finish(count);
  }

  /** Reads a single datum. */
  readOne(reader: Reader): void {
    this.#begin(reader, 1);
    this.#beginDatum(0);
    this.#readDatum(reader);
    this.#finish(1);
  }

  #begin(reader: Reader, count: number): void {
    this.#stringCount = 0;
    this.#numberCount = 0;
    this.#binaryCount = 0;
    if (count >= this.scores.length) {
      const capacity = count + 1;
      this.labels = new Int32Array(capacity * 2);
      this.scores = new Float64Array(capacity);
      this.stringStarts = new Int32Array(capacity + 1);
      this.numberStarts = new Int32Array(capacity + 1);
      this.binaryStarts = new Int32Array(capacity + 1);
    }
    this.bytes = reader.bytes;
    this.view = reader.view;
  }

  #beginDatum(index: number): void {
    this.labels[index * 2] = 0;
    this.labels[index * 2 + 1] = 0;
    this.scores[index] = 0;
    this.stringStarts[index] = this.#stringCount;
    this.numberStarts[index] = this.#numberCount;
    this.binaryStarts[index] = this.#binaryCount;
  }

  #finish(count: number): void {
    this.count = count;
    this.stringStarts[count] = this.#stringCount;
    this.numberStarts[count] = this.#numberCount;
    this.binaryStarts[count] = this.#binaryCount;
  }

  #readPrefixed(reader: Reader, prefix: DatumPrefix, index: number): void {
    const members = reader.readArrayHeader();
    if (members > 0) {
      if (prefix === "label") {
        const length = reader.readRawSpan();
        this.labels[index * 2] = reader.rawStart;
        this.labels[index * 2 + 1] = length;
      } else {
        this.scores[index] = reader.readDouble();
      }
    }
    if (members > 1) this.#readDatum(reader);
    for (let i = 2; i < members; i++) reader.skip();
  }

  #readDatum(reader: Reader): void {
    const members = reader.readArrayHeader();
    if (members > 0) this.#readStrings(reader);
    if (members > 1) this.#readNumbers(reader);
    if (members > 2) this.#readBinaries(reader);
    for (let i = 3; i < members; i++) reader.skip();
  }

  #readStrings(reader: Reader): void {
    const count = reader.readArrayHeader();
    for (let i = 0; i < count; i++) {
      if ((this.#stringCount + 1) * STRING_STRIDE > this.strings.length) this.strings = doubled(this.strings);
      readPair(reader, this.strings, this.#stringCount++ * STRING_STRIDE);
    }
  }

  #readBinaries(reader: Reader): void {
    const count = reader.readArrayHeader();
    for (let i = 0; i < count; i++) {
      if ((this.#binaryCount + 1) * STRING_STRIDE > this.binaries.length) this.binaries = doubled(this.binaries);
      readPair(reader, this.binaries, this.#binaryCount++ * STRING_STRIDE);
    }
  }

  /** Key and number pairs; the usual encoding (short key, double) is read in place. */
  #readNumbers(reader: Reader): void {
    const count = reader.readArrayHeader();
    const { bytes, view, end } = reader;
    let { numberKeys: keys, numberValues: values } = this;
    let number = this.#numberCount;
    let at = reader.position;
    for (const numberEnd = number + count; number < numberEnd; number++) {
      if (number === values.length) {
        this.#growNumbers();
        ({ numberKeys: keys, numberValues: values } = this);
      }
      if (at + 2 < end && bytes[at] === 0x92) {
        const keyLength = bytes[at + 1]! - 0xa0;
        const valueAt = at + 2 + keyLength;
        if (keyLength >= 0 && keyLength < 32 && valueAt + 9 <= end && bytes[valueAt] === 0xcb) {
          keys[number * NUMBER_STRIDE] = at + 2;
          keys[number * NUMBER_STRIDE + 1] = valueAt;
          values[number] = view.getFloat64(valueAt + 1);
          at = valueAt + 9;
          continue;
        }
      }
      reader.position = at;
      reader.expectArray(2);
      const keyLength = reader.readRawSpan();
      keys[number * NUMBER_STRIDE] = reader.rawStart;
      keys[number * NUMBER_STRIDE + 1] = reader.rawStart + keyLength;
      values[number] = reader.readDouble();
      at = reader.position;
    }
    reader.position = at;
    this.#numberCount = number;
  }

  #growNumbers(): void {
    this.numberKeys = doubled(this.numberKeys);
    const values = new Float64Array(this.numberValues.length * 2);
    values.set(this.numberValues);
    this.numberValues = values;
  }
}

/** Reads `[raw, raw]` into four integers from `at` on. */
function readPair(reader: Reader, into: Int32Array, at: number): void {
  if (reader.readArrayHeader() !== 2) throw new TypeMismatchError();
  into[at + 1] = reader.readRawSpan();
  into[at] = reader.rawStart;
  into[at + 3] = reader.readRawSpan();
  into[at + 2] = reader.rawStart;
}

function doubled(array: Int32Array): Int32Array {
  const copy = new Int32Array(array.length * 2);
  copy.set(array);
  return copy;
}
