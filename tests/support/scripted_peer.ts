import { FrameBuffer, BufferBudget } from "../../lib/rpc/frame_buffer.ts";
import { decodeValue, type WireValue } from "./wire_value.ts";

/** A request as a {@link ScriptedPeer} received it. */
export interface ReceivedRequest {
  readonly id: number;
  readonly method: string;
  readonly params: WireValue;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** Number of the connection it came over, from 0. */
  readonly connection: number;
  /** Sends bytes back over the same connection. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** Closes that connection. */
  readonly close: () => void;
}
