import { BenchCluster, CLUSTER, withZookeeper } from "./bench_cluster.ts";
import { tenNumbers } from "./data.ts";
import type { LoadResult } from "./load.ts";
import { runRounds } from "./load_process.ts";
import { numbersConfig } from "./numbers_section.ts";
import { BenchServer, scriptCommand } from "./programs.ts";
import { writeRequests } from "./requests.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";

/** Connections and requests in flight on each. */
const ways: readonly (readonly [connections: number, inFlight: number])[] = [[1, 1], [1, 64], [4, 1], [4, 64]];
const SHARE_WANTED = 0.6;

/**
 * What is left of a server's speed behind a proxy, beside what is left of it behind a pipe, which knows nothing of
 * messages: the floor. Load generator, proxy and server share the machine's processors.
 */
export const proxySection: Section = {
  name: "proxy",
  title: "Through jubaclassifier_proxy to one server of a cluster; 1/request, 10 numbers, 3 labels, AROW",
  run: (settings: BenchSettings): Promise<Figure[]> => withZookeeper(settings, () => measure(settings)),
};

async function measure(settings: BenchSettings): Promise<Figure[]> {
  settings.progress("starting a cluster");
  await using cluster = await BenchCluster.start(numbersConfig("AROW"));
  const server = await cluster.addServer();
  const proxy = await cluster.addProxy();
  await using pipe = await BenchServer.start((port) => scriptCommand("pipe.ts", [`${port}`, `${server.port}`]));
  const examples = tenNumbers(4000);
  const figures: Figure[] = [];
  for (const method of ["train", "classify"] as const) {
    const file = `${settings.scratch}/proxied-${method}`;
    await writeRequests(file, method, examples, 1, CLUSTER);
    for (const [connections, inFlight] of ways) {
      const title = `${method}, ${connections} x ${inFlight} in flight`;
      settings.progress(title);
      const load = { file, connections, inFlight };
      const time = settings.quick
        ? { rounds: 1, seconds: 0.7, warmUpSeconds: 0.3 }
        : { rounds: 5, seconds: 0.7, warmUpSeconds: 0.3 };
      const ports = [server.port, proxy.port, pipe.port];
      const [direct, proxied, piped] = await runRounds(ports.map((port) => ({ port, load })), time);
      figures.push({
        name: title,
        value: proxied!.repliesPerSecond / direct!.repliesPerSecond * 100,
        unit: "% of direct",
        floorShare: proxied!.repliesPerSecond / piped!.repliesPerSecond,
        wanted: { atLeast: SHARE_WANTED * 100 },
        note: `${summary(proxied!)}; direct ${summary(direct!)}; floor ${summary(piped!)}`,
      });
    }
  }
  return figures;
}

function summary({ repliesPerSecond, p50Us }: LoadResult): string {
  return `${Math.round(repliesPerSecond).toLocaleString("en-US")}/s, p50 ${p50Us.toFixed(0)} us`;
}
