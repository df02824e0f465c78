import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ClusterView } from "../../lib/cluster/cluster_view.ts";
import { CoordinationError } from "../../lib/cluster/coordinator.ts";
import { Membership, prepareTree } from "../../lib/cluster/membership.ts";
import { settle } from "../support/manual_clock.ts";
import { type MemoryCoordinator, MemoryTree } from "../support/memory_coordinator.ts";

/** Registers an active server on a session of its own. */
async function join(tree: MemoryTree, port: number): Promise<MemoryCoordinator> {
  const coordinator = tree.connect();
  await prepareTree(coordinator, "anomaly", "c");
  const membership = new Membership(coordinator, "anomaly", "c", { host: "10.0.0.1", port });
  await membership.registerRing();
  await membership.registerNode();
  await membership.registerActive();
  return coordinator;
}

Deno.test("ClusterView follows servers that come and go", async () => {
  const tree = new MemoryTree();
  const first = await join(tree, 1);
  using view = new ClusterView(tree.connect(), "anomaly");
  assertEquals((await view.actives("c")).map(({ port }) => port), [1]);
  await join(tree, 2);
  await settle();
  assertEquals(view.knownActives("c")?.map(({ port }) => port), [1, 2]);
  first.expire();
  await settle();
  assertEquals((await view.actives("c")).map(({ port }) => port), [2]);
});

Deno.test("ClusterView hands out the same list when nothing has changed", async () => {
  const tree = new MemoryTree();
  await join(tree, 1);
  using view = new ClusterView(tree.connect(), "anomaly");
  const list = await view.actives("c");
  assertStrictEquals(await view.actives("c"), list);
  assertStrictEquals(view.knownActives("c"), list);
});

Deno.test("ClusterView serves what it knows when the connection is lost", async () => {
  const tree = new MemoryTree();
  await join(tree, 1);
  const coordinator = tree.connect();
  using view = new ClusterView(coordinator, "anomaly");
  await view.actives("c");
  await view.owners("c", "key", 2);
  coordinator.disconnect();
  await join(tree, 2);
  await settle();
  assertEquals((await view.actives("c")).length, 1);
  assertEquals((await view.owners("c", "key", 2)).length, 1);
  await assertRejects(() => view.actives("other"), CoordinationError, "no server found: other");
  coordinator.reconnect();
  await settle();
  assertEquals((await view.actives("c")).length, 2);
});

Deno.test("ClusterView reads again after recovery when reading after a change failed", async () => {
  const tree = new MemoryTree();
  await join(tree, 1);
  const coordinator = tree.connect();
  using view = new ClusterView(coordinator, "anomaly");
  await view.actives("c");
  const children = coordinator.children.bind(coordinator);
  coordinator.children = (path) => {
    coordinator.children = children;
    coordinator.disconnect();
    return Promise.reject(CoordinationError.ofOperation("list", path, "connection_loss"));
  };
  await join(tree, 2);
  await settle();
  assertEquals((await view.actives("c")).length, 1);
  coordinator.reconnect();
  await settle();
  assertEquals((await view.actives("c")).length, 2);
});

Deno.test("ClusterView fails with the original's texts when a cluster is empty or unknown", async () => {
  const tree = new MemoryTree();
  const server = await join(tree, 1);
  using view = new ClusterView(tree.connect(), "anomaly");
  await assertRejects(() => view.actives("nosuch"), CoordinationError, "no server found: nosuch");
  await assertRejects(() => view.actives(""), CoordinationError, "no server found: ");
  await assertRejects(() => view.owners("nosuch", "k", 2), CoordinationError, "failed to fetch list of CHT entry: k");
  assertEquals(view.knownActives("nosuch"), undefined);
  await server.close();
  await assertRejects(() => view.actives("c"), CoordinationError, "no server found: c");
});

Deno.test("ClusterView finds a cluster that appears after it was asked for", async () => {
  const tree = new MemoryTree();
  using view = new ClusterView(tree.connect(), "anomaly");
  await assertRejects(() => view.actives("c"), CoordinationError);
  await join(tree, 1);
  assertEquals((await view.actives("c")).length, 1);
});

Deno.test("ClusterView drops a cluster when its directory is deleted", async () => {
  const tree = new MemoryTree();
  const server = await join(tree, 1);
  using view = new ClusterView(tree.connect(), "anomaly");
  await view.actives("c");
  await server.close();
  await tree.connect().delete("/jubatus/actors/anomaly/c/actives");
  await settle();
  assertEquals(view.knownActives("c"), undefined);
  await assertRejects(() => view.actives("c"), CoordinationError, "no server found: c");
});

Deno.test("ClusterView leaves out a place of the ring when it vanishes between listing and reading", async () => {
  const tree = new MemoryTree();
  const first = await join(tree, 1);
  await join(tree, 2);
  const coordinator = tree.connect();
  using view = new ClusterView(coordinator, "anomaly");
  const children = coordinator.children.bind(coordinator);
  coordinator.children = async (path, watcher) => {
    const names = await children(path, watcher);
    coordinator.children = children;
    first.expire();
    return names;
  };
  for (let i = 0; i < 20; i++) {
    assertEquals((await view.owners("c", `k${i}`, 2)).map(({ port }) => port), [2]);
  }
});
