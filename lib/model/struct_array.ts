import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/**
 * Reads an array that stands for a struct, as Jubatus 1.1.1 does: fields missing at the end keep
 * their value, surplus ones are passed over. Each function reads one field.
 */
export function readStruct(reader: Reader, ...fields: readonly (() => void)[]): void {
  const count = reader.readArrayHeader();
  for (let i = 0; i < count; i++) {
    const field = fields[i];
    if (field === undefined) reader.skip();
    else field();
  }
}

/** Reads a version of MIX, `[n]`. */
export function readVersion(reader: Reader): number {
  let version = 0;
  readStruct(reader, () => version = reader.readUint64());
  return version;
}

/** Writes a version of MIX, `[n]`. */
export function writeVersion(writer: Writer, version: number): void {
  writer.writeArrayHeader(1);
  writer.writeInt(version);
}
