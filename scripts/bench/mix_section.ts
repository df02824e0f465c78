import { Writer } from "../../lib/msgpack/writer.ts";
import type { RpcClient } from "../../lib/rpc/client.ts";
import { BenchCluster, CLUSTER, withZookeeper } from "./bench_cluster.ts";
import { fillingRequests } from "./filling.ts";
import { numbersConfig } from "./numbers_section.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";
import { TrainProbe } from "./train_probe_process.ts";

/** Numbers of features, how long Jubatus 1.1.1 took for the round, and what is wanted here. */
const sizes = [
  { features: 100_000, referenceSec: 1.1, secondsMax: 0.4, pauseMsMax: 50 },
  { features: 1_000_000, referenceSec: 21, secondsMax: 5, pauseMsMax: 50 },
] as const;
/** In what steps each server learns the features: all in the same order, or each in one of its own, which is harder. */
const orders = [
  { name: "one order", steps: [1, 1, 1] },
  { name: "three orders", steps: [1, 7919, 104_729] },
] as const;
const PER_DATUM = 100;
const PER_REQUEST = 20;

/** A MIX round in which all servers have learned all features. */
export const mixSection: Section = {
  name: "mix",
  title: "do_mix of 3 servers that have learned the same features x 2 labels, in one order or three, AROW, num",
  run: (settings: BenchSettings): Promise<Figure[]> => withZookeeper(settings, () => measure(settings)),
};

async function measure(settings: BenchSettings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of sizes) {
    for (const order of orders) figures.push(...await measureRounds(settings, size, order));
  }
  return figures;
}

async function measureRounds(
  settings: BenchSettings,
  { features, referenceSec, secondsMax, pauseMsMax }: typeof sizes[number],
  order: typeof orders[number],
): Promise<Figure[]> {
  const times = settings.quick || features > 100_000 ? 1 : 3;
  const name = `${features.toLocaleString("en-US")} features, ${order.name}`;
  settings.progress(`${name}: starting servers`);
  await using cluster = await BenchCluster.start(numbersConfig("AROW"));
  for (const _ of order.steps) await cluster.addServer();
  const clients = cluster.servers.map((server) => cluster.client(server));
  const quiet: number[] = [];
  const busy: number[] = [];
  const pauses: number[] = [];
  const stillPauses: number[] = [];
  let bytes = 0;
  for (let i = 0; i < times; i++) {
    settings.progress(`${name}: a round`);
    await fill(clients, features, order.steps, false);
    quiet.push(await mix(clients[0]!));
    settings.progress(`${name}: a round while training goes on`);
    await fill(clients, features, order.steps, true);
    bytes = await diffBytes(clients);
    const still = await TrainProbe.start(features, cluster.servers);
    for (const it of await still.during(() => pause(500))) stillPauses.push(it.longestMs);
    const probe = await TrainProbe.start(features, cluster.servers);
    const results = await probe.during(async () => busy.push(await mix(clients[0]!)));
    pauses.push(Math.max(...results.map((it) => it.longestMs)));
  }
  const size = `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
  return [{
    name,
    value: median(quiet),
    unit: "s",
    wanted: { atMost: secondsMax },
    note: `1.1.1 took ${referenceSec} s; about ${size} collected and ${size} distributed; ` +
      `while training ${median(busy).toFixed(2)} s`,
  }, {
    name: `${name}: longest pause of train`,
    value: median(pauses),
    unit: "ms",
    wanted: { atMost: pauseMsMax },
    note: `of any server, 1 in flight at each; without a round ${Math.max(...stillPauses).toFixed(1)} ms`,
  }];
}

async function fill(
  clients: readonly RpcClient[],
  features: number,
  steps: readonly number[],
  flipped: boolean,
): Promise<void> {
  await Promise.all(clients.map(async (client, i) => {
    const filling = { features, perDatum: PER_DATUM, perRequest: PER_REQUEST, flipped, step: steps[i]! };
    const requests = fillingRequests(filling);
    for (const request of requests) await client.call("train", request, (result) => result.readInteger());
  }));
}

/** Seconds that `do_mix` takes. */
async function mix(client: RpcClient): Promise<number> {
  const params = new Writer();
  params.writeArrayHeader(1);
  params.writeByteString(CLUSTER);
  const begin = performance.now();
  const isDone = await client.call("do_mix", params.take(), (result) => result.readBoolean());
  if (!isDone) throw new Error("do_mix was refused");
  return (performance.now() - begin) / 1000;
}

/** Bytes of all servers' differences. */
async function diffBytes(clients: readonly RpcClient[]): Promise<number> {
  let bytes = 0;
  for (const client of clients) {
    bytes += await client.call("get_diff", Uint8Array.of(0x91, 0), (result) => result.readRawSpan());
  }
  return bytes;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1]!;
}
