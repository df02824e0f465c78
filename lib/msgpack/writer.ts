import type { ByteString } from "../base/byte_string.ts";

/** Bytes of the longest head of a raw. */
const RAW_HEAD_MAX = 5;

/**
 * Appends msgpack values to a growing buffer, in exactly the forms that msgpack 0.5.9 writes:
 * strings and bytes as one "raw" family without str8 and bin, integers as short as possible,
 * doubles always in nine bytes.
 */
export class Writer {
  /** The buffer; only `[0, length)` is written. Replaced when it grows. */
  bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** Bytes written so far. */
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The buffer as a view, replaced like it. */
  get view(): DataView {
    return this.#view;
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }

  /** What was written, valid until the next write. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Forgets what was written; keeps the buffer. */
  clear(): void {
    this.length = 0;
  }

  /** Gives a large buffer back; forgets what was written. */
  shrink(capacity: number): void {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
    this.length = 0;
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  writeNil(): void {
    this.#byte(0xc0);
  }

  writeBoolean(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** An integer; `value` must be one, and at most 2^53 in size. For more see {@link writeBigInt}. */
  writeInt(value: number): void {
    this.reserve(9);
    const view = this.#view;
    const at = this.length;
    if (value >= 0) {
      if (value < 0x80) {
        this.bytes[at] = value;
        this.length = at + 1;
      } else if (value < 0x100) {
        this.bytes[at] = 0xcc;
        this.bytes[at + 1] = value;
        this.length = at + 2;
      } else if (value < 0x10000) {
        this.bytes[at] = 0xcd;
        view.setUint16(at + 1, value);
        this.length = at + 3;
      } else if (value < 0x100000000) {
        this.bytes[at] = 0xce;
        view.setUint32(at + 1, value);
        this.length = at + 5;
      } else {
        this.bytes[at] = 0xcf;
        view.setUint32(at + 1, Math.floor(value / 0x100000000));
        view.setUint32(at + 5, value % 0x100000000);
        this.length = at + 9;
      }
    } else if (value >= -32) {
      this.bytes[at] = value & 0xff;
      this.length = at + 1;
    } else if (value >= -0x80) {
      this.bytes[at] = 0xd0;
      this.bytes[at + 1] = value & 0xff;
      this.length = at + 2;
    } else if (value >= -0x8000) {
      this.bytes[at] = 0xd1;
      view.setInt16(at + 1, value);
      this.length = at + 3;
    } else if (value >= -0x80000000) {
      this.bytes[at] = 0xd2;
      view.setInt32(at + 1, value);
      this.length = at + 5;
    } else {
      this.bytes[at] = 0xd3;
      view.setBigInt64(at + 1, BigInt(value));
      this.length = at + 9;
    }
  }

  /** An integer of up to 64 bits (unsigned, or negative down to -2^63). */
  writeBigInt(value: bigint): void {
    if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.writeInt(Number(value));
      return;
    }
    this.reserve(9);
    if (value >= 0n) {
      this.bytes[this.length] = 0xcf;
      this.#view.setBigUint64(this.length + 1, value);
    } else {
      this.bytes[this.length] = 0xd3;
      this.#view.setBigInt64(this.length + 1, value);
    }
    this.length += 9;
  }

  /** A double, always in nine bytes. */
  writeDouble(value: number): void {
    this.reserve(9);
    this.bytes[this.length] = 0xcb;
    this.#view.setFloat64(this.length + 1, value);
    this.length += 9;
  }

  /** A single-precision number, in five bytes. */
  writeFloat(value: number): void {
    this.reserve(5);
    this.bytes[this.length] = 0xca;
    this.#view.setFloat32(this.length + 1, value);
    this.length += 5;
  }

  /** The head of a raw (string or bytes) of `length` bytes, which must follow; here, unless said otherwise. */
  writeRawHeader(length: number, isBodyHere = true): void {
    this.reserve(RAW_HEAD_MAX + (isBodyHere ? length : 0));
    if (length < 32) {
      this.bytes[this.length++] = 0xa0 | length;
    } else if (length < 0x10000) {
      this.bytes[this.length] = 0xda;
      this.#view.setUint16(this.length + 1, length);
      this.length += 3;
    } else {
      this.bytes[this.length] = 0xdb;
      this.#view.setUint32(this.length + 1, length);
      this.length += 5;
    }
  }

  /** A raw made of `bytes[start, end)`. */
  writeRaw(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.writeRawHeader(end - start);
    this.append(bytes, start, end);
  }

  /** Begins a raw of unknown length: what is written until {@link endRaw}, which takes what this returns. */
  beginRaw(): number {
    this.reserve(RAW_HEAD_MAX);
    const start = this.length;
    this.length += RAW_HEAD_MAX;
    return start;
  }

  /** Ends a raw that began with {@link beginRaw}; the length of its body. */
  endRaw(start: number): number {
    const bodyStart = start + RAW_HEAD_MAX;
    const size = this.length - bodyStart;
    const head = size < 32 ? 1 : size < 0x10000 ? 3 : RAW_HEAD_MAX;
    if (head < RAW_HEAD_MAX) this.bytes.copyWithin(start + head, bodyStart, this.length);
    this.length = start;
    this.writeRawHeader(size);
    this.length += size;
    return size;
  }

  /** A raw made of a byte string. */
  writeByteString(text: ByteString): void {
    this.writeRawHeader(text.length);
    this.appendText(text);
  }

  /** The bytes of a byte string, as part of a raw whose head is there. */
  appendText(text: ByteString): void {
    const length = text.length;
    this.reserve(length);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** The head of an array of `count` values, which must follow. */
  writeArrayHeader(count: number): void {
    this.#header(count, 0x90, 0xdc);
  }

  /** The head of a map of `count` pairs, which must follow as key, value, key, value ... */
  writeMapHeader(count: number): void {
    this.#header(count, 0x80, 0xde);
  }

  /** Bytes that already are msgpack. */
  append(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const size = end - start;
    this.reserve(size);
    if (size < 32) {
      let at = this.length;
      for (let i = start; i < end; i++) this.bytes[at++] = bytes[i]!;
    } else {
      this.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.length);
    }
    this.length += size;
  }

  #byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  #header(count: number, fix: number, wide: number): void {
    this.reserve(5);
    if (count < 16) {
      this.bytes[this.length++] = fix | count;
    } else if (count < 0x10000) {
      this.bytes[this.length] = wide;
      this.#view.setUint16(this.length + 1, count);
      this.length += 3;
    } else {
      this.bytes[this.length] = wide + 1;
      this.#view.setUint32(this.length + 1, count);
      this.length += 5;
    }
  }
}
