/** What tests of `RpcClient` have in common. */
import type { Reader } from "../../lib/msgpack/reader.ts";
import { RpcClient, type RpcClientOptions } from "../../lib/rpc/client.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";

/** `[]`, the parameters of most calls. */
export const none: Uint8Array = Uint8Array.of(0x90);

/** Reads a result that is an integer. */
export const integer = (result: Reader): number => result.readInteger();

/** `[1, id, nil, value]` of small numbers. */
export const reply = (id: number, value: number): number[] => [0x94, 1, id, 0xc0, value];

/** `[1, id, error, nil]`. */
export const failure = (id: number, ...error: number[]): number[] => [0x94, 1, id, ...error, 0xc0];

/** A client of a peer; it connects when it has something to send. */
export function clientOf(peer: ScriptedPeer, options: Partial<RpcClientOptions> = {}): RpcClient {
  return new RpcClient({ host: peer.host, port: peer.port, ...options });
}
