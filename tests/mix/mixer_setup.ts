/** A mixer of a server alone in memory, at a clock that the test moves. */
import { log } from "../../lib/base/log.ts";
import { ensureNode, Membership, prepareTree } from "../../lib/cluster/membership.ts";
import type { Mixer, MixerOptions, MixModel } from "../../lib/mix/mixer.ts";
import type { Mixable } from "../../lib/model/mixable.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { MemoryTree } from "../support/memory_coordinator.ts";
import { bytesOfPlain } from "../support/packed.ts";
import { decodeValue, type WireValue } from "../support/wire_value.ts";

/** A mixer while it runs, and what is around it. */
export interface MixerSetup {
  readonly mixer: Mixer;
  readonly clock: ManualClock;
  readonly membership: Membership;
  readonly tree: MemoryTree;
  /** How many log lines have `text`. */
  logged(text: string): number;
  /** Calls one of the mixer's methods; the parameters are one 0 unless said. */
  call(method: string, params?: Uint8Array): Promise<WireValue>;
  /** The counter in the status. */
  count(): number;
  /** Registers servers of the cluster. */
  join(...ports: number[]): Promise<void>;
  /** Tells the mixer to stop; resolves when it has. */
  stop(): Promise<void>;
}

/** A model of the given parts that holds nothing else. */
export function modelOf(...mixables: readonly Mixable[]): MixModel {
  return { mixables, pack: function* () {}, replace: () => {}, exclusively: (work) => work() };
}

/** Runs a mixer that mixes after 16 seconds or 3 updates while the test goes on. */
export async function withMixer(
  make: (options: MixerOptions) => Mixer,
  test: (setup: MixerSetup) => Promise<void>,
  model: MixModel = modelOf(),
): Promise<void> {
  const tree = new MemoryTree();
  const coordinator = tree.connect();
  await prepareTree(coordinator, "classifier", "x");
  const membership = new Membership(coordinator, "classifier", "x", { host: "127.0.0.1", port: 1 });
  await coordinator.create(membership.paths.masterLock, "persistent");
  const others = tree.connect();
  const clock = new ManualClock();
  const mixer = make({
    model,
    membership,
    coordinator,
    clock,
    nowSec: () => Math.floor(clock.now() / 1000),
    intervalSec: 16,
    intervalCount: 3,
    timeoutMs: 1000,
    giveUp: (reason) => {
      throw new Error(reason);
    },
  });
  const lines: string[] = [];
  log.setSinks([{ write: (line) => void lines.push(line) }]);
  const stopping = new AbortController();
  const running = mixer.run(stopping.signal);
  const stop = (): Promise<void> => {
    stopping.abort();
    return running;
  };
  try {
    await test({
      mixer,
      clock,
      membership,
      tree,
      logged: (text) => lines.filter((line) => line.includes(text)).length,
      call: async (method, params = bytesOfPlain([0])) => {
        const result = new Writer();
        await mixer.methods.get(method)!(new Reader(params), result);
        return decodeValue(result.take())!.value;
      },
      join: async (...ports) => {
        await ensureNode(others, membership.paths.nodes);
        for (const port of ports) await others.create(membership.paths.node({ host: "127.0.0.1", port }), "ephemeral");
      },
      count: () => Number(mixer.status()[0]![1]),
      stop,
    });
  } finally {
    await stop();
    log.setSinks([]);
  }
}
