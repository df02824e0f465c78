import type { ByteString } from "../base/byte_string.ts";
import { decodeText, encodeText } from "../base/text.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Codec } from "./service.ts";

/** A string argument: bytes to the server, text (or bytes) from the caller. */
export const stringArgument: Codec<ByteString, string | Uint8Array> = {
  read: (reader) => reader.readByteString(),
  write: (writer, value) => writer.writeRaw(typeof value === "string" ? encodeText(value) : value),
};

/** A string result: text to the caller, bytes from the server. Bytes that are not UTF-8 survive the way there and back. */
export const stringResult: Codec<string, ByteString> = {
  read: (reader) => decodeText(reader.readRaw()),
  write: (writer, value) => writer.writeByteString(value),
};

/** A boolean. */
export const boolean: Codec<boolean> = {
  read: (reader) => reader.readBoolean(),
  write: (writer, value) => writer.writeBoolean(value),
};

/** A signed 32-bit integer. */
export const int32: Codec<number> = {
  read: (reader) => reader.readInt32(),
  write: (writer, value) => writer.writeInt(checkedInteger(value)),
};

/** An unsigned 32-bit integer. */
export const uint32: Codec<number> = {
  read: (reader) => reader.readUint32(),
  write: (writer, value) => writer.writeInt(checkedInteger(value)),
};

/** An unsigned 64-bit integer; beyond 2^53 it is rounded. */
export const uint64: Codec<number> = {
  read: (reader) => reader.readUint64(),
  write: (writer, value) => writer.writeInt(checkedInteger(value)),
};

/** A double. */
export const double: Codec<number> = {
  read: (reader) => reader.readDouble(),
  write: (writer, value) => writer.writeDouble(value),
};

/** A list of values of one kind. */
export function list<Read, Write>(element: Codec<Read, Write>): Codec<Read[], readonly Write[]> {
  return {
    read: (reader) =>
      Array.from({ length: checkedCount(reader, reader.readArrayHeader()) }, () => element.read(reader)),
    write: (writer, values) => {
      writer.writeArrayHeader(values.length);
      for (const value of values) element.write(writer, value);
    },
  };
}

/** A map from strings; on the wire sorted by key bytes, as `std::map` is. */
export function mapResult<Read, Write>(
  value: Codec<Read, Write>,
): Codec<Map<string, Read>, Iterable<readonly [ByteString, Write]>> {
  return {
    read: (reader) => {
      const map = new Map<string, Read>();
      for (let i = checkedCount(reader, reader.readMapHeader()); i > 0; i--) {
        const key = decodeText(reader.readRaw());
        map.set(key, value.read(reader));
      }
      return map;
    },
    write: (writer, entries) => {
      const sorted = [...entries].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      writer.writeMapHeader(sorted.length);
      for (const [key, item] of sorted) {
        writer.writeByteString(key);
        value.write(writer, item);
      }
    },
  };
}

/** A count that the bytes left cannot hold is a lie; believing it would cost memory. */
function checkedCount(reader: Reader, count: number): number {
  if (count > reader.end - reader.position) throw new TypeMismatchError();
  return count;
}

function checkedInteger(value: number): number {
  if (!Number.isInteger(value)) throw new TypeError(`${value} is not an integer`);
  return value;
}
