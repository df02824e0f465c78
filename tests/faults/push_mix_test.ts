/** Push mixers among servers that die, hang or talk nonsense: rounds end, what is acknowledged stays, all agree again. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ServerProcess } from "../support/server_process.ts";
import { call, logged, TestCluster } from "../support/test_cluster.ts";
import { eventually, within } from "../support/until.ts";
import { WireCaller } from "../support/wire_call.ts";
import type { WireValue } from "../support/wire_value.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";
import { FakeMember } from "./fake_member.ts";
import { type Address, areActive, ask, descriptorsOf, mix } from "./fault_setup.ts";

const config = {
  method: "NN",
  parameter: { method: "euclid_lsh", parameter: { hash_num: 64 }, nearest_neighbor_num: 3, local_sensitivity: 1 },
  converter: { num_rules: [{ key: "*", type: "num" }] },
};
/** Peers that do not answer are given up soon; sessions outlast that. */
const SHORT_CALLS = ["-Z", "20", "-I", "1"];
/** Sessions end soon, peers get some time to answer. */
const SHORT_SESSION = ["-Z", "2", "-I", "20"];

/** `pull` of a server that knows nothing. */
const NOTHING_KNOWN = "\x91\x80";

/** Labels, each of one example: a lost one is missing, one counted twice shows. */
class Labels {
  readonly #acknowledged: string[] = [];

  /** Trains a server with `count` examples. */
  async train(server: Address, prefix: string, count = 3): Promise<void> {
    for (let i = 0; i < count; i++) {
      const label = `${prefix}${this.#acknowledged.length}`;
      assertEquals(await ask(server, (client) => client.train([[label, { x: i }]])), 1);
      this.#acknowledged.push(label);
    }
  }

  /** The servers know all that was acknowledged, once, and nothing else. */
  async areKnownTo(...servers: readonly Address[]): Promise<void> {
    for (const server of servers) assertEquals(await labelsOf(server), expected(this.#acknowledged));
  }

  /** After a round of each, all know the same; with a mixer that tells all others. */
  async converge(...servers: readonly Address[]): Promise<void> {
    for (const server of servers) await mix(server);
    await this.areKnownTo(...servers);
  }
}

function expected(labels: readonly string[]): string[] {
  return labels.map((label) => `${label}=1`).sort();
}

async function labelsOf(server: Address): Promise<string[]> {
  const labels = await ask(server, (client) => client.get_labels());
  return [...labels].map(([label, count]) => `${label}=${count}`).sort();
}

async function start(cluster: TestCluster, count: number, ...args: string[]): Promise<ServerProcess[]> {
  const servers: ServerProcess[] = [];
  for (let i = 0; i < count; i++) servers.push(await cluster.start(...args));
  return servers;
}

/** A round that must end soon, whatever the others do. */
async function mixWithin(server: ServerProcess, seconds: number): Promise<void> {
  await within(`a round of port ${server.port}`, mix(server), seconds * 1000);
}

function test(name: string, run: (hosts: string) => Promise<void>): void {
  Deno.test({
    name: `Servers with push mixers ${name}`,
    ignore: zookeeperMissing !== undefined,
    fn: async () => {
      await using ensemble = await ZookeeperEnsemble.start();
      await run(ensemble.hosts);
    },
  });
}

test("keep what a server has told before it died in the middle of an exchange", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "told", { config });
  const labels = new Labels();
  const [a, dying] = await start(cluster, 2, "-x", "broadcast_mixer", ...SHORT_SESSION) as [
    ServerProcess,
    ServerProcess,
  ];
  await labels.train(a, "a");
  await labels.train(dying, "dying");
  const rows = await call(dying, "pull", NOTHING_KNOWN);
  await dying.stop("SIGKILL");
  // From here on the test speaks for it.
  await using fake = await FakeMember.join(cluster);
  const mixing = mix(a);
  await fake.answers(await fake.receives("pull"), null, rows);
  await fake.answers(await fake.receives("get_pull_argument"), null, NOTHING_KNOWN);
  await fake.receives("push");
  fake.hangUp();
  await mixing;
  await logged(a, `push failed at 127.0.0.1:${fake.port} : connection closed`);
  await labels.areKnownTo(a);
  await fake.leaves();
  const late = await cluster.start("-x", "broadcast_mixer", ...SHORT_SESSION);
  await labels.areKnownTo(late);
});

test("go on when one of them is killed while it pushes, and teach it again when it comes back", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "pushing", { config });
  const labels = new Labels();
  const args = ["-x", "broadcast_mixer", ...SHORT_SESSION];
  const [a, b, c] = await start(cluster, 3, ...args) as [ServerProcess, ServerProcess, ServerProcess];
  for (const [name, server] of [["a", a], ["b", b], ["c", c]] as const) await labels.train(server, name, 20);
  await labels.converge(a, b, c);
  await using fake = await FakeMember.join(cluster);
  const mixing = mix(a).catch(() => {});
  await fake.answers(await fake.receives("pull"), null, "\x91\x90");
  await fake.answers(await fake.receives("get_pull_argument"), null, NOTHING_KNOWN);
  await fake.receives("push");
  await labels.train(b, "meanwhile");
  await a.stop("SIGKILL");
  await mixing;
  await fake.leaves();
  await labels.converge(b, c);
  // Its rows of before are known to the others under its name.
  await cluster.start(...args, "-p", `${a.port}`);
  const again = { hostname: a.hostname, port: a.port };
  await labels.areKnownTo(again);
  await labels.train(again, "again");
  await labels.converge(again, b, c);
});

test("tell what one of them has learned in a former life from what it learns now", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "lives", { config });
  const labels = new Labels();
  const args = ["-x", "broadcast_mixer", ...SHORT_CALLS];
  const [a, b, c] = await start(cluster, 3, ...args) as [ServerProcess, ServerProcess, ServerProcess];
  await labels.train(b, "all", 10);
  await labels.converge(b, a, c);
  // Only one of the others gets to know of the next rows.
  await labels.train(b, "some", 10);
  a.signal("SIGSTOP");
  await mix(c);
  a.signal("SIGCONT");
  await b.stop("SIGKILL");
  for (const directory of ["actives", "nodes"]) await cluster.zk.delete(cluster.path(directory, `127.0.0.1_${b.port}`));
  // It comes back among those who do not know.
  c.signal("SIGSTOP");
  await cluster.start(...args, "-p", `${b.port}`);
  const again = { hostname: b.hostname, port: b.port };
  await labels.train(again, "new", 5);
  await mix(a);
  c.signal("SIGCONT");
  await labels.train(again, "newer", 10);
  await labels.converge(c, a, again);
});

test("give up a server that is stopped, and lose nothing of what it has learned", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "stopped", { config });
  const labels = new Labels();
  const servers = await start(cluster, 3, "-x", "broadcast_mixer", ...SHORT_CALLS);
  const [a, b, c] = servers as [ServerProcess, ServerProcess, ServerProcess];
  for (const [i, server] of servers.entries()) await labels.train(server, `s${i}_`);
  c.signal("SIGSTOP");
  await mixWithin(a, 10);
  await logged(a, `pull failed at 127.0.0.1:${c.port} : request timed out`);
  assertEquals(await labelsOf(a), await labelsOf(b));
  c.signal("SIGCONT");
  await areActive(cluster, servers);
  await labels.converge(a, b, c);
  await labels.converge(c, b, a);
});

test("with skip_mixer get to know all when one of them was stopped", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "skipped", { config });
  const labels = new Labels();
  const servers = await start(cluster, 4, "-x", "skip_mixer", ...SHORT_CALLS);
  for (const [i, server] of servers.entries()) await labels.train(server, `s${i}_`);
  servers[2]!.signal("SIGSTOP");
  for (const i of [0, 1, 3]) await mixWithin(servers[i]!, 10);
  servers[2]!.signal("SIGCONT");
  await eventually("all know all", async () => {
    for (const server of servers) await mix(server);
    const known = await Promise.all(servers.map(labelsOf));
    return known.every((it) => it.length === 12);
  });
  await labels.areKnownTo(...servers);
});

test("with random_mixer get to know all when one of them was killed", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "random", { config });
  const labels = new Labels();
  const args = ["-x", "random_mixer", ...SHORT_SESSION];
  const [a, b, c] = await start(cluster, 3, ...args) as [ServerProcess, ServerProcess, ServerProcess];
  await c.stop("SIGKILL");
  // Until the session of the dead one ends it is chosen now and then.
  await labels.train(a, "a");
  await labels.train(b, "b");
  await eventually("both know all", async () => {
    await mixWithin(a, 10);
    return (await labelsOf(a)).length === 6 && (await labelsOf(b)).length === 6;
  });
  await labels.areKnownTo(a, b);
});

test("take nothing from one that answers errors or garbage, and exchange with the others", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "garbage", { config });
  const labels = new Labels();
  const [a, b] = await start(cluster, 2, "-x", "broadcast_mixer", ...SHORT_CALLS) as [ServerProcess, ServerProcess];
  await labels.train(a, "a");
  await labels.train(b, "b");
  await using fake = await FakeMember.join(cluster);
  const row = await call(b, "pull", NOTHING_KNOWN) as string;
  const pulls: [why: string, ...answer: WireValue[]][] = [
    ["not today", "not today"],
    ["no method error", 1n, "pull"],
    ["argument error", 2n, "std::bad_cast"],
    ["", null, 7n],
    ["", null, null],
    ["push failed", null, "\x90"],
    ["push failed", null, "\x92\x90\x90"],
    ["", null, "\xc1"],
    ["", null, ""],
    ["", null, row.slice(0, -1)],
    // A row with too many values, one of another type, one without a version.
    ["", null, "\x91\x91\x93\xa5zzz_1\x92\x91\xa1o\x01\x92\x01\x01"],
    ["", null, "\x91\x91\x93\xa5zzz_1\x92\x91\xa1o\x01\x92\xa1x\xa1y"],
    ["", null, "\x91\x91\x93\xa5zzz_1\x90\x90"],
  ];
  for (const [why, ...answer] of pulls) {
    const mixing = mix(a);
    await fake.answers(await fake.receives("pull"), ...answer as [WireValue, WireValue]);
    const taken = answer[0] === null && typeof answer[1] === "string";
    // What comes is looked at when the exchange ends.
    if (taken) await fake.answers(await fake.receives("get_pull_argument"), "not today");
    await mixing;
    if (why !== "") assertStringIncludes(a.output, ` failed at 127.0.0.1:${fake.port} : ${why}`);
    await labels.areKnownTo(a, b);
  }
  const failures = (): number => a.output.split(` failed at 127.0.0.1:${fake.port} : `).length - 1;
  assertEquals(failures(), pulls.length);
  const pullArguments = ["\x90", "\x91\x90", "\xc1", "", "\x91\xdf\xff\xff\xff\xff", "\x91\x81\xa1x\x01", 7n];
  for (const argument of pullArguments) {
    const mixing = mix(a);
    await fake.answers(await fake.receives("pull"), null, "\x91\x90");
    await fake.answers(await fake.receives("get_pull_argument"), null, argument);
    await mixing;
    await labels.areKnownTo(a, b);
  }
  assertEquals(failures(), pulls.length + pullArguments.length);
});

test("refuse garbage that is sent to them, and change nothing", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "refusing", { config });
  const labels = new Labels();
  const [a] = await start(cluster, 1, "-x", "broadcast_mixer") as [ServerProcess];
  await labels.train(a, "a");
  using caller = await WireCaller.open(a);
  const good = await call(a, "pull", NOTHING_KNOWN) as string;
  for (const method of ["pull", "push"]) {
    for (const garbage of ["", "\xc1", "\x90", "\x92\x90\x90", "\x91\xa1x", good.slice(0, -1), 7n, null]) {
      const [error] = (await caller.call(method, garbage))!;
      assert(error !== null, `${method} ${JSON.stringify(String(garbage))}`);
    }
  }
  // What it knows itself changes nothing either.
  assertEquals(await caller.call("push", good), [null, 0n]);
  await labels.areKnownTo(a);
});

test("join only when they have learned from another, and not from one that hangs", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "joining", { config });
  const labels = new Labels();
  await (await cluster.start("-x", "random_mixer", ...SHORT_CALLS)).stop();
  await using fake = await FakeMember.join(cluster);
  const joining = await cluster.launch("-x", "random_mixer", ...SHORT_CALLS);
  await logged(joining, `pull failed at 127.0.0.1:${fake.port} : request timed out`, 2);
  assertEquals(await cluster.children("actives"), []);
  // Trained directly, before it is active.
  await labels.train(joining, "early");
  await fake.leaves();
  await cluster.becomesActive(joining);
  await using hung = await FakeMember.join(cluster);
  const third = await cluster.start("-x", "random_mixer", ...SHORT_CALLS);
  assertStringIncludes(third.output, `pull failed at 127.0.0.1:${hung.port} : request timed out`);
  await labels.areKnownTo(joining, third);
});

test("end soon when told to while others hang, and leave no descriptors open", async (hosts) => {
  await using cluster = await TestCluster.create(hosts, "ending", { config });
  const [a] = await start(cluster, 1, "-x", "broadcast_mixer", ...SHORT_CALLS) as [ServerProcess];
  await using fake = await FakeMember.join(cluster);
  await mixWithin(a, 10);
  const before = descriptorsOf(a);
  for (let i = 0; i < 3; i++) await mixWithin(a, 10);
  await eventually("no more descriptors", () => descriptorsOf(a) <= before);
  await fake.leaves();

  await a.stop();
  await using _other = await FakeMember.join(cluster);
  await using _another = await FakeMember.join(cluster);
  const joining = await cluster.launch("-x", "broadcast_mixer", "-Z", "20", "-I", "2");
  await logged(joining, "registered group membership");
  const { code, stdout } = await within("its end", joining.stop(), 10_000);
  assertEquals(code, 0);
  assert(stdout.split("pull failed at").length - 1 <= 1, stdout);
});
