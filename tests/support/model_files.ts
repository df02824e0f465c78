import { crc32 } from "../../lib/base/crc32.ts";
import { joined } from "./wire_call.ts";
import { encodeValue, type WireValue } from "./wire_value.ts";

/** A PA model trained with A {x: 1}, as a file of Jubatus 1.1.1. */
export const GOLDEN_MODEL_FILE: Uint8Array<ArrayBuffer> = Uint8Array.fromHex(
  "6a7562617475730000000000000000010000000100000001000000018bd26a3e" +
    "00000000000000570000000000000054950100aa636c6173736966696572a167" +
    "da00447b226d6574686f64223a225041222c22636f6e766572746572223a7b22" +
    "6e756d5f72756c6573223a5b7b226b6579223a222a222c2274797065223a226e" +
    "756d227d5d7d7d920192929481a578406e756d810093cb3fe0000000000000cb" +
    "0000000000000000cb00000000000000009381a141008100a141018091009380" +
    "81a141019100939100950091809180918080950091809180918080",
);
/** The configuration in it. */
export const GOLDEN_CONFIG = '{"method":"PA","converter":{"num_rules":[{"key":"*","type":"num"}]}}';
/** The model in it. */
export const GOLDEN_DRIVER: Uint8Array<ArrayBuffer> = GOLDEN_MODEL_FILE.slice(48 + 0x57 + 2);

/** What a file is made of; anything may be wrong. */
export interface ModelFileParts {
  readonly magic?: string;
  readonly format?: bigint;
  readonly version?: readonly [number, number, number];
  /** System and user data, as a value or as bytes. */
  readonly system?: WireValue | Uint8Array;
  readonly user?: WireValue | Uint8Array;
  /** Sizes that the header tells. */
  readonly systemSize?: bigint;
  readonly userSize?: bigint;
  readonly crc?: number;
}

/** System data of a file that is as it should be. */
export function systemData(changes: { version?: bigint; type?: string; id?: string; config?: string } = {}): WireValue {
  const { version = 1n, type = "classifier", id = "g", config = GOLDEN_CONFIG } = changes;
  return [version, 0n, type, id, config];
}

/** A model file with a correct checksum (unless that is given); the golden one but for what is given. */
export function modelFileOf(parts: ModelFileParts): Uint8Array<ArrayBuffer> {
  const system = bytesOf(parts.system === undefined ? systemData() : parts.system);
  const user = bytesOf(parts.user === undefined ? GOLDEN_MODEL_FILE.subarray(48 + 0x57) : parts.user);
  const bytes = joined(new Uint8Array(48), system, user);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(parts.magic ?? "jubatus\0"));
  view.setBigUint64(8, parts.format ?? 1n);
  (parts.version ?? [1, 1, 1]).forEach((part, i) => view.setUint32(16 + 4 * i, part));
  view.setBigUint64(32, parts.systemSize ?? BigInt(system.length));
  view.setBigUint64(40, parts.userSize ?? BigInt(user.length));
  view.setUint32(28, parts.crc ?? crc32(bytes.subarray(32), crc32(bytes.subarray(0, 28))));
  return bytes;
}

function bytesOf(data: WireValue | Uint8Array): Uint8Array {
  return data instanceof Uint8Array ? data : encodeValue(data as WireValue);
}
