/**
 * msgpack values as data, apart from the codec under test: what a recording holds and what a server answers, decoded so
 * that they can be compared. Raws are byte strings, integers are bigints, doubles are numbers.
 *
 * @module
 */
import { type ByteString, byteStringOf, byteStringOfText, textOf } from "../../lib/base/byte_string.ts";

/** One msgpack value. */
export type WireValue = null | boolean | bigint | number | ByteString | readonly WireValue[] | WireMap;

/** A msgpack map with its order and whatever keys it has. */
export class WireMap {
  readonly entries: readonly (readonly [WireValue, WireValue])[];

  constructor(entries: readonly (readonly [WireValue, WireValue])[]) {
    this.entries = entries;
  }
}

/** Decodes the value at `start`; undefined when the bytes end before it does. */
export function decodeValue(bytes: Uint8Array, start = 0): { value: WireValue; end: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  try {
    return { value: next(), end: at };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }

  function next(): WireValue {
    const head = view.getUint8(at++);
    if (head < 0x80) return BigInt(head);
    if (head < 0x90) return map(head & 15);
    if (head < 0xa0) return list(head & 15);
    if (head < 0xc0) return raw(head & 31);
    if (head >= 0xe0) return BigInt(head - 256);
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return head === 0xc3;
      case 0xca:
        return take(4, view.getFloat32(at));
      case 0xcb:
        return take(8, view.getFloat64(at));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return BigInt(unsigned(1 << (head - 0xcc)));
      case 0xcf:
        return take(8, view.getBigUint64(at));
      case 0xd0:
        return BigInt(take(1, view.getInt8(at)));
      case 0xd1:
        return BigInt(take(2, view.getInt16(at)));
      case 0xd2:
        return BigInt(take(4, view.getInt32(at)));
      case 0xd3:
        return take(8, view.getBigInt64(at));
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return raw(unsigned(1 << (head - 0xc4)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return raw(unsigned(1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return list(unsigned(2 << (head - 0xdc)));
      case 0xde:
      case 0xdf:
        return map(unsigned(2 << (head - 0xde)));
    }
    throw new Error(`no msgpack value begins with 0x${head.toString(16)}`);
  }

  function take<T>(size: number, value: T): T {
    at += size;
    return value;
  }

  function unsigned(size: number): number {
    const value = size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
    return take(size, value);
  }

  function raw(length: number): ByteString {
    if (at + length > bytes.length) throw new RangeError("cut short");
    return take(length, byteStringOf(bytes, at, at + length));
  }

  function list(length: number): WireValue[] {
    const values: WireValue[] = [];
    for (let i = 0; i < length; i++) values.push(next());
    return values;
  }

  function map(length: number): WireMap {
    const entries: [WireValue, WireValue][] = [];
    for (let i = 0; i < length; i++) entries.push([next(), next()]);
    return new WireMap(entries);
  }
}

/** Encodes a value in the old dialect, each as short as it can be. */
export function encodeValue(value: WireValue): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  write(value);
  return new Uint8Array(out);

  function write(it: WireValue): void {
    if (it === null) out.push(0xc0);
    else if (typeof it === "boolean") out.push(it ? 0xc3 : 0xc2);
    else if (typeof it === "bigint") integer(it);
    else if (typeof it === "number") double(it);
    else if (typeof it === "string") {
      head(it.length, 0xa0, 32, 0xda);
      for (let i = 0; i < it.length; i++) out.push(it.charCodeAt(i));
    } else if (it instanceof WireMap) {
      head(it.entries.length, 0x80, 16, 0xde);
      for (const pair of it.entries) pair.forEach(write);
    } else {
      head(it.length, 0x90, 16, 0xdc);
      it.forEach(write);
    }
  }

  function head(length: number, short: number, shortMax: number, long: number): void {
    if (length < shortMax) out.push(short | length);
    else if (length < 0x10000) out.push(long, length >> 8, length & 255);
    else out.push(long + 1, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
  }

  function double(it: number): void {
    const bytes = new Uint8Array(9);
    bytes[0] = 0xcb;
    new DataView(bytes.buffer).setFloat64(1, it);
    out.push(...bytes);
  }

  function integer(it: bigint): void {
    if (it >= -32n && it < 128n) return void out.push(Number(it & 255n));
    const sizes = [1, 2, 4, 8];
    const index = sizes.findIndex((size) => it >= 0n ? it < 1n << BigInt(8 * size) : it >= -1n << BigInt(8 * size - 1));
    out.push((it >= 0n ? 0xcc : 0xd0) + index);
    for (let shift = 8 * (sizes[index]! - 1); shift >= 0; shift -= 8) out.push(Number((it >> BigInt(shift)) & 255n));
  }
}

/** Reads a member in readable form (`$hex`, `$f`, `$map` ...) from the JSON object that is a recording's line. */
export function readableMember(line: string, member: string): WireValue {
  return fromReadable(JSON.parse(line, keepNumberKind as (key: string, value: unknown) => unknown)[member]);
}

/** JSON merges 1 and 1.0; the text of the number tells the double from the integer. */
function keepNumberKind(_key: string, value: unknown, context: { source: string }): unknown {
  return typeof value === "number" && !/[.eE]/.test(context.source) ? BigInt(context.source) : value;
}

function fromReadable(value: unknown): WireValue {
  if (typeof value === "string") return byteStringOfText(value);
  if (Array.isArray(value)) return value.map(fromReadable);
  if (typeof value !== "object" || value === null) return value as WireValue;
  const entries = Object.entries(value);
  const [tag, content] = entries.length === 1 ? entries[0]! : ["", undefined];
  switch (tag) {
    case "$hex":
      return byteStringOf(Uint8Array.fromHex(content));
    case "$f":
      return content === "nan" ? NaN : content === "inf" ? Infinity : -Infinity;
    case "$f32":
      return fromReadable(content);
    case "$int":
      return BigInt(content);
    case "$map":
      return new WireMap(content.map((pair: unknown[]) => pair.map(fromReadable)));
    case "$msgpack":
      return byteStringOf(encodeValue(fromReadable(content)));
    case "$repeat":
      return byteStringOfText(content[0].repeat(Number(content[1])));
  }
  return new WireMap(entries.map(([key, it]) => [byteStringOfText(key), fromReadable(it)]));
}

/** A short text of a value, for people. */
export function showValue(value: WireValue): string {
  if (typeof value === "string") return JSON.stringify(textOf(value));
  if (typeof value === "number") return Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (value instanceof WireMap) {
    return `{${value.entries.map(([key, it]) => `${showValue(key)}:${showValue(it)}`).join(",")}}`;
  }
  return Array.isArray(value) ? `[${value.map(showValue).join(",")}]` : `${value}`;
}
