import { BenchCluster, withZookeeper } from "./bench_cluster.ts";
import { fillingRequests } from "./filling.ts";
import { numbersConfig } from "./numbers_section.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";
import { TrainProbe } from "./train_probe_process.ts";

const FEATURES = 100_000;

/** How soon a started server counts as active, which is when proxies send it requests. */
export const joinSection: Section = {
  name: "join",
  title: "From the start of a server's process until proxies can see it, AROW, num, 2 labels",
  run: (settings: BenchSettings): Promise<Figure[]> => withZookeeper(settings, () => measure(settings)),
};

async function measure(settings: BenchSettings): Promise<Figure[]> {
  settings.progress("starting a cluster");
  const alone: number[] = [];
  const joining: number[] = [];
  const pauses: number[] = [];
  for (let i = 0; i < (settings.quick ? 1 : 3); i++) {
    await using cluster = await BenchCluster.start(numbersConfig("AROW"));
    alone.push(await timed(() => cluster.addServer()));
    const client = cluster.client(cluster.servers[0]!);
    for (const request of fillingRequests({ features: FEATURES, perDatum: 100, perRequest: 20, flipped: false })) {
      await client.call("train", request, (result) => result.readInteger());
    }
    const probe = await TrainProbe.start(FEATURES, cluster.servers.slice(0, 1));
    const [result] = await probe.during(async () => joining.push(await timed(() => cluster.addServer())));
    pauses.push(result!.longestMs);
  }
  return [
    { name: "alone", value: median(alone), unit: "ms", note: `median of ${alone.length}` },
    {
      name: `joining a server with ${FEATURES.toLocaleString("en-US")} features`,
      value: median(joining),
      unit: "ms",
      note: `while it is trained, 1 in flight, with a longest pause of ${median(pauses).toFixed(1)} ms`,
    },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1]!;
}
