import { assertEquals, assertRejects } from "@std/assert";
import {
  ConfigStoreError,
  deleteConfig,
  listConfigs,
  lockConfigForReading,
  readConfig,
  writeConfig,
} from "../../lib/cluster/config_store.ts";
import { Membership, prepareTree } from "../../lib/cluster/membership.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { type MemoryCoordinator, MemoryTree } from "../support/memory_coordinator.ts";

const text = Uint8Array.of(0x7b, 0xff, 0x00, 0x7d, 0x0a);
const path = "/jubatus/config/classifier/shogun";

async function prepared(): Promise<{ tree: MemoryTree; coordinator: MemoryCoordinator }> {
  const tree = new MemoryTree();
  const coordinator = tree.connect();
  await prepareTree(coordinator, "classifier", "shogun");
  return { tree, coordinator };
}

Deno.test("writeConfig stores the bytes, first as version 1, and leaves no lock", async () => {
  const { tree, coordinator } = await prepared();
  await writeConfig(coordinator, "classifier", "shogun", text);
  assertEquals(await readConfig(coordinator, "classifier", "shogun"), text);
  assertEquals((await coordinator.exists(path))?.version, 1);
  await writeConfig(coordinator, "classifier", "shogun", text);
  assertEquals((await coordinator.exists(path))?.version, 2);
  assertEquals(tree.paths(true), []);
});

Deno.test("writeConfig and deleteConfig are refused after three seconds when a server holds the configuration", async () => {
  const { tree, coordinator } = await prepared();
  await writeConfig(coordinator, "classifier", "shogun", text);
  await lockConfigForReading(tree.connect(), "classifier", "shogun");
  for (const change of [writeConfig.bind(null, coordinator, "classifier", "shogun", Uint8Array.of(1)), deleteShogun]) {
    const clock = new ManualClock();
    const refused = assertRejects(() => change(clock), ConfigStoreError, "any user is using config?");
    await clock.advance(3000);
    await refused;
  }
  assertEquals(await readConfig(coordinator, "classifier", "shogun"), text);

  function deleteShogun(clock: ManualClock): Promise<void> {
    return deleteConfig(coordinator, "classifier", "shogun", clock);
  }
});

Deno.test("writeConfig is refused when a server is registered without holding the configuration", async () => {
  const { tree, coordinator } = await prepared();
  await new Membership(tree.connect(), "classifier", "shogun", { host: "10.0.0.1", port: 1 }).registerNode();
  await assertRejects(
    () => writeConfig(coordinator, "classifier", "shogun", text),
    ConfigStoreError,
    "any server is running: classifier, shogun",
  );
});

Deno.test("writeConfig names the size when the text does not fit into a ZooKeeper packet", async () => {
  const { coordinator } = await prepared();
  await assertRejects(
    () => writeConfig(coordinator, "classifier", "shogun", new Uint8Array(1_000_001)),
    ConfigStoreError,
    "1000001 bytes, at most 1000000",
  );
});

Deno.test("lockConfigForReading fails with any user is writing config? when a writer has the lock", async () => {
  const { tree, coordinator } = await prepared();
  await coordinator.create("/jubatus/actors/classifier/shogun/config_lock/wlock_", "ephemeral_sequential");
  const clock = new ManualClock();
  const refused = assertRejects(
    () => lockConfigForReading(tree.connect(), "classifier", "shogun", { clock }),
    ConfigStoreError,
    "any user is writing config?",
  );
  await clock.advance(3000);
  await refused;
});

Deno.test("deleteConfig removes the text and keeps the directories", async () => {
  const { tree, coordinator } = await prepared();
  const before = tree.paths();
  await writeConfig(coordinator, "classifier", "shogun", text);
  await deleteConfig(coordinator, "classifier", "shogun");
  assertEquals(tree.paths(), before);
});

Deno.test("readConfig and deleteConfig name what is missing", async () => {
  const { coordinator } = await prepared();
  await assertRejects(
    () => readConfig(coordinator, "classifier", "shogun"),
    ConfigStoreError,
    `config does not exist: ${path}`,
  );
  await assertRejects(
    () => deleteConfig(coordinator, "classifier", "shogun"),
    ConfigStoreError,
    `config does not exist: ${path}`,
  );
  await assertRejects(
    () => deleteConfig(coordinator, "classifier", "other"),
    ConfigStoreError,
    "ZooKeeper node does not exist: /jubatus/actors/classifier/other/config_lock",
  );
});

Deno.test("listConfigs gives all types and names in order, and nothing when there are none", async () => {
  const coordinator = new MemoryTree().connect();
  assertEquals(await Array.fromAsync(listConfigs(coordinator)), []);
  for (const [type, name] of [["stat", "b"], ["stat", "a"], ["burst", "z"]] as const) {
    await prepareTree(coordinator, type, name);
    await writeConfig(coordinator, type, name, text);
  }
  assertEquals((await Array.fromAsync(listConfigs(coordinator))).map(({ type, name }) => `${type}/${name}`), [
    "burst/z",
    "stat/a",
    "stat/b",
  ]);
});
