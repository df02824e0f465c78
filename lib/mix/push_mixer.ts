import type { ByteString } from "../base/byte_string.ts";
import { Exclusive } from "../base/exclusive.ts";
import { log } from "../base/log.ts";
import { type Endpoint, formatEndpoint } from "../cluster/paths.ts";
import type { Pushable } from "../model/mixable.ts";
import { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import type { Call } from "../rpc/call.ts";
import { enterParams, type Mixer, type MixerOptions, secondsSince, StoppingError } from "./mixer.ts";
import { callErrorText, PeerCalls } from "./peer_calls.ts";
import { runSliced } from "./sliced.ts";
import { MixTrigger } from "./trigger.ts";

/** Which servers a push mixer exchanges with. */
export type PushStrategy = "random_mixer" | "broadcast_mixer" | "skip_mixer";

/** Bytes that came and went. */
interface Exchanged {
  readonly pulled: number;
  readonly pushed: number;
}

/**
 * The push mixers: two servers tell each other what they know, and send what the other one does not. Only
 * parts that can be exchanged so take part; nobody is obsolete.
 *
 * Unlike in 1.1.1 a server that joins exchanges with all others, and becomes active once that has worked with one of
 * them: else a server without rows would answer for the cluster.
 */
export class PushMixer implements Mixer {
  readonly methods: ReadonlyMap<string, Call> = new Map<string, Call>([
    ["get_pull_argument", (params, result) => {
      enterParams(params).readInt32();
      result.writeRaw(this.#pullArgument());
    }],
    ["pull", async (params, result) => result.writeRaw(await this.#pull(readRawParam(params)))],
    ["push", async (params, result) => {
      await this.#push(readRawParam(params));
      result.writeInt(0);
    }],
    ["do_mix", (_, result) => this.#doMix(result)],
  ]);
  readonly #strategy: PushStrategy;
  readonly #options: MixerOptions;
  readonly #trigger: MixTrigger;
  readonly #rounds = new Exclusive();
  /** Aborts when the server is stopped. */
  #stopping: AbortSignal = new AbortController().signal;
  #resetTimeSec: number;
  /** The first exchange is over and the server is registered as active. */
  #isActive = false;

  constructor(strategy: PushStrategy, options: MixerOptions) {
    this.#strategy = strategy;
    this.#options = options;
    this.#trigger = new MixTrigger(options.clock, options.intervalSec, options.intervalCount);
    this.#resetTimeSec = options.nowSec();
  }

  updated(): void {
    this.#trigger.updated();
  }

  get unmixedCount(): number {
    return this.#trigger.count;
  }

  status(): [ByteString, ByteString][] {
    return [
      ["push_mixer.count", String(this.unmixedCount)],
      ["push_mixer.ticktime", String(this.#resetTimeSec)],
    ];
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#stopping = signal;
    while (!signal.aborted) {
      try {
        if (!this.#isActive || this.#trigger.isDue) await this.#rounds.run(() => this.#round());
      } catch (error) {
        if (error instanceof StoppingError) break;
        log.warn(`error in mix thread: ${callErrorText(error)}`);
      }
      if (!signal.aborted) await this.#trigger.wait(signal);
    }
    // An exchange that a user has asked for is finished, too.
    await this.#rounds.run(() => {});
  }

  /**
   * Exchanges with one server after the other; registers this one when it knows enough. Throws a {@link StoppingError}
   * before the next exchange when the server is stopped.
   */
  async #round(): Promise<void> {
    const { membership, clock } = this.#options;
    if (this.#stopping.aborted) throw new StoppingError();
    this.#reset();
    const members = await membership.nodes();
    const self = formatEndpoint(membership.self);
    const others = members.filter((member) => formatEndpoint(member) !== self);
    const done: Exchanged[] = [];
    if (others.length === 0) {
      log.info("no server exists, skipping mix");
    } else {
      const begun = clock.now();
      for (const peer of this.#isActive ? this.#choosePeers(members, others, self) : others) {
        if (this.#stopping.aborted) throw new StoppingError();
        const exchanged = await this.#exchange(peer);
        if (exchanged !== undefined) done.push(exchanged);
      }
      const pulled = done.reduce((sum, it) => sum + it.pulled, 0);
      const pushed = done.reduce((sum, it) => sum + it.pushed, 0);
      log.info(`${secondsSince(clock, begun)} time elapsed ${pulled} pulled  ${pushed} pushed`);
    }
    if (this.#isActive || (others.length > 0 && done.length === 0)) return;
    await membership.registerActive();
    this.#isActive = true;
  }

  #choosePeers(members: readonly Endpoint[], others: readonly Endpoint[], self: string): Endpoint[] {
    switch (this.#strategy) {
      case "broadcast_mixer":
        return [...others];
      case "random_mixer":
        return [others[Math.floor(Math.random() * others.length)]!];
      case "skip_mixer": {
        const own = members.findIndex((member) => formatEndpoint(member) === self);
        const peers: Endpoint[] = [];
        for (let step = members.length >> 1; step > 0; step >>= 1) {
          const peer = members[(own + step) % members.length]!;
          if (formatEndpoint(peer) !== self) peers.push(peer);
        }
        if (peers.length === 0) log.warn("no mix peer selected in mix strategy");
        return peers;
      }
    }
  }

  /** Exchanges with one server; undefined when that failed. */
  async #exchange(endpoint: Endpoint): Promise<Exchanged | undefined> {
    await using peer = new PeerCalls(endpoint, this.#options.timeoutMs);
    let method = "pull";
    try {
      const pulled = await peer.callForRaw("pull", (writer) => writer.writeRaw(this.#pullArgument()));
      try {
        method = "get_pull_argument";
        const argument = await peer.callForRaw("get_pull_argument", (writer) => writer.writeInt(0));
        const pushed = await this.#pull(argument);
        method = "push";
        await peer.call("push", (writer) => writer.writeRaw(pushed), (result) => result.readInteger());
        return { pulled: pulled.length, pushed: pushed.length };
      } finally {
        // What has come stays, whatever has become of the other server since.
        await this.#push(pulled);
      }
    } catch (error) {
      log.warn(`${method} failed at ${peer.name} : ${callErrorText(error)}`);
      return undefined;
    }
  }

  #parts(): readonly Pushable[] {
    return this.#options.model.mixables.flatMap((part) => part.pushable === undefined ? [] : [part.pushable]);
  }

  #pullArgument(): Uint8Array {
    const writer = new Writer();
    const parts = this.#parts();
    writer.writeArrayHeader(parts.length);
    for (const part of parts) part.writePullArgument(writer);
    return writer.written();
  }

  #pull(argument: Uint8Array): Promise<Uint8Array> {
    return this.#options.model.exclusively(async () => {
      const reader = new Reader(argument);
      const writer = new Writer();
      const parts = this.#parts();
      if (reader.readArrayHeader() !== parts.length) throw new Error("pull array failed");
      writer.writeArrayHeader(parts.length);
      for (const part of parts) await runSliced(part.pull(reader, writer));
      return writer.written();
    });
  }

  #push(diff: Uint8Array): Promise<void> {
    return this.#options.model.exclusively(async () => {
      const reader = new Reader(diff);
      const parts = this.#parts();
      if (reader.readArrayHeader() !== parts.length) throw new Error("push failed");
      for (const part of parts) await runSliced(part.push(reader));
      this.#reset();
    });
  }

  async #doMix(result: Writer): Promise<void> {
    log.info("forced to mix by user RPC");
    let isDone = true;
    try {
      await this.#rounds.run(() => this.#round());
    } catch (error) {
      if (error instanceof StoppingError) throw error;
      log.warn(`do_mix failed: ${callErrorText(error)}`);
      isDone = false;
    }
    result.writeBoolean(isDone);
  }

  #reset(): void {
    this.#trigger.reset();
    this.#resetTimeSec = this.#options.nowSec();
  }
}

/** The only parameter, a raw; anything else has a text of its own in 1.1.1. */
function readRawParam(params: Reader): Uint8Array {
  if (enterParams(params).peek() !== "raw") throw new Error("argument mismatch");
  return params.readRaw();
}
