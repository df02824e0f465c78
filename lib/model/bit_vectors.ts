import { bigIntOf } from "../base/hash64.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import { type Column, COLUMN_TYPE_BIT_VECTOR, expectValues } from "./column.ts";

/** A bit vector of fixed length for each row. Bit j is bit j mod 32 of 32-bit word j / 32. */
export class BitVectors implements Column {
  readonly type: number = COLUMN_TYPE_BIT_VECTOR;
  readonly bitLength: number;
  /** 32-bit words per row; even, as files hold 64-bit words. */
  readonly wordsPerRow: number;
  #words: Int32Array<ArrayBuffer>;

  /** Room for rows of `bitLength` bits, at least 1. */
  constructor(bitLength: number) {
    this.bitLength = bitLength;
    this.wordsPerRow = 2 * Math.ceil(bitLength / 64);
    this.#words = new Int32Array(16 * this.wordsPerRow);
  }

  reserve(rows: number): void {
    const needed = rows * this.wordsPerRow;
    if (needed <= this.#words.length) return;
    const grown = new Int32Array(Math.max(needed, this.#words.length * 2));
    grown.set(this.#words);
    this.#words = grown;
  }

  move(from: number, to: number): void {
    const size = this.wordsPerRow;
    this.#words.copyWithin(to * size, from * size, (from + 1) * size);
  }

  /** The words of a row, as a view that is valid until the table grows. */
  row(row: number): Int32Array<ArrayBuffer> {
    return this.#words.subarray(row * this.wordsPerRow, (row + 1) * this.wordsPerRow);
  }

  /** Hamming distances of `query` to the first `rows` rows. */
  distances(query: Int32Array, rows: number, into: Int32Array): void {
    if (this.wordsPerRow === 2) distancesOfPairs(this.#words, query[0]!, query[1]!, rows, into);
    else distancesOfWords(this.#words, query, this.wordsPerRow, rows, into);
  }

  pack(writer: Writer, rows: number): void {
    const words = this.#words;
    const end = rows * this.wordsPerRow;
    writer.writeArrayHeader(end / 2);
    for (let i = 0; i < end; i += 2) {
      const high = words[i + 1]! >>> 0;
      if (high < 0x200000) writer.writeInt(high * 0x100000000 + (words[i]! >>> 0));
      else writer.writeBigInt(bigIntOf(high, words[i]!));
    }
  }

  unpack(reader: Reader, rows: number): void {
    const end = rows * this.wordsPerRow;
    expectValues(reader, end / 2, rows);
    this.reserve(rows);
    for (let i = 0; i < end; i += 2) {
      const word = reader.readBigInt();
      if (word < 0n) throw new TypeMismatchError();
      this.#words[i] = Number(word & 0xffffffffn);
      this.#words[i + 1] = Number(word >> 32n);
    }
    this.#clearPadding(0, rows);
  }

  /** Writes `[bits, raw]`, with each 64-bit word in big-endian order. */
  writeValue(writer: Writer, row: number): void {
    const words = this.row(row);
    const view = new DataView(new ArrayBuffer(words.length * 4));
    for (let i = 0; i < words.length; i++) view.setInt32((i ^ 1) * 4, words[i]!);
    writer.writeArrayHeader(2);
    writer.writeInt(this.bitLength);
    writer.writeRaw(new Uint8Array(view.buffer));
  }

  readValue(reader: Reader, row: number): void {
    reader.readArrayHeader();
    reader.readUint64();
    reader.readRawSpan();
    const words = this.row(row);
    for (let i = 0; i < words.length; i++) words[i] = reader.view.getInt32(reader.rawStart + (i ^ 1) * 4);
    this.#clearPadding(row, row + 1);
  }

  checkValue(reader: Reader): void {
    reader.expectArray(2);
    const bits = reader.readUint64();
    if (bits !== this.bitLength || reader.readRawSpan() !== this.wordsPerRow * 4) throw new TypeMismatchError();
  }

  /** Bits behind the last one must be 0, or distances would grow beyond the length. */
  #clearPadding(start: number, end: number): void {
    const used = this.bitLength % 64;
    if (used === 0) return;
    const lowMask = used >= 32 ? -1 : (1 << used) - 1;
    const highMask = used > 32 ? (1 << (used - 32)) - 1 : 0;
    for (let row = start; row < end; row++) {
      const i = (row + 1) * this.wordsPerRow - 2;
      this.#words[i]! &= lowMask;
      this.#words[i + 1]! &= highMask;
    }
  }
}

/** Number of bits set. */
function countBits(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The usual case, rows of up to 64 bits. */
function distancesOfPairs(words: Int32Array, low: number, high: number, rows: number, into: Int32Array): void {
  for (let row = 0; row < rows; row++) {
    into[row] = countBits(words[2 * row]! ^ low) + countBits(words[2 * row + 1]! ^ high);
  }
}

function distancesOfWords(words: Int32Array, query: Int32Array, size: number, rows: number, into: Int32Array): void {
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let distance = 0;
    for (let i = 0; i < size; i++) distance += countBits(words[at++]! ^ query[i]!);
    into[row] = distance;
  }
}
