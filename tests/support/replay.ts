/**
 * Replays recordings: sends the recorded requests, and says where an answer is not as good as the recorded one.
 *
 * @module
 */
import { type ByteString, byteStringOfText } from "../../lib/base/byte_string.ts";
import { RawConnection } from "./raw_connection.ts";
import { decodeAll, judgeModel, judgeReply, type RecordedCall, type Recording } from "./recording.ts";
import { WireMap, type WireValue } from "./wire_value.ts";

/** How far doubles may be apart, relatively, unless the caller says otherwise: some logarithms of the original's are off by the last bit. */
export const defaultTolerance = 3e-16;
/** After this many problems a file is given up. */
const problemsMax = 50;

/** The servers that a recording is replayed against. */
export interface ReplayTarget extends AsyncDisposable {
  /** Where a call's server, or the proxy, listens. */
  address(to: number | "proxy"): { readonly hostname: string; readonly port: number };
  /** Replaces the server by a new one with an empty data directory. */
  restart(): Promise<void>;
  /** The file a server saves a model of that id in. */
  modelFile(to: number, id: string): string;
  /** Text of this machine (paths, ports) and what recordings say in its place. */
  neutralTexts(): readonly (readonly [text: string, neutral: string])[];
  /** Starts, stops or kills a server. */
  act(call: RecordedCall): Promise<void>;
}

/** What came of one file. */
export interface ReplayReport {
  readonly file: string;
  /** Replies compared. */
  lines: number;
  /** Replies that differ from a defect of the original; allowed. */
  quirks: number;
  readonly problems: string[];
}

/** Replays every call in order. */
export async function replay(
  recording: Recording,
  target: ReplayTarget,
  tolerance: number = defaultTolerance,
): Promise<ReplayReport> {
  const report: ReplayReport = { file: recording.file, lines: 0, quirks: 0, problems: [] };
  const session = new Session(recording, target, tolerance, report);
  try {
    for (const call of recording.calls) {
      if (!await session.perform(call) || report.problems.length >= problemsMax) break;
    }
  } finally {
    session.hangUp();
  }
  return report;
}

class Session {
  readonly #recording: Recording;
  readonly #target: ReplayTarget;
  readonly #tolerance: number;
  readonly #report: ReplayReport;
  readonly #connections = new Map<number | "proxy", RawConnection>();

  constructor(recording: Recording, target: ReplayTarget, tolerance: number, report: ReplayReport) {
    this.#recording = recording;
    this.#target = target;
    this.#tolerance = tolerance;
    this.#report = report;
  }

  /** False when the session cannot go on. */
  async perform(call: RecordedCall): Promise<boolean> {
    if (call.action !== undefined) {
      // Idle connections would time out meanwhile; those to a stopped server are of no use.
      this.hangUp();
      await this.#target.act(call);
      return true;
    }
    await this.#prepare(call);
    const to = call.to ?? 0;
    const wanted = call.response === undefined ? 1 : decodeAll(Uint8Array.fromHex(call.response)).length;
    const connection = await this.#connect(to);
    const answer = await connection.exchange(
      Uint8Array.fromHex(call.request),
      call.notify || call.response === "" ? 0 : wanted,
    );
    if (answer === undefined) {
      connection[Symbol.dispose]();
      this.#connections.delete(to);
      if (!call.closed) this.#problem(call, "the server closed the connection");
      return call.closed === true;
    }
    if (answer.messages.length > 1) {
      if (answer.bytes.toHex() !== call.response) this.#problem(call, "pipelined replies differ");
    } else if (answer.messages.length === 1) {
      this.#judge(call, answer.messages[0]!, answer.bytes);
    }
    if (call.save !== undefined) await this.#judgeSaved(call, call.save);
    return true;
  }

  hangUp(): void {
    for (const connection of this.#connections.values()) connection[Symbol.dispose]();
    this.#connections.clear();
  }

  /** Restarts the server and puts model files in place, as the line asks. */
  async #prepare(call: RecordedCall): Promise<void> {
    if (call.fresh) {
      this.hangUp();
      await this.#target.restart();
    }
    const put = call.put ?? (call.load_from === undefined ? undefined : {
      id: String(call.params?.[1]),
      hex: this.#recording.calls.find((it) => it.n === call.load_from)?.save ?? "",
    });
    if (put !== undefined) await Deno.writeFile(this.#modelFile(call, put.id), Uint8Array.fromHex(put.hex));
  }

  #modelFile(call: RecordedCall, id: string): string {
    return this.#target.modelFile(typeof call.to === "number" ? call.to : 0, id);
  }

  async #connect(to: number | "proxy"): Promise<RawConnection> {
    const connection = this.#connections.get(to) ?? await RawConnection.open(this.#target.address(to));
    this.#connections.set(to, connection);
    return connection;
  }

  #judge(call: RecordedCall, message: WireValue, bytes: Uint8Array): void {
    this.#report.lines++;
    const reply = Array.isArray(message) ? message.slice(2, 4) : message;
    const complaint = judgeReply(call, this.#neutral(call, reply), bytes, this.#tolerance);
    if (complaint === undefined) return;
    if (call.quirk) this.#report.quirks++;
    else this.#problem(call, complaint);
  }

  async #judgeSaved(call: RecordedCall, recorded: string): Promise<void> {
    const saved = await Deno.readFile(this.#modelFile(call, String(call.params?.[1])));
    const isRandom = call.save_compare === "structure";
    const complaint = judgeModel(Uint8Array.fromHex(recorded), saved, this.#tolerance, isRandom);
    if (complaint !== undefined) this.#problem(call, complaint);
  }

  #neutral(call: RecordedCall, reply: WireValue): WireValue {
    const texts = this.#target.neutralTexts().map(([text, neutral]) => [byteStringOfText(text), neutral] as const);
    const { mask } = this.#recording.head;
    const random = mask === undefined ? undefined : new RegExp(mask, "g");
    const neutral = mapRaws(reply, (raw) => {
      for (const [text, replacement] of texts) raw = raw.replaceAll(text, replacement);
      return random === undefined ? raw : raw.replace(random, "*");
    });
    return /^get_(proxy_)?status$/.test(call.method) ? maskStatus(neutral) : neutral;
  }

  #problem(call: RecordedCall, text: string): void {
    this.#report.problems.push(`n=${call.n} ${call.method}: ${text}`);
  }
}

/** Values of get_status that no two runs share. */
const volatileStatus = new Set([
  "clock_time",
  "start_time",
  "uptime",
  "VIRT",
  "RSS",
  "SHR",
  "pid",
  "user",
  "datadir",
  "configpath",
  "logdir",
  "last_saved",
  "last_saved_path",
  "last_loaded",
  "last_loaded_path",
  "linear_mixer.ticktime",
  "push_mixer.ticktime",
  "connected_zookeeper",
]);

function maskStatus(reply: WireValue): WireValue {
  if (!Array.isArray(reply) || !(reply[1] instanceof WireMap)) return reply;
  const servers = reply[1].entries.map(([who, status]): [WireValue, WireValue] => [
    who,
    !(status instanceof WireMap)
      ? status
      : new WireMap(status.entries.map(([key, value]) => [key, volatileStatus.has(String(key)) ? "*" : value])),
  ]);
  return [reply[0], new WireMap(servers)];
}

function mapRaws(value: WireValue, change: (raw: ByteString) => ByteString): WireValue {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapRaws(item, change));
  if (!(value instanceof WireMap)) return value;
  return new WireMap(value.entries.map(([key, it]) => [mapRaws(key, change), mapRaws(it, change)]));
}
