import { assertEquals, assertRejects } from "@std/assert";
import { CoordinationError } from "../../lib/cluster/coordinator.ts";
import {
  Membership,
  prepareSupervisorTree,
  prepareTree,
  registerProxy,
  registerSupervisor,
} from "../../lib/cluster/membership.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { MemoryTree } from "../support/memory_coordinator.ts";

const self = { host: "192.0.2.2", port: 9180 };
const cluster = "/jubatus/actors/classifier/shogun";

async function preparedTree(): Promise<MemoryTree> {
  const tree = new MemoryTree();
  await prepareTree(tree.connect(), "classifier", "shogun");
  return tree;
}

Deno.test("prepareTree creates the directories once, in the order of Jubatus 1.1.1", async () => {
  const tree = new MemoryTree();
  const coordinator = tree.connect();
  const created: string[] = [];
  const create = coordinator.create.bind(coordinator);
  coordinator.create = (path, ...rest) => {
    created.push(path);
    return create(path, ...rest);
  };
  await prepareTree(coordinator, "classifier", "shogun");
  assertEquals(created.splice(0), [
    "/jubatus",
    "/jubatus/supervisors",
    "/jubatus/jubaproxies",
    "/jubatus/actors",
    "/jubatus/config",
    "/jubatus/actors/classifier",
    "/jubatus/config/classifier",
    "/jubatus/actors/classifier/shogun",
    "/jubatus/actors/classifier/shogun/config_lock",
  ]);
  await prepareTree(coordinator, "classifier", "shogun");
  assertEquals(tree.paths(), created.sort());
});

Deno.test("prepareTree fails with the original's text when a name has a slash", async () => {
  const tree = new MemoryTree();
  await assertRejects(
    () => prepareTree(tree.connect(), "classifier", "a/b"),
    CoordinationError,
    "Failed to prepare lock_service",
  );
});

Deno.test("prepareSupervisorTree creates only what a jubavisor needs", async () => {
  const tree = new MemoryTree();
  await prepareSupervisorTree(tree.connect());
  assertEquals(tree.paths(), ["/jubatus", "/jubatus/actors", "/jubatus/supervisors"]);
});

Deno.test("Membership leaves the nodes of Jubatus 1.1.1 when a server registers and becomes active", async () => {
  const tree = await preparedTree();
  const before = tree.paths();
  const membership = new Membership(tree.connect(), "classifier", "shogun", self);
  await membership.registerNode();
  await membership.registerActive();
  assertEquals(
    tree.paths().filter((path) => !before.includes(path)),
    ["actives", "actives/192.0.2.2_9180", "master_lock", "nodes", "nodes/192.0.2.2_9180"].map((p) => `${cluster}/${p}`),
  );
  assertEquals(tree.paths(true), [`${cluster}/actives/192.0.2.2_9180`, `${cluster}/nodes/192.0.2.2_9180`]);
  assertEquals(await membership.nodes(), [self]);
  assertEquals(await membership.actives(), [self]);
  await membership.unregisterActive();
  assertEquals(await membership.actives(), []);
});

Deno.test("Membership takes eight places on the ring that hold its name", async () => {
  const tree = await preparedTree();
  const coordinator = tree.connect();
  await new Membership(coordinator, "classifier", "shogun", { host: "192.0.2.2", port: 21280 }).registerRing();
  const places = await coordinator.children(`${cluster}/cht`);
  assertEquals(places.length, 8);
  assertEquals(places.includes("c4d26dcfb6da6c1577a83ee7a984b60a"), true);
  for (const place of places) {
    const { data, stat } = await coordinator.get(`${cluster}/cht/${place}`);
    assertEquals(new TextDecoder().decode(data), "192.0.2.2_21280");
    assertEquals(stat.ephemeralOwner, coordinator.sessionId);
  }
});

Deno.test("Membership registers when the node of a dead predecessor goes in time", async () => {
  const tree = await preparedTree();
  const clock = new ManualClock();
  const old = tree.connect();
  await new Membership(old, "classifier", "shogun", self).registerNode();
  const coordinator = tree.connect();
  const registered = new Membership(coordinator, "classifier", "shogun", self, { clock }).registerNode();
  await clock.advance(9000);
  old.expire();
  await registered;
  assertEquals((await coordinator.exists(`${cluster}/nodes/192.0.2.2_9180`))?.ephemeralOwner, coordinator.sessionId);
});

Deno.test("Membership fails with Failed to register_actor when the other node stays", async () => {
  const tree = await preparedTree();
  const clock = new ManualClock();
  await new Membership(tree.connect(), "classifier", "shogun", self).registerNode();
  const failed = assertRejects(
    () => new Membership(tree.connect(), "classifier", "shogun", self, { clock }).registerNode(),
    CoordinationError,
    "Failed to register_actor",
  );
  await clock.advance(12_999);
  assertEquals(clock.sleepers, 1);
  await clock.advance(1);
  await failed;
});

Deno.test("Membership takes its own node for success when the answer to the creation was lost", async () => {
  const tree = await preparedTree();
  const coordinator = tree.connect();
  const create = coordinator.create.bind(coordinator);
  coordinator.create = async (path, mode, data) => {
    await create(path, mode, data);
    coordinator.create = create;
    throw CoordinationError.ofOperation("create ZooKeeper node", path, "connection_loss");
  };
  await registerProxy(coordinator, "classifier", self);
  assertEquals(tree.paths(true), ["/jubatus/jubaproxies/classifier/192.0.2.2_9180"]);
});

Deno.test("registerSupervisor makes a jubavisor known until its session ends", async () => {
  const tree = new MemoryTree();
  const coordinator = tree.connect();
  await prepareSupervisorTree(coordinator);
  await registerSupervisor(coordinator, { host: "192.0.2.2", port: 9198 });
  assertEquals(tree.paths(true), ["/jubatus/supervisors/192.0.2.2_9198"]);
  await coordinator.close();
  assertEquals(tree.paths(true), []);
});

Deno.test("Membership.watchNode tells once when somebody deletes the node", async () => {
  const tree = await preparedTree();
  const coordinator = tree.connect();
  const membership = new Membership(coordinator, "classifier", "shogun", self);
  await membership.registerNode();
  let told = 0;
  membership.watchNode(() => told++, new AbortController().signal);
  await settle();
  await tree.connect().set(`${cluster}/nodes/192.0.2.2_9180`, new Uint8Array(1));
  await settle();
  assertEquals(told, 0);
  coordinator.disconnect();
  await tree.connect().delete(`${cluster}/nodes/192.0.2.2_9180`);
  await settle();
  assertEquals(told, 0);
  coordinator.reconnect();
  await settle();
  assertEquals(told, 1);
});

Deno.test("Membership.watchNode stays quiet when it was aborted", async () => {
  const tree = await preparedTree();
  const membership = new Membership(tree.connect(), "classifier", "shogun", self);
  await membership.registerNode();
  const end = new AbortController();
  let told = 0;
  membership.watchNode(() => told++, end.signal);
  await settle();
  end.abort();
  await tree.connect().delete(`${cluster}/nodes/192.0.2.2_9180`);
  await settle();
  assertEquals(told, 0);
});

Deno.test("Membership tells once that another server has excluded it, and may become active again", async () => {
  const tree = await preparedTree();
  const membership = new Membership(tree.connect(), "classifier", "shogun", self);
  const other = new Membership(tree.connect(), "classifier", "shogun", { host: "192.0.2.3", port: 9180 });
  let told = 0;
  await membership.registerActive(() => told++);
  await other.exclude(self);
  await other.exclude(self);
  await settle();
  assertEquals([told, membership.active, await other.actives()], [1, false, []]);
  await membership.registerActive(() => told++);
  assertEquals([told, membership.active, await other.actives()], [1, true, [self]]);
  await membership.unregisterActive();
  await settle();
  assertEquals([told, membership.active, await other.actives()], [1, false, []]);
});
