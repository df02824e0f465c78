/**
 * The container of saved models: a header, system data (what the model is) and user data (the model), as
 * Jubatus 1.1.1 reads and writes it.
 *
 * @module
 */
import type { ByteString } from "../base/byte_string.ts";
import { crc32 } from "../base/crc32.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import { readStruct } from "./struct_array.ts";

const MAGIC = [0x6a, 0x75, 0x62, 0x61, 0x74, 0x75, 0x73, 0x00];
const HEADER_BYTES = 48;
const FORMAT_VERSION = 1;
/** The version of Jubatus that the files are of: major, minor, maintenance. */
const JUBATUS_VERSION = [1, 1, 1];
const SYSTEM_VERSION = 1;
/** Version of the engines' models, the same for all; also that of MIX. */
export const USER_DATA_VERSION = 1;

/** A file that is no model, or not a fitting one. The messages are those of Jubatus 1.1.1. */
export class ModelFileError extends Error {
  /** The error's class, for logs. */
  override name = "ModelFileError";
}

/** What a model file says about its model. */
export interface ModelFileInfo {
  /** Kind of engine, such as `classifier`. */
  readonly type: ByteString;
  /** Id given to `save`. */
  readonly id: ByteString;
  /** Configuration text, verbatim. */
  readonly config: ByteString;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** A model file whose container is sound. */
export interface ModelFile extends ModelFileInfo {
  /** Version of the system data; see {@link checkModelFile}. */
  readonly systemVersion: number;
  /** The user data, `[version, model]`. */
  readonly userData: Uint8Array;
}

/** A model file; `writeModel` appends the engine's model as one msgpack value. */
export function encodeModelFile(info: ModelFileInfo, writeModel: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  const writer = new Writer(64 * 1024);
  writer.append(new Uint8Array(HEADER_BYTES));
  writer.writeArrayHeader(5);
  writer.writeInt(SYSTEM_VERSION);
  writer.writeInt(info.timestamp);
  writer.writeByteString(info.type);
  writer.writeByteString(info.id);
  writer.writeByteString(info.config);
  const systemBytes = writer.length - HEADER_BYTES;
  writer.writeArrayHeader(2);
  writer.writeInt(USER_DATA_VERSION);
  writeModel(writer);
  const bytes = writer.written();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  bytes.set(MAGIC);
  view.setBigUint64(8, BigInt(FORMAT_VERSION));
  JUBATUS_VERSION.forEach((part, i) => view.setUint32(16 + 4 * i, part));
  view.setBigUint64(32, BigInt(systemBytes));
  view.setBigUint64(40, BigInt(bytes.length - HEADER_BYTES - systemBytes));
  view.setUint32(28, checksum(bytes));
  return bytes;
}

/** Takes a model file apart; throws a {@link ModelFileError} at the first fault of the container. */
export function decodeModelFile(bytes: Uint8Array): ModelFile {
  if (bytes.length < HEADER_BYTES) throw new ModelFileError("cannot read input file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new ModelFileError("invalid file format");
  const format = view.getBigUint64(8);
  if (format !== BigInt(FORMAT_VERSION)) {
    throw new ModelFileError(`invalid format version: ${format}, expected ${FORMAT_VERSION}`);
  }
  const [major, minor, maintenance] = [16, 20, 24].map((at) => view.getUint32(at));
  if (major !== JUBATUS_VERSION[0]) {
    throw new ModelFileError(`cannot load model file created before v1.0.0: ${major}.${minor}.${maintenance}`);
  }
  const systemEnd = HEADER_BYTES + Number(view.getBigUint64(32));
  const userEnd = systemEnd + Number(view.getBigUint64(40));
  if (userEnd > bytes.length) throw new ModelFileError("cannot read input file");
  const whole = bytes.subarray(0, userEnd);
  const stored = view.getUint32(28);
  const actual = checksum(whole);
  if (actual !== stored) {
    throw new ModelFileError(`invalid crc32 checksum: ${actual.toString(16)}, expected ${stored.toString(16)}`);
  }
  return { ...readSystemData(whole.subarray(HEADER_BYTES, systemEnd)), userData: whole.subarray(systemEnd) };
}

/** Throws unless the file is of this kind of engine and a version that can be read. */
export function checkModelFile(file: ModelFile, type: ByteString): void {
  if (file.systemVersion !== SYSTEM_VERSION) {
    throw new ModelFileError(
      `invalid system data version: saved version: ${file.systemVersion}, expected ${SYSTEM_VERSION}`,
    );
  }
  if (file.type !== type) throw new ModelFileError(`server type mismatched: ${file.type}, expected ${type}`);
}

/** Lets `readModel` read the model; any fault becomes a {@link ModelFileError}. */
export function readModel(file: ModelFile, readModel: (reader: Reader) => void): void {
  const reader = new Reader(file.userData);
  checkComplete(reader);
  broken("user data is broken", () => {
    if (reader.readArrayHeader() !== 2) throw new ModelFileError("invalid user container");
    const version = reader.readUint64();
    if (version !== USER_DATA_VERSION) {
      throw new ModelFileError(`user data version mismatched: ${version}, expected ${USER_DATA_VERSION}`);
    }
    readModel(reader);
  });
}

/** Throws unless the bytes are exactly one msgpack value. */
function checkComplete(reader: Reader): void {
  reader.skip();
  if (!reader.atEnd) throw new ModelFileError("extra bytes");
  reader.position = 0;
}

function readSystemData(bytes: Uint8Array): Omit<ModelFile, "userData"> {
  const reader = new Reader(bytes);
  reader.skip();
  reader.position = 0;
  let systemVersion = 0;
  let timestamp = 0;
  let type = "";
  let id = "";
  let config = "";
  broken("system data is broken", () =>
    readStruct(
      reader,
      () => systemVersion = reader.readUint64(),
      () => timestamp = reader.readUint64(),
      () => type = reader.readByteString(),
      () => id = reader.readByteString(),
      () => config = reader.readByteString(),
    ));
  return { systemVersion, timestamp, type, id, config };
}

/** Values of a wrong type or that contradict each other become a {@link ModelFileError} with this text. */
function broken(message: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (error instanceof TypeMismatchError || error instanceof RangeError) {
      throw new ModelFileError(message, { cause: error });
    }
    throw error;
  }
}

/** CRC-32 of everything but the place of the checksum. */
function checksum(bytes: Uint8Array): number {
  return crc32(bytes.subarray(32), crc32(bytes.subarray(0, 28)));
}
