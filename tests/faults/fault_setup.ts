/** What the tests of faults have in common. */
import { assert, assertEquals } from "@std/assert";
import { ClassifierClient, type Datum, type ScoredLabel } from "../../mod.ts";
import type { ServerProcess } from "../support/server_process.ts";
import type { TestCluster } from "../support/test_cluster.ts";
import { eventually, within } from "../support/until.ts";
import { withoutZookeeperLog } from "../support/zookeeper_log.ts";

/** Longer than any call takes here. */
const PATIENCE_MS = 40_000;

/** The configuration of the clusters under test. */
export const config = {
  method: "AROW",
  parameter: { regularization_weight: 1 },
  converter: { num_rules: [{ key: "*", type: "num" }] },
};

/** Where a server listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** The end of a process that ends by itself, with exit code 0. */
export async function endsByItself(server: ServerProcess, patienceMs?: number): Promise<void> {
  const { code, stdout, stderr } = await within(`the process at port ${server.port} ends`, server.result, patienceMs);
  assertEquals([code, withoutZookeeperLog(stderr)], [0, ""], stdout.slice(-3000));
}

/** Calls a server on a connection of its own; no call takes longer than our patience. */
export async function ask<T>(
  { hostname, port }: Address,
  work: (client: ClassifierClient) => Promise<T>,
  name = "",
): Promise<T> {
  await using client = await ClassifierClient.connect({ host: hostname, port, name, timeoutMs: PATIENCE_MS });
  return await work(client);
}

/** One MIX round with the server as master, if it gets the lock in time. */
export async function mix(server: Address): Promise<void> {
  assertEquals(await ask(server, (client) => client.do_mix()), true);
}

/** Number of open descriptors of a process. */
export function descriptorsOf(server: ServerProcess): number {
  return [...Deno.readDirSync(`/proc/${server.pid}/fd`)].length;
}

/** Resolves when the servers, and no others, are registered as active. */
export async function areActive(cluster: TestCluster, servers: readonly Address[]): Promise<void> {
  const wanted = servers.map(({ hostname, port }) => `${hostname}_${port}`).sort().join();
  let found = "";
  try {
    await eventually("these are active", async () => (found = (await cluster.children("actives")).join()) === wanted);
  } catch (cause) {
    throw new Error(`active are ${found}, not ${wanted}`, { cause });
  }
}

/** Runs two rounds, after which all servers must have one and the same model. */
export async function assertConverged(
  cluster: TestCluster,
  servers: readonly Address[],
  ledger: Ledger,
  master: Address = servers[0]!,
): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await mix(master);
    await areActive(cluster, servers);
  }
  const models = await Promise.all(servers.map((server) =>
    ask(server, async (client) => {
      const [status] = [...(await client.get_status()).values()];
      return {
        versions: [status!.get("model_version"), status!.get("weight_manager_version")],
        labels: await client.get_labels(),
        // In an order that depends on how each server came by its labels.
        scores: (await client.classify(ledger.data())).map((scores) => scores.toSorted(byLabel)),
      };
    })
  ));
  assertEquals(models[0]!.labels, ledger.counts());
  for (const model of models.slice(1)) assertEquals(model, models[0]);
  for (const server of servers) await ledger.assertLearned(server);
}

function byLabel(left: ScoredLabel, right: ScoredLabel): number {
  return left.label < right.label ? -1 : 1;
}

/** Examples with a feature of their own each: what became of each one shows in the scores of that feature. */
export class Ledger {
  readonly #prefix: string;
  /** Labels of the acknowledged examples. */
  readonly #labels: string[] = [];

  constructor(prefix = "f") {
    this.#prefix = prefix;
  }

  /** Number of acknowledged examples. */
  get size(): number {
    return this.#labels.length;
  }

  /** Trains a server, or the servers behind a proxy, with `count` examples, one call each. */
  train(server: Address, count = 4, name = ""): Promise<void> {
    return ask(server, async (client) => {
      for (let i = 0; i < count; i++) await this.trainOne(client);
    }, name);
  }

  /** Trains with one example; it counts once it is acknowledged. */
  async trainOne(client: ClassifierClient): Promise<void> {
    await this.trainMany(client, 1);
  }

  /** Trains with several examples in one call. */
  async trainMany(client: ClassifierClient, count: number): Promise<void> {
    const labels = Array.from({ length: count }, (_, i) => (this.size + i) % 2 === 0 ? "even" : "odd");
    const examples = labels.map((label, i): [string, Datum] => [label, this.#datum(this.size + i)]);
    assertEquals(await client.train(examples), count);
    this.#labels.push(...labels);
  }

  /** One datum for each example, in order. */
  data(): Datum[] {
    return this.#labels.map((_, i) => this.#datum(i));
  }

  /** How many examples of each label were acknowledged. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const label of this.#labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts;
  }

  /** The server's model has all acknowledged examples, or at least every `step`-th of them. */
  async assertLearned(server: Address, step = 1): Promise<void> {
    const indices = this.#labels.flatMap((_, i) => i % step === 0 ? [i] : []);
    const scores = await ask(server, (client) => client.classify(indices.map((i) => this.#datum(i))));
    const missing = indices.flatMap((index, i) => {
      const label = this.#labels[index];
      const own = scores[i]!.find((it) => it.label === label)?.score ?? 0;
      const other = scores[i]!.find((it) => it.label !== label)?.score ?? 0;
      return own > other ? [] : [`${this.#prefix}${index}`];
    });
    assert(missing.length === 0, `port ${server.port} has lost ${missing.length} of ${this.size}: ${missing}`);
  }

  #datum(index: number): Datum {
    return { [`${this.#prefix}${index}`]: 1 };
  }
}
