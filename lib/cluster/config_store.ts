/**
 * Configurations of clusters, kept where all servers of a cluster read the same one.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { log } from "../base/log.ts";
import { CoordinationError, type CoordinationErrorCode, type Coordinator, isCoordinationError } from "./coordinator.ts";
import { ClusterLock } from "./lock.ts";
import { ensureNode, listNames } from "./membership.ts";
import { ClusterPaths, configPath, CONFIGS, configTypePath } from "./paths.ts";

/** Larger packets make ZooKeeper drop the connection. */
const CONFIG_BYTES_MAX = 1_000_000;

/** A configuration could not be read, written or deleted; the message is Jubatus 1.1.1's. */
export class ConfigStoreError extends CoordinationError {
  /** The error's class, for logs. */
  override name = "ConfigStoreError";
}

/** One stored configuration. */
export interface StoredConfig {
  readonly type: string;
  readonly name: string;
  /** The text as it was written, byte for byte. */
  readonly text: Uint8Array;
}

/** The configuration of a cluster. */
export async function readConfig(coordinator: Coordinator, type: string, name: string): Promise<Uint8Array> {
  const path = configPath(type, name);
  try {
    const { data } = await coordinator.get(path);
    log.info(`get config from zookeeper: ${path}`);
    return data;
  } catch (error) {
    if (!isCoordinationError(error, "no_node")) throw error;
    throw storeError(`config does not exist: ${path}`, "no_node", path, error);
  }
}

/**
 * Stores the configuration of a cluster, replacing any other. Refused while a server of the cluster
 * runs. Needs the cluster's directories (`prepareTree`).
 */
export async function writeConfig(
  coordinator: Coordinator,
  type: string,
  name: string,
  text: Uint8Array,
  clock: Clock = systemClock,
): Promise<void> {
  const path = configPath(type, name);
  if (text.length > CONFIG_BYTES_MAX) {
    const sizes = `${text.length} bytes, at most ${CONFIG_BYTES_MAX}`;
    throw storeError(`config is too large for ZooKeeper: ${sizes}`, "bad_arguments", path);
  }
  await withWriteLock(coordinator, type, name, clock, async () => {
    try {
      await ensureNode(coordinator, path);
      await coordinator.set(path, text);
    } catch (error) {
      const code = error instanceof CoordinationError ? error.code : "system_error";
      throw storeError(`failed to set config to zookeeper: ${path}`, code, path, error);
    }
  });
  log.info(`set config to zookeeper: ${path}`);
}

/** Deletes the configuration of a cluster; its directories stay. Refused while a server of the cluster runs. */
export async function deleteConfig(
  coordinator: Coordinator,
  type: string,
  name: string,
  clock: Clock = systemClock,
): Promise<void> {
  const path = configPath(type, name);
  const { configLock } = new ClusterPaths(type, name);
  if (await coordinator.exists(configLock) === null) {
    throw storeError(`ZooKeeper node does not exist: ${configLock}`, "no_node", configLock);
  }
  await withWriteLock(coordinator, type, name, clock, async () => {
    try {
      await coordinator.delete(path);
    } catch (error) {
      if (!isCoordinationError(error, "no_node")) throw error;
      throw storeError(`config does not exist: ${path}`, "no_node", path, error);
    }
  });
  log.info(`remove config from zookeeper: ${path}`);
}

/** All stored configurations, by type and name. */
export async function* listConfigs(coordinator: Coordinator): AsyncGenerator<StoredConfig> {
  for (const type of await listNames(coordinator, CONFIGS)) {
    for (const name of await listNames(coordinator, configTypePath(type))) {
      try {
        yield { type, name, text: await readConfig(coordinator, type, name) };
      } catch (error) {
        // Deleted since it was listed.
        if (!isCoordinationError(error, "no_node")) throw error;
      }
    }
  }
}

/** Takes the lock every running server holds, which keeps its configuration from being changed. */
export async function lockConfigForReading(
  coordinator: Coordinator,
  type: string,
  name: string,
  options: { readonly clock?: Clock; readonly signal?: AbortSignal } = {},
): Promise<ClusterLock> {
  const { configLock } = new ClusterPaths(type, name);
  const lock = new ClusterLock(coordinator, configLock, "read");
  if (await lock.lock(options)) return lock;
  throw storeError("any user is writing config?", "node_exists", configLock);
}

async function withWriteLock(
  coordinator: Coordinator,
  type: string,
  name: string,
  clock: Clock,
  action: () => Promise<void>,
): Promise<void> {
  const paths = new ClusterPaths(type, name);
  await using lock = new ClusterLock(coordinator, paths.configLock, "write");
  if (!await lock.lock({ clock })) throw storeError("any user is using config?", "node_exists", paths.configLock);
  if ((await listNames(coordinator, paths.nodes)).length > 0) {
    throw storeError(`any server is running: ${type}, ${name}`, "node_exists", paths.nodes);
  }
  await action();
}

function storeError(message: string, code: CoordinationErrorCode, path: string, cause?: unknown): ConfigStoreError {
  return new ConfigStoreError(message, code, path, cause);
}
