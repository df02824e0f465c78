import { type ByteString, byteStringOfText, isByteString } from "../base/byte_string.ts";
import { TypeMismatchError } from "../msgpack/errors.ts";
import type { Writer } from "../msgpack/writer.ts";
import { ERROR_ARGUMENT, ERROR_NO_METHOD } from "./errors.ts";

/** Message type of a response. */
const RESPONSE = 1;

/** `[1, id, nil,` of a reply; the result must follow. */
export function writeReplyHead(writer: Writer, id: number): void {
  writer.writeArrayHeader(4);
  writer.writeInt(RESPONSE);
  writer.writeInt(id);
  writer.writeNil();
}

/** The reply to an unknown method: error 1, and the name as the result. */
export function writeNoMethodReply(writer: Writer, id: number, method: ByteString): void {
  writer.writeArrayHeader(4);
  writer.writeInt(RESPONSE);
  writer.writeInt(id);
  writer.writeInt(ERROR_NO_METHOD);
  writer.writeByteString(method);
}

/** The reply to a failed call: error 2 for arguments of a wrong type, else the error's message. */
export function writeErrorReply(writer: Writer, id: number, error: unknown): void {
  writer.writeArrayHeader(4);
  writer.writeInt(RESPONSE);
  writer.writeInt(id);
  if (error instanceof TypeMismatchError) {
    writer.writeInt(ERROR_ARGUMENT);
    writer.writeByteString("std::bad_cast");
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  writer.writeByteString(isByteString(message) ? message : byteStringOfText(message));
  writer.writeNil();
}
