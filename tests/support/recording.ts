/**
 * Recorded sessions with Jubatus 1.1.1: how the files are read, and when an answer is as good as the recorded one.
 *
 * A recording is JSON lines: a head that names the server type and its configuration, then one line per call with the
 * exact bytes of request and response. Lines say how they compare; by default every double may differ by a relative
 * tolerance, maps have no order, and everything else is equal.
 *
 * @module
 */
import type { ByteString } from "../../lib/base/byte_string.ts";
import { decodeValue, encodeValue, readableMember, showValue, WireMap, type WireValue } from "./wire_value.ts";

/** The first line. */
export interface RecordingHead {
  readonly type: string;
  readonly config: string;
  readonly about?: string;
  readonly port?: number;
  /** Regular expression of what is random in replies. */
  readonly mask?: string;
  /** Set for sessions with several servers. */
  readonly mode?: "mix" | "proxy" | "configs";
  readonly name?: string;
  readonly servers?: number;
  readonly ports?: readonly number[];
  readonly proxy?: boolean;
  readonly proxy_port?: number;
  readonly start_later?: readonly number[];
}

/** One call, or one thing done to a server. */
export interface RecordedCall {
  readonly n: number;
  readonly method: string;
  readonly params?: readonly unknown[];
  readonly request: string;
  readonly response?: string;
  readonly to?: number | "proxy";
  readonly action?: "start" | "stop" | "kill9" | "wait";
  readonly server?: number;
  readonly seconds?: number;
  readonly fresh?: boolean;
  readonly save?: string;
  readonly load_from?: number;
  readonly put?: { readonly id: string; readonly hex: string };
  readonly notify?: boolean;
  readonly closed?: boolean;
  readonly compare?: "unordered" | "structure" | "type" | "status" | "paths";
  readonly depth?: number;
  readonly rel?: number;
  /** `structure` where the model holds random ids or times. */
  readonly save_compare?: "structure" | "exact";
  /** A defect of the original that need not be repeated. */
  readonly quirk?: string | boolean;
  /** The line itself; some values are read from it again. */
  readonly line: string;
}

/** A file of recorded calls. */
export interface Recording {
  readonly file: string;
  readonly head: RecordingHead;
  readonly calls: readonly RecordedCall[];
}

/** Reads `.jsonl` or `.jsonl.gz`. */
export async function readRecording(file: string): Promise<Recording> {
  const [head, ...calls] = await readLines(file);
  return {
    file,
    head: JSON.parse(head!),
    calls: calls.map((line) => ({ ...JSON.parse(line), line })),
  };
}

/** The lines of a text file that may be compressed. */
export async function readLines(file: string): Promise<string[]> {
  let bytes = await Deno.readFile(file);
  if (file.endsWith(".gz")) {
    bytes = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).bytes();
  }
  return new TextDecoder().decode(bytes).split("\n").filter((line) => line !== "");
}

/** Every value in a run of msgpack messages; what follows the last whole one is left out. */
export function decodeAll(bytes: Uint8Array): WireValue[] {
  const values: WireValue[] = [];
  for (let at = 0;;) {
    const found = decodeValue(bytes, at);
    if (found === undefined) return values;
    values.push(found.value);
    at = found.end;
  }
}

/**
 * Says what is wrong with a reply, or undefined when it will do. `reply` is `[error, result]` with machine-dependent
 * text made neutral, `bytes` the response as it came.
 */
export function judgeReply(
  call: RecordedCall,
  reply: WireValue,
  bytes: Uint8Array,
  tolerance: number,
): string | undefined {
  if (call.response !== undefined && call.response === bytes.toHex()) return undefined;
  const wanted = expectedReply(call);
  const rel = Math.max(call.rel ?? 0, tolerance);
  const differs = (what: string) => `${what}: wanted ${brief(wanted)}, got ${brief(reply)}`;
  switch (call.compare) {
    case undefined:
      // Raws are the same to the last byte, also those of `get_diff` and `get_model`.
      return closeTo(wanted, reply, rel) ? undefined : differs("reply differs");
    case "unordered": {
      const sorted = (value: WireValue) => Array.isArray(value) ? [value[0], sortAt(value[1], call.depth ?? 0)] : value;
      return closeTo(sorted(wanted), sorted(reply), rel) ? undefined : differs("unordered reply differs");
    }
    case "structure":
      return shape(wanted, true) === shape(reply, true) ? undefined : differs("structure differs");
    case "type":
      return shape(wanted, false) === shape(reply, false) ? undefined : differs("type differs");
    case "status":
    case "paths":
      return closeTo(wanted, reply, 0) ? undefined : differs("reply differs");
  }
}

/** `[error, result]` as recorded. */
function expectedReply(call: RecordedCall): WireValue {
  if (call.response === undefined) return readableMember(call.line, "reply");
  const message = decodeValue(Uint8Array.fromHex(call.response))?.value;
  return Array.isArray(message) ? message.slice(2, 4) : null;
}

/** True when both are the same but for the order of maps and a relative difference of doubles. */
export function closeTo(a: WireValue, b: WireValue, rel: number): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return Object.is(a, b) || a === b || Math.abs(a - b) <= rel * Math.max(Math.abs(a), Math.abs(b));
  }
  if (a instanceof WireMap && b instanceof WireMap) {
    return closeTo(sortedEntries(a), sortedEntries(b), rel);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => closeTo(item, b[index], rel));
  }
  return a === b;
}

function sortedEntries(map: WireMap): WireValue[] {
  return map.entries.map(([key, value]) => [key, value]).sort((x, y) => byBytes(x[0]!, y[0]!));
}

function byBytes(a: WireValue, b: WireValue): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [encodeValue(a).toHex(), encodeValue(b).toHex()];
  return x < y ? -1 : x > y ? 1 : 0;
}

function sortAt(value: WireValue, depth: number): WireValue {
  if (!Array.isArray(value)) return value;
  return depth === 0 ? [...value].sort(byBytes) : value.map((item) => sortAt(item, depth - 1));
}

/** Types, map keys and, if wanted, array lengths, as text. */
function shape(value: WireValue, lengths: boolean): string {
  if (value === null) return "nil";
  if (value instanceof WireMap) {
    return `{${sortedEntries(value).map((it) => shapeOfEntry(it as WireValue[], lengths)).join()}}`;
  }
  if (Array.isArray(value)) return lengths ? `[${value.map((item) => shape(item, lengths)).join()}]` : "array";
  return typeof value;
}

function shapeOfEntry([key, value]: readonly WireValue[], lengths: boolean): string {
  return `${showValue(key!)}:${shape(value!, lengths)}`;
}

/**
 * Says how a saved model differs from the recorded one in content, or undefined. Time stamp and CRC do not count, nor do
 * ids and times inside where these are random.
 */
export function judgeModel(
  recorded: Uint8Array,
  saved: Uint8Array,
  tolerance: number,
  isRandom = false,
): string | undefined {
  const [wanted, got] = [splitModel(recorded), splitModel(saved)];
  if (wanted === undefined || got === undefined) return "not a model file";
  if (wanted.header !== got.header) return `model header is ${got.header}, wanted ${wanted.header}`;
  if (!closeTo(wanted.system, got.system, 0)) {
    return `model's system part is ${brief(got.system)}, wanted ${brief(wanted.system)}`;
  }
  const content = (user: WireValue) => isRandom ? withoutRandom(opened(user)) : opened(user);
  if (closeTo(content(wanted.user), content(got.user), tolerance)) return undefined;
  return `model's content differs: wanted ${brief(wanted.user)}, got ${brief(got.user)}`;
}

/** The parts of a model file that another run repeats. */
function splitModel(bytes: Uint8Array): { header: string; system: WireValue; user: WireValue } | undefined {
  if (bytes.length < 48) return undefined;
  const systemLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(32));
  const system = decodeValue(bytes, 48)?.value;
  const user = decodeValue(bytes, 48 + systemLength)?.value;
  if (!Array.isArray(system) || user === undefined) return undefined;
  // The second member of the system part is the time of saving.
  return { header: bytes.subarray(0, 28).toHex(), system: system.filter((_, index) => index !== 1), user };
}

/** Raws that hold msgpack are decoded, and lists of (name, cells) are sorted by name: their order is a hash table's. */
export function opened(value: WireValue): WireValue {
  if (typeof value === "string") return openedRaw(value);
  if (value instanceof WireMap) return new WireMap(value.entries.map(([key, it]) => [key, opened(it)]));
  if (!Array.isArray(value)) return value;
  const items: WireValue[] = value.map(opened);
  const named = items.length > 0 &&
    items.every((item) => Array.isArray(item) && item.length === 2 && typeof item[0] === "string");
  return named ? (items as WireValue[][]).sort((x, y) => byBytes(x[0]!, y[0]!)) : items;
}

/**
 * A value without random ids, times of day and the owners of rows, whom 1.1.1 does not tell apart; maps are lists in an
 * order that does not depend on these.
 */
export function withoutRandom(value: WireValue): WireValue {
  if (typeof value === "string") return value.replace(/(^|_)[0-9A-Za-z]{8}$|^127\.0\.0\.1_\d+$/, "$1");
  if (typeof value === "bigint") return isTime(value) ? 0n : value;
  if (Array.isArray(value)) return value.map(withoutRandom);
  if (!(value instanceof WireMap)) return value;
  const entries = value.entries.map((entry) => {
    const neutral = withoutRandom(entry);
    return { neutral, rank: showValue(neutral).replace(/\d+\.\d+/g, (digits) => Number(digits).toPrecision(6)) };
  });
  return entries.sort((x, y) => x.rank < y.rank ? -1 : x.rank > y.rank ? 1 : 0).map(({ neutral }) => neutral);
}

/** Seconds of the Unix clock in this half of the century. */
function isTime(value: bigint): boolean {
  return value > 1n << 30n && value < 1n << 31n;
}

function openedRaw(raw: ByteString): WireValue {
  const head = raw.charCodeAt(0);
  if (raw.length < 2 || !((head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd)) return raw;
  try {
    const bytes = Uint8Array.from(raw, (unit) => unit.charCodeAt(0));
    const found = decodeValue(bytes);
    return found?.end === bytes.length ? opened(found.value) : raw;
  } catch {
    return raw;
  }
}

function brief(value: WireValue): string {
  const text = showValue(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}...`;
}
