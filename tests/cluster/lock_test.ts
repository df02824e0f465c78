import { assertEquals, assertRejects } from "@std/assert";
import { CoordinationError, type Coordinator } from "../../lib/cluster/coordinator.ts";
import { ClusterLock } from "../../lib/cluster/lock.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { MemoryTree } from "../support/memory_coordinator.ts";

async function treeWithLock(): Promise<MemoryTree> {
  const tree = new MemoryTree();
  await tree.connect().create("/lock", "persistent");
  return tree;
}

/** Fails the given operation once, before or after it has taken effect. */
function failOnce(coordinator: Coordinator, method: "create" | "children" | "delete", when: "before" | "after"): void {
  const original = coordinator[method].bind(coordinator) as (...args: unknown[]) => Promise<unknown>;
  const failing = async (...args: unknown[]): Promise<unknown> => {
    Object.assign(coordinator, { [method]: original });
    if (when === "after") await original(...args);
    throw CoordinationError.ofOperation(method, String(args[0]), "connection_loss");
  };
  Object.assign(coordinator, { [method]: failing });
}

Deno.test("ClusterLock lets readers share and keeps writers out when a reader came first", async () => {
  const tree = await treeWithLock();
  const readers = [0, 1].map(() => new ClusterLock(tree.connect(), "/lock", "read"));
  const writer = new ClusterLock(tree.connect(), "/lock", "write");
  assertEquals(await Promise.all(readers.map((reader) => reader.tryLock())), [true, true]);
  assertEquals(await writer.tryLock(), false);
  assertEquals(tree.paths(true), ["/lock/rlock_0000000000", "/lock/rlock_0000000001"]);
  for (const reader of readers) await reader.unlock();
  assertEquals(await writer.tryLock(), true);
  assertEquals(await readers[0]!.tryLock(), false);
  await writer.unlock();
  assertEquals(tree.paths(true), []);
});

Deno.test("ClusterLock returns true without a second node when it is already held", async () => {
  const tree = await treeWithLock();
  const lock = new ClusterLock(tree.connect(), "/lock", "write");
  await lock.tryLock();
  assertEquals(await lock.tryLock(), true);
  assertEquals(tree.paths(true).length, 1);
});

Deno.test("ClusterLock must be won again when it has been unlocked", async () => {
  const tree = await treeWithLock();
  const [ours, theirs] = [0, 1].map(() => new ClusterLock(tree.connect(), "/lock", "write"));
  await ours!.tryLock();
  await ours!.unlock();
  assertEquals(await theirs!.tryLock(), true);
  assertEquals(await ours!.tryLock(), false);
  assertEquals(ours!.held, false);
});

Deno.test("ClusterLock leaves no node behind when listing fails after creation", async () => {
  const tree = await treeWithLock();
  const coordinator = tree.connect();
  const lock = new ClusterLock(coordinator, "/lock", "write");
  failOnce(coordinator, "children", "before");
  await assertRejects(() => lock.tryLock(), CoordinationError);
  assertEquals(tree.paths(true), []);
  assertEquals(await new ClusterLock(tree.connect(), "/lock", "write").tryLock(), true);
});

Deno.test("ClusterLock removes its lost node at the next try when the answer to the creation was lost", async () => {
  const tree = await treeWithLock();
  const coordinator = tree.connect();
  const lock = new ClusterLock(coordinator, "/lock", "write");
  failOnce(coordinator, "create", "after");
  await assertRejects(() => lock.tryLock(), CoordinationError);
  assertEquals(tree.paths(true), ["/lock/wlock_0000000000"]);
  assertEquals(await lock.tryLock(), true);
  assertEquals(tree.paths(true), ["/lock/wlock_0000000001"]);
});

Deno.test("ClusterLock removes its node at the next try when unlocking failed", async () => {
  const tree = await treeWithLock();
  const coordinator = tree.connect();
  const lock = new ClusterLock(coordinator, "/lock", "write");
  await lock.tryLock();
  failOnce(coordinator, "delete", "before");
  await lock.unlock();
  assertEquals(lock.held, false);
  assertEquals(await lock.tryLock(), true);
  assertEquals(tree.paths(true), ["/lock/wlock_0000000001"]);
});

Deno.test("ClusterLock is no longer held when the session has expired", async () => {
  const tree = await treeWithLock();
  const coordinator = tree.connect();
  const lock = new ClusterLock(coordinator, "/lock", "write");
  await lock.tryLock();
  coordinator.expire();
  assertEquals(lock.held, false);
  await assertRejects(() => lock.tryLock(), CoordinationError, "session expired (-112)");
});

Deno.test("ClusterLock.lock gives up after four tries when the lock stays taken", async () => {
  const tree = await treeWithLock();
  const clock = new ManualClock();
  await new ClusterLock(tree.connect(), "/lock", "read").tryLock();
  const result = new ClusterLock(tree.connect(), "/lock", "write").lock({ clock });
  await clock.advance(2999);
  assertEquals(clock.sleepers, 1);
  await clock.advance(1);
  assertEquals(await result, false);
});

Deno.test("ClusterLock removes its lost node when it is unlocked without having been won", async () => {
  const tree = await treeWithLock();
  const coordinator = tree.connect();
  const lock = new ClusterLock(coordinator, "/lock", "write");
  failOnce(coordinator, "create", "after");
  await assertRejects(() => lock.tryLock(), CoordinationError);
  await lock.unlock();
  assertEquals(tree.paths(true), []);
});

Deno.test("ClusterLock.confirm is true while the lock is ours, and false when somebody took it away", async () => {
  const tree = await treeWithLock();
  const lock = new ClusterLock(tree.connect(), "/lock", "write");
  assertEquals(await lock.confirm(), false);
  await lock.tryLock();
  assertEquals(await lock.confirm(), true);
  await tree.connect().delete("/lock/wlock_0000000000");
  assertEquals(await lock.confirm(), false);
});
