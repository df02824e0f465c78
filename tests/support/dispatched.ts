import { bytesOf, type ByteString } from "../../lib/base/byte_string.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { Request, type RequestHandler } from "../../lib/rpc/connection.ts";
import { joined } from "./wire_call.ts";
import { decodeValue, encodeValue, type WireValue } from "./wire_value.ts";

/** A request as a connection hands it over, and the bytes of the reply. */
export async function replyTo(handler: RequestHandler, request: Request): Promise<Uint8Array> {
  const replies = new Writer();
  replies.writeInt(1); // of an earlier request
  await handler.handle(request, replies);
  return replies.take().subarray(1);
}

/** A request; `params` as bytes or as values. */
export function requestOf(
  method: ByteString,
  params: Uint8Array | readonly WireValue[],
  isNotification = false,
): Request {
  const request = new Request();
  const name = bytesOf(method);
  const args = params instanceof Uint8Array ? params : encodeValue(params);
  request.bytes = joined(name, args, new Uint8Array(8));
  request.id = 77;
  request.isNotification = isNotification;
  request.methodEnd = request.paramsStart = name.length;
  request.paramsEnd = name.length + args.length;
  return request;
}

/** `[error, result]` of a call without a connection. */
export async function dispatched(
  handler: RequestHandler,
  method: ByteString,
  ...params: readonly WireValue[]
): Promise<[WireValue, WireValue]> {
  const [, , error, result] = decodeValue(await replyTo(handler, requestOf(method, params)))!.value as WireValue[];
  return [error!, result!];
}
