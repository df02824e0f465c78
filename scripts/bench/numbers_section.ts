import { tenNumbers } from "./data.ts";
import { bestOf, runRounds } from "./load_process.ts";
import { BenchServer } from "./programs.ts";
import { writeRequests } from "./requests.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";

/** A way of sending data, and what is wanted of it. */
interface Way {
  readonly name: string;
  readonly method: "train" | "classify";
  readonly perRequest: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly wanted?: NonNullable<Figure["wanted"]>;
}

const ways: readonly Way[] = [
  { name: "train", method: "train", perRequest: 1, connections: 4, inFlight: 1, wanted: { floorShare: 0.8 } },
  {
    name: "train",
    method: "train",
    perRequest: 1,
    connections: 4,
    inFlight: 64,
    wanted: { atLeast: 350_000, floorShare: 0.12 },
  },
  { name: "train", method: "train", perRequest: 100, connections: 1, inFlight: 8, wanted: { atLeast: 700_000 } },
  { name: "train", method: "train", perRequest: 100, connections: 4, inFlight: 2, wanted: { atLeast: 700_000 } },
  { name: "classify", method: "classify", perRequest: 1, connections: 4, inFlight: 1 },
  { name: "classify", method: "classify", perRequest: 100, connections: 4, inFlight: 2 },
];

/** The configuration of a classifier that takes numbers as they are. */
export function numbersConfig(method: string): unknown {
  return {
    method,
    parameter: { regularization_weight: 1.0 },
    converter: { num_rules: [{ key: "*", type: "num" }] },
  };
}

/** RPC and learning together: small data, each way beside the floor under the same load. */
export const numbersSection: Section = {
  name: "numbers",
  title: "10 numbers per datum, 3 labels, AROW",
  async run(settings: BenchSettings): Promise<Figure[]> {
    const examples = tenNumbers(4000);
    await using floor = await BenchServer.floor();
    await using server = await BenchServer.classifier(numbersConfig("AROW"));
    const figures: Figure[] = [];
    for (const way of ways) {
      const title = `${way.name} ${way.perRequest}/request, ${way.connections} x ${way.inFlight} in flight`;
      settings.progress(title);
      const file = `${settings.scratch}/${way.method}-${way.perRequest}`;
      await writeRequests(file, way.method, examples, way.perRequest);
      const load = { file, connections: way.connections, inFlight: way.inFlight };
      const time = settings.quick
        ? { rounds: 1, seconds: 0.5, warmUpSeconds: 0.3 }
        : { rounds: 5, seconds: 1, warmUpSeconds: 0.3 };
      const [bottom, ours] = await runRounds([{ port: floor.port, load }, { port: server.port, load }], time);
      const share = ours!.repliesPerSecond / bottom!.repliesPerSecond;
      figures.push({
        name: title,
        value: ours!.bestRepliesPerSecond * way.perRequest,
        unit: "data/s",
        floorShare: share,
        ...way.wanted === undefined ? {} : { wanted: way.wanted },
        note:
          `${bestOf(time, ours!, way.perRequest)}; p50 ${ours!.p50Us.toFixed(0)} us, p99 ${
            ours!.p99Us.toFixed(0)
          } us; floor ` +
          `${Math.round(bottom!.repliesPerSecond).toLocaleString("en-US")} requests/s`,
      });
    }
    return figures;
  },
};
