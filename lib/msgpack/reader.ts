import { type ByteString, byteStringOf } from "../base/byte_string.ts";
import { insufficientBytes, parseError, TypeMismatchError } from "./errors.ts";

/** How many arrays and maps may be open at once, the outermost included (msgpack 0.5.9). */
export const NESTING_MAX = 32;

/** What the next value is; see {@link Reader.peek}. */
export type ValueKind = "nil" | "boolean" | "integer" | "double" | "raw" | "array" | "map";

/**
 * Pulls msgpack values out of bytes, without allocating but for what is asked for.
 *
 * Reads what Jubatus 1.1.1 reads: str8 and bin are raw like the rest, integers stand for doubles,
 * ext types are a parse error. A value of another type than asked for throws a
 * {@link TypeMismatchError} and leaves the position before it; bytes that end too early or begin no
 * value throw a `MsgpackError`.
 */
export class Reader {
  /** The bytes being read. */
  bytes: Uint8Array;
  #view: DataView;
  /** The next byte to be read. */
  position: number;
  /** Where reading ends. */
  end: number;
  /** Start of the raw last read by {@link readRawSpan}; its end is `position`. */
  rawStart = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.end = end;
  }

  /** Turns to other bytes. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.position = start;
    this.end = end;
  }

  /** The bytes being read as a view; offsets are those of `bytes`. */
  get view(): DataView {
    return this.#view;
  }

  /** True when every byte was read. */
  get atEnd(): boolean {
    return this.position >= this.end;
  }

  /** The kind of the next value; nothing is consumed. */
  peek(): ValueKind {
    const head = this.#head();
    if (head < 0x80 || head >= 0xe0) return "integer";
    if (head < 0x90) return "map";
    if (head < 0xa0) return "array";
    if (head < 0xc0) return "raw";
    switch (head) {
      case 0xc0:
        return "nil";
      case 0xc2:
      case 0xc3:
        return "boolean";
      case 0xc4:
      case 0xc5:
      case 0xc6:
      case 0xd9:
      case 0xda:
      case 0xdb:
        return "raw";
      case 0xca:
      case 0xcb:
        return "double";
      case 0xdc:
      case 0xdd:
        return "array";
      case 0xde:
      case 0xdf:
        return "map";
    }
    if (head >= 0xcc && head <= 0xd3) return "integer";
    throw parseError();
  }

  /** Consumes nil and returns true, or returns false. */
  tryNil(): boolean {
    if (this.#head() !== 0xc0) return false;
    this.position++;
    return true;
  }

  readBoolean(): boolean {
    const head = this.#head();
    if (head !== 0xc2 && head !== 0xc3) throw this.#mismatch();
    this.position++;
    return head === 0xc3;
  }

  /** An integer; beyond 2^53 it is rounded. See {@link readBigInt}. */
  readInteger(): number {
    const head = this.#head();
    const at = this.position + 1;
    if (head < 0x80) {
      this.position = at;
      return head;
    }
    if (head >= 0xe0) {
      this.position = at;
      return head - 0x100;
    }
    switch (head) {
      case 0xcc:
        this.#advance(2);
        return this.bytes[at]!;
      case 0xcd:
        this.#advance(3);
        return this.#view.getUint16(at);
      case 0xce:
        this.#advance(5);
        return this.#view.getUint32(at);
      case 0xcf:
        this.#advance(9);
        return this.#view.getUint32(at) * 0x100000000 + this.#view.getUint32(at + 4);
      case 0xd0:
        this.#advance(2);
        return this.#view.getInt8(at);
      case 0xd1:
        this.#advance(3);
        return this.#view.getInt16(at);
      case 0xd2:
        this.#advance(5);
        return this.#view.getInt32(at);
      case 0xd3:
        this.#advance(9);
        return Number(this.#view.getBigInt64(at));
    }
    throw this.#mismatch();
  }

  /** An integer of up to 64 bits, exactly. */
  readBigInt(): bigint {
    const head = this.#head();
    const at = this.position + 1;
    if (head === 0xcf) {
      this.#advance(9);
      return this.#view.getBigUint64(at);
    }
    if (head === 0xd3) {
      this.#advance(9);
      return this.#view.getBigInt64(at);
    }
    return BigInt(this.readInteger());
  }

  /** An integer within `[min, max]`; anything else is a type mismatch, as in msgpack 0.5.9. */
  readIntegerWithin(min: number, max: number): number {
    const start = this.position;
    const value = this.readInteger();
    if (value < min || value > max) {
      this.position = start;
      throw this.#mismatch();
    }
    return value;
  }

  readInt32(): number {
    return this.readIntegerWithin(-0x80000000, 0x7fffffff);
  }

  readUint32(): number {
    return this.readIntegerWithin(0, 0xffffffff);
  }

  /** An unsigned 64-bit integer, rounded beyond 2^53. */
  readUint64(): number {
    return this.readIntegerWithin(0, 18446744073709551615);
  }

  /** A double; single precision and integers are accepted. */
  readDouble(): number {
    const head = this.#head();
    if (head === 0xcb) {
      const at = this.position + 1;
      this.#advance(9);
      return this.#view.getFloat64(at);
    }
    if (head === 0xca) {
      const at = this.position + 1;
      this.#advance(5);
      return this.#view.getFloat32(at);
    }
    return this.readInteger();
  }

  /** Consumes a raw; its bytes are `[rawStart, position)`. Returns its length. */
  readRawSpan(): number {
    const head = this.#head();
    let length: number;
    let size: number;
    const at = this.position;
    if (head >= 0xa0 && head < 0xc0) {
      length = head & 31;
      size = 1;
    } else {
      switch (head) {
        case 0xc4:
        case 0xd9:
          this.#need(2);
          length = this.bytes[at + 1]!;
          size = 2;
          break;
        case 0xc5:
        case 0xda:
          this.#need(3);
          length = this.#view.getUint16(at + 1);
          size = 3;
          break;
        case 0xc6:
        case 0xdb:
          this.#need(5);
          length = this.#view.getUint32(at + 1);
          size = 5;
          break;
        default:
          throw this.#mismatch();
      }
    }
    this.#advance(size + length);
    this.rawStart = at + size;
    return length;
  }

  /** The bytes of a raw, as a view of the buffer. */
  readRaw(): Uint8Array {
    this.readRawSpan();
    return this.bytes.subarray(this.rawStart, this.position);
  }

  readByteString(): ByteString {
    this.readRawSpan();
    return byteStringOf(this.bytes, this.rawStart, this.position);
  }

  /** The number of values of an array, which follow. */
  readArrayHeader(): number {
    return this.#container(0x90, 0xdc);
  }

  /** The number of pairs of a map, which follow. */
  readMapHeader(): number {
    return this.#container(0x80, 0xde);
  }

  /** An array of exactly `count` values. */
  expectArray(count: number): void {
    const start = this.position;
    if (this.readArrayHeader() !== count) {
      this.position = start;
      throw this.#mismatch();
    }
  }

  /** Passes over one value of any kind. `depth` counts the containers already open around it. */
  skip(depth = 0): void {
    let pending = 1;
    /** Values still missing in each open container; `pending` is the innermost. */
    const open: number[] = [];
    while (true) {
      while (pending === 0) {
        if (open.length === 0) return;
        pending = open.pop()!;
      }
      pending--;
      const kind = this.peek();
      if (kind === "array" || kind === "map") {
        const count = kind === "array" ? this.readArrayHeader() : 2 * this.readMapHeader();
        if (depth + open.length + 1 > NESTING_MAX) throw parseError();
        open.push(pending);
        pending = count;
      } else if (kind === "raw") {
        this.readRawSpan();
      } else if (kind === "integer" || kind === "double") {
        this.readDouble();
      } else {
        this.position++;
      }
    }
  }

  #container(fix: number, wide: number): number {
    const head = this.#head();
    if ((head & 0xf0) === fix) {
      this.position++;
      return head & 15;
    }
    const at = this.position + 1;
    if (head === wide) {
      this.#advance(3);
      return this.#view.getUint16(at);
    }
    if (head === wide + 1) {
      this.#advance(5);
      return this.#view.getUint32(at);
    }
    throw this.#mismatch();
  }

  #head(): number {
    if (this.position >= this.end) throw insufficientBytes();
    return this.bytes[this.position]!;
  }

  #need(size: number): void {
    if (this.position + size > this.end) throw insufficientBytes();
  }

  #advance(size: number): void {
    if (this.position + size > this.end) throw insufficientBytes();
    this.position += size;
  }

  #mismatch(): Error {
    const head = this.bytes[this.position]!;
    const unknown = head === 0xc1 || (head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8);
    return unknown ? parseError() : new TypeMismatchError();
  }
}
