import type { RpcClient } from "../../lib/rpc/client.ts";
import { trainOnce } from "./accuracy.ts";
import { numbersConfig } from "./numbers_section.ts";
import { BenchServer } from "./programs.ts";
import type { Example } from "./requests.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";

const FEATURES = 1_000_000;
const FEATURES_PER_DATUM = 100;
const PER_REQUEST = 20;
const PROBES = 10;

/** What a feature costs: a million of them with a cell (weight and covariance) for each of two labels. */
export const memorySection: Section = {
  name: "memory",
  title: "Memory: 1,000,000 features x 2 labels, AROW",
  async run(settings: BenchSettings): Promise<Figure[]> {
    if (Deno.build.os !== "linux") return [];
    await using server = await BenchServer.classifier(numbersConfig("AROW"));
    await using client = server.client();
    await trainOnce(client, data(0, 1), 1);
    await client.call("clear", Uint8Array.from(parameters), (result) => result.skip());
    const before = await settled(server, client);
    settings.progress("training a million features");
    const perStep = FEATURES_PER_DATUM * PER_REQUEST;
    for (let first = 0; first < FEATURES; first += perStep) {
      await trainOnce(client, data(first, PER_REQUEST), PER_REQUEST);
    }
    const peak = await server.residentBytes();
    const after = await settled(server, client);
    return [{
      name: "server's memory beyond the empty server, per feature",
      value: (after - before) / FEATURES,
      unit: "bytes",
      wanted: { atMost: 200 },
      note: `names of 14 bytes included; ${mebibytes(before)} -> ${mebibytes(after)}, at most ${mebibytes(peak)}`,
    }];
  },
};

/** `[""]`: the cluster's name alone. */
const parameters = [0x91, 0xa0];

/** Data whose features are all new; the label changes from one to the next, so that each feature gets both. */
function data(first: number, count: number): Example[] {
  return Array.from({ length: count }, (_, datum) => ({
    label: datum % 2 === 0 ? "yes" : "no",
    strings: [],
    numbers: Array.from({ length: FEATURES_PER_DATUM }, (_, i) => {
      const number = first + datum * FEATURES_PER_DATUM + i;
      return [`feature${number.toString().padStart(7, "0")}`, 1] as const;
    }),
  }));
}

/** The lowest resident memory in the course of some seconds: requests bring garbage collections to their end. */
async function settled(server: BenchServer, client: RpcClient): Promise<number> {
  let least = Infinity;
  for (let probe = 0; probe < PROBES; probe++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await client.call("get_labels", Uint8Array.from(parameters), (result) => result.skip());
    least = Math.min(least, await server.residentBytes());
  }
  return least;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}
