import type { ByteString } from "../base/byte_string.ts";
import { Exclusive } from "../base/exclusive.ts";
import { log } from "../base/log.ts";
import { ClusterLock } from "../cluster/lock.ts";
import { formatEndpoint } from "../cluster/paths.ts";
import { USER_DATA_VERSION } from "../model/model_file.ts";
import { Reader } from "../msgpack/reader.ts";
import { Writer } from "../msgpack/writer.ts";
import type { Call } from "../rpc/call.ts";
import { applyDiffs, EnvelopeFold, versionsOf, writeDiffs } from "./envelope.ts";
import { enterParams, type Mixer, type MixerOptions, readPutDiff, secondsSince, StoppingError } from "./mixer.ts";
import { callErrorText, keptRaw, PeerCalls } from "./peer_calls.ts";
import { runSliced } from "./sliced.ts";
import { MixTrigger } from "./trigger.ts";

/** The difference to be distributed, and whose differences are part of it. */
interface Folded {
  readonly fold: EnvelopeFold;
  readonly sources: ReadonlySet<PeerCalls>;
}

/** MIX speaks this version; a server with another one cannot be part of the cluster. */
const PROTOCOL_VERSION = USER_DATA_VERSION;
/** `do_mix` tries for the lock again after this, then twice that, up to the longest. */
const LOCK_RETRY_MS = 20;
const LOCK_RETRY_MS_MAX = 500;
/** `do_mix` gives up after this. */
const LOCK_TIMEOUT_MS = 60_000;

/**
 * The linear mixer: whoever gets the cluster's master lock asks all servers for their differences, folds them
 * and sends the result to all.
 *
 * A server begins "obsolete": it fetches another server's model, and the next difference that it accepts makes it
 * active. A server that refuses a difference, because it missed a round, is obsolete again.
 *
 * Unlike in 1.1.1 the master also takes servers that have not confirmed the folded difference, for whatever reason, off
 * the list of active ones. They are obsolete then, and must fetch the model before they mix again. Otherwise one that
 * has missed a round could be the next master while those that have it are out of reach, and mix by itself: as many
 * rounds would count as the same model, and what the others have mixed would get lost. That a server is only late does
 * not show in time. One of 1.1.1 that has applied the difference, but confirms it too late, does not notice that it is
 * taken off, and stays so until it misses a round or is started again.
 *
 * What a server has learned is added to the cluster's model at least once, as long as the server runs. It is added
 * twice when a master has folded it but the server does not get the folded difference: the model that it fetches then
 * has what it sent, it cannot know that, and sends it again. Masters of 1.1.1 do not say whose difference they have left
 * out; what that server had sent is lost, as there.
 */
export class LinearMixer implements Mixer {
  readonly methods: ReadonlyMap<string, Call> = new Map<string, Call>([
    ["get_diff", (params, result) => this.#getDiff(params, result)],
    ["put_diff", (params, result) => this.#putDiff(params, result)],
    ["get_model", (params, result) => this.#getModel(params, result)],
    ["do_mix", (_, result) => this.#doMix(result)],
  ]);
  readonly #options: MixerOptions;
  readonly #trigger: MixTrigger;
  readonly #lock: ClusterLock;
  /** Rounds of this server, one at a time. */
  readonly #rounds = new Exclusive();
  /** Changes of the registration as active, in order. */
  readonly #registrations = new Exclusive();
  /** Aborts when the server is stopped. */
  #stopping: AbortSignal = new AbortController().signal;
  #isObsolete = true;
  #isRunning = false;
  #resetTimeSec: number;

  constructor(options: MixerOptions) {
    this.#options = options;
    this.#trigger = new MixTrigger(options.clock, options.intervalSec, options.intervalCount);
    this.#lock = new ClusterLock(options.coordinator, options.membership.paths.masterLock, "write");
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
      ["linear_mixer.count", String(this.unmixedCount)],
      ["linear_mixer.ticktime", String(this.#resetTimeSec)],
      ["linear_mixer.is_obsolete", this.#isObsolete ? "1" : "0"],
      ["linear_mixer.is_running", this.#isRunning ? "1" : "0"],
    ];
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#stopping = signal;
    this.#isRunning = true;
    while (!signal.aborted) {
      try {
        await this.#rounds.run(() => this.#step());
      } catch (error) {
        log.warn(`error in mix thread: ${callErrorText(error)}`);
      }
      if (!signal.aborted) await this.#trigger.wait(signal);
    }
    // A round that a user has asked for is finished, too.
    await this.#rounds.run(() => {});
    this.#isRunning = false;
    await this.#registrations.run(() => {});
  }

  /** What there is to do now, if anything. */
  async #step(): Promise<void> {
    if (this.#stopping.aborted) return;
    try {
      if (!this.#isObsolete && this.#trigger.count > 0 && this.#trigger.isDue && await this.#lock.tryLock()) {
        log.info("got ZooKeeper lock, starting mix");
        this.#restartTrigger();
        // With the lock comes the news of what was done under it before.
        if (!this.#isObsolete) {
          await this.#round();
          log.info(`.... mix done. versions[${versionsOf(this.#options.model.mixables)}]`);
        }
      }
      if (!this.#isObsolete) return;
      if (!await this.#lock.tryLock()) {
        log.info("failed to get ZooKeeper lock, waiting");
        return;
      }
      log.info("start to get model from other server");
      if (await this.#fetchModel()) await this.#round();
    } finally {
      await this.#lock.unlock();
    }
  }

  /** One MIX round, by the holder of the lock. */
  async #round(): Promise<void> {
    const members = await this.#options.membership.nodes();
    if (members.length === 0) {
      log.warn("no server exists, assuming myself as up-to-date and becoming active node");
      this.#isObsolete = false;
      this.#register(true);
      return;
    }
    const begun = this.#options.clock.now();
    const peers = members.map((member) => new PeerCalls(member, this.#options.timeoutMs));
    try {
      const folded = await this.#collect(peers);
      if (folded === undefined) {
        log.warn("mix fails (all get_diffs fail)");
        return;
      }
      const writer = new Writer(64 * 1024);
      await runSliced(folded.fold.write(writer));
      if (!await this.#lock.confirm()) throw new Error("the lock was lost meanwhile");
      const mixed = await this.#distribute(peers, folded, writer.written());
      const seconds = secondsSince(this.#options.clock, begun);
      log.info(
        `mixed with ${mixed} servers in ${seconds} secs, ${writer.length} bytes (serialized data) has been put.`,
      );
    } catch (error) {
      log.warn(`error in mix master process: ${callErrorText(error)}`);
    } finally {
      await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    }
  }

  /** Asks all servers for their differences and folds those that came; undefined when none did. */
  async #collect(peers: readonly PeerCalls[]): Promise<Folded | undefined> {
    // The master asks itself like any other, as in 1.1.1.
    const diffs = peers.map((peer) => settled(peer.callForRaw("get_diff", (writer) => writer.writeInt(0))));
    const fold = new EnvelopeFold(this.#options.model.mixables);
    const good = new Set<PeerCalls>();
    // In the order of the members, whoever answers first; while one is folded, others go on sending.
    for (const peer of peers) {
      try {
        const diff = await diffs.shift()!;
        if (diff.status === "rejected") throw diff.reason;
        await runSliced(fold.add(peer.id, diff.value));
        good.add(peer);
      } catch (error) {
        log.warn(`get_diff failed at ${peer.name} : ${callErrorText(error)}`);
      }
    }
    if (good.size === 0) return undefined;
    log.info(`success to get_diff from [${[...good].map((peer) => peer.name).join(", ")}]`);
    return { fold, sources: good };
  }

  /** Sends the folded difference to all servers; how many have applied it, as far as can be told. */
  async #distribute(peers: readonly PeerCalls[], { fold, sources }: Folded, diff: Uint8Array): Promise<number> {
    const replies = await Promise.allSettled(peers.map((peer) => peer.putDiff(diff, sources.has(peer))));
    const good: string[] = [];
    const missed: PeerCalls[] = [];
    let applied = 0;
    for (const [i, reply] of replies.entries()) {
      const peer = peers[i]!;
      if (reply.status === "rejected") {
        log.warn(`put_diff failed at ${peer.name} : ${callErrorText(reply.reason)}`);
        missed.push(peer);
        continue;
      }
      good.push(peer.name);
      if (fold.members.includes(peer.id)) applied++;
    }
    log.info(`success to put_diff to [${good.join(", ")}]`);
    // When nobody has the new model, nobody has missed it.
    if (good.length > 0) await Promise.all(missed.map((peer) => this.#options.membership.exclude(peer.endpoint)));
    return applied;
  }

  /** Replaces the model by that of another server, if there is one; false when that failed. */
  async #fetchModel(): Promise<boolean> {
    const { membership, model, giveUp } = this.#options;
    const self = formatEndpoint(membership.self);
    const others = (await membership.nodes()).filter((member) => formatEndpoint(member) !== self);
    if (others.length === 0) {
      log.info("no other server available, I become active");
      this.#isObsolete = false;
      this.#register(true);
      return true;
    }
    const actives = (await membership.actives()).filter((member) => formatEndpoint(member) !== self);
    const sources = actives.length > 0 ? actives : others;
    const source = sources[Math.floor(Math.random() * sources.length)]!;
    await using peer = new PeerCalls(source, this.#options.timeoutMs);
    try {
      const { version, bytes } = await peer.call("get_model", (writer) => writer.writeInt(0), (result) => {
        result.expectArray(2);
        return { version: result.readUint64(), bytes: keptRaw(result) };
      });
      if (version !== PROTOCOL_VERSION) {
        giveUp(
          `MIX protocol version mismatch detected, going down; expected ${PROTOCOL_VERSION}, got ${version}`,
        );
        return false;
      }
      await model.exclusively(() => {
        model.replace(new Reader(bytes));
        this.#trigger.forgetSent();
        return Promise.resolve();
      });
      log.info(`got model(serialized data) ${bytes.length} from server[${peer.name}] `);
      return true;
    } catch (error) {
      log.warn(`get_model failed (${callErrorText(error)}): ${peer.name}`);
      return false;
    }
  }

  async #getDiff(params: Reader, result: Writer): Promise<void> {
    enterParams(params).readInt32();
    // Straight into the reply: copying a large difference would stop training.
    const start = result.beginRaw();
    const { model } = this.#options;
    await model.exclusively(() => {
      this.#trigger.sending();
      return runSliced(writeDiffs(model.mixables, result));
    });
    result.endRaw(start);
  }

  #putDiff(params: Reader, result: Writer): Promise<void> {
    const { model } = this.#options;
    const { diff, isSource } = readPutDiff(params);
    return model.exclusively(async () => {
      if (!isSource) {
        for (const part of model.mixables) part.forgetSent?.();
        this.#trigger.forgetSent();
      }
      const isAccepted = await runSliced(applyDiffs(model.mixables, diff));
      this.#applied(isAccepted, diff.length);
      this.#restartTrigger();
      if (isAccepted && isSource) this.#trigger.mixed();
      result.writeInt(0);
    });
  }

  #getModel(params: Reader, result: Writer): Promise<void> {
    const { model } = this.#options;
    enterParams(params).readInt32();
    return model.exclusively(async () => {
      result.writeArrayHeader(2);
      result.writeInt(PROTOCOL_VERSION);
      const start = result.beginRaw();
      await runSliced(model.pack(result));
      const size = result.endRaw(start);
      log.info(`sending learning-model. size = ${size}`);
    });
  }

  /** A round asked for by a user. False only when it could not be begun, as in 1.1.1. */
  async #doMix(result: Writer): Promise<void> {
    this.#restartTrigger();
    log.info("forced to mix by user RPC");
    result.writeBoolean(await this.#rounds.run(() => this.#forcedRound()));
  }

  async #forcedRound(): Promise<boolean> {
    const { clock, membership } = this.#options;
    const begun = clock.now();
    try {
      this.#stopping.throwIfAborted();
      for (let pause = LOCK_RETRY_MS; !await this.#lock.tryLock(); pause = Math.min(2 * pause, LOCK_RETRY_MS_MAX)) {
        const waited = clock.now() - begun;
        if (waited > LOCK_TIMEOUT_MS) {
          const seconds = Math.round(waited / 1000);
          throw new Error(`another server has held the lock ${membership.paths.masterLock} for ${seconds} seconds`);
        }
        await clock.sleep(pause, this.#stopping);
      }
      if (!this.#isObsolete || await this.#fetchModel()) await this.#round();
      return true;
    } catch (error) {
      if (this.#stopping.aborted) throw new StoppingError();
      log.warn(`do_mix failed: ${callErrorText(error)}`);
      return false;
    } finally {
      await this.#lock.unlock();
    }
  }

  /** A folded difference has reached this server, whoever was master. */
  #applied(isAccepted: boolean, bytes: number): void {
    const versions = versionsOf(this.#options.model.mixables);
    const news = isAccepted
      ? this.#isObsolete ? "I got latest model. So I become active." : "my model is still up to date."
      : this.#isObsolete
      ? "my model is still obsolete."
      : "I'm obsolete. I become inactive.";
    log.info(`put_diff with ${bytes} bytes finished ${news} versions [${versions}]`);
    if (isAccepted === this.#isObsolete) this.#register(isAccepted);
    this.#isObsolete = !isAccepted;
  }

  /** Tells the proxies, without making the caller wait; what fails is tried again with the next model. */
  #register(isActive: boolean): void {
    const { membership } = this.#options;
    const registration = this.#registrations.run(() => {
      return isActive ? membership.registerActive(() => this.#excluded()) : membership.unregisterActive();
    });
    registration.catch((error) => {
      log.error(
        `cannot tell the cluster that this server is ${isActive ? "active" : "obsolete"}: ${callErrorText(error)}`,
      );
      this.#isObsolete = true;
    });
  }

  /** A master has not reached this server. */
  #excluded(): void {
    log.warn("this server has missed a MIX round and is no longer active");
    this.#isObsolete = true;
  }

  #restartTrigger(): void {
    this.#trigger.restart();
    this.#resetTimeSec = this.#options.nowSec();
  }
}

/** What became of a promise, which may be asked for later. */
async function settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>> {
  const [result] = await Promise.allSettled([promise]);
  return result!;
}
