/**
 * A server as a member of a cluster: when it takes its locks, makes itself known, mixes, and how it leaves.
 *
 * @module
 */
import { type ByteString, byteStringOf, byteStringOfText, textOf } from "../base/byte_string.ts";
import { systemClock } from "../base/clock.ts";
import { log } from "../base/log.ts";
import { lockConfigForReading, readConfig } from "../cluster/config_store.ts";
import type { Coordinator } from "../cluster/coordinator.ts";
import { Membership, prepareTree } from "../cluster/membership.ts";
import { guardSession } from "../cluster/session_guard.ts";
import { connectZookeeper } from "../cluster/zookeeper.ts";
import type { EngineType } from "../engine/engine.ts";
import { LinearMixer } from "../mix/linear_mixer.ts";
import type { Mixer, MixerOptions } from "../mix/mixer.ts";
import { PushMixer } from "../mix/push_mixer.ts";
import { EngineServer } from "./engine_server.ts";
import { configLoadError, diagnostic, StartError } from "./fatal.ts";
import { listen } from "./listen.ts";
import { checkMixer, type ServerSettings } from "./server_options.ts";
import type { Signals } from "./signals.ts";
import { engineContext, stopped } from "./standalone.ts";

/**
 * A server that has left goes on answering for a moment, since proxies need one to get to know of it. (1.1.1 takes up
 * to a second.)
 */
const LEAVING_MS = 300;

/** A server's place in its cluster before it is known to the others. */
interface Place {
  /** Its session holds the lock on the configuration, and gives it up with all else when it ends. */
  readonly coordinator: Coordinator;
  readonly config: ByteString;
}

/** Serves as a member of a cluster until the program is told to stop, or the cluster no longer counts on it. */
export async function serveInCluster(type: EngineType, settings: ServerSettings, signals: Signals): Promise<void> {
  const { coordinator, config } = await takePlace(type, settings, signals);
  await using _session = coordinator;
  // As in 1.1.1: a server that the others take for dead must not go on answering.
  guardSession(coordinator, () => {
    signals.requestStop();
    // What waits for ZooKeeper need not wait longer.
    void coordinator.close();
  }, { signal: signals.stop });
  const server = createServer(type, settings, config);
  log.info(`config loaded: ${textOf(config)}`);
  const self = { host: settings.advertisedAddress, port: settings.port };
  const membership = new Membership(coordinator, type.name, settings.name, self);
  const mixer = createMixer(settings.mixer, {
    model: server,
    membership,
    coordinator,
    clock: systemClock,
    nowSec: () => Math.floor(Date.now() / 1000),
    intervalSec: settings.intervalSec,
    intervalCount: settings.intervalCount,
    timeoutMs: settings.interconnectTimeoutSec * 1000,
    giveUp: (reason) => {
      log.error(reason);
      signals.requestStop();
    },
  });
  server.joinCluster({
    methods: mixer.methods,
    updated: () => mixer.updated(),
    status: () => clusterStatus(type, settings, coordinator, mixer),
  });

  await using rpc = listen(server.dispatcher, settings, "server");
  log.info(`start listening at port ${rpc.port}`);
  server.started();
  if (type.usesRing) await membership.registerRing();
  await membership.registerNode();
  membership.watchNode(() => signals.requestStop("SIGINT"), signals.stop);
  log.info("registered group membership");
  log.info(`${settings.program} RPC server startup`);
  signals.serverIsUp();

  const mixing = new AbortController();
  const mixed = mixer.run(mixing.signal);
  await stopped(signals.stop);
  log.info("stopping mixer thread");
  mixing.abort();
  // Without connection the session is left to end by itself: else rounds and locks would wait for it.
  const isKnown = coordinator.state === "connected";
  if (!isKnown) await coordinator.close();
  await mixed;
  if (mixer.unmixedCount > 0) log.warn(`leaving with ${mixer.unmixedCount} updates that no other server knows of`);
  await coordinator.close();
  log.info(`leaving from the cluster ${settings.name}`);
  if (isKnown) await systemClock.sleep(LEAVING_MS);
  log.info("stopping RPC server");
}

/** Checks what a server of the cluster would be configured with. */
export async function testClusterConfig(type: EngineType, settings: ServerSettings, signals: Signals): Promise<void> {
  const { coordinator, config } = await takePlace(type, settings, signals);
  await using _session = coordinator;
  createServer(type, settings, config);
  log.info(`config loaded: ${textOf(config)}`);
}

async function takePlace(type: EngineType, settings: ServerSettings, signals: Signals): Promise<Place> {
  const coordinator = await connectZookeeper({
    hosts: settings.zookeeper,
    auth: settings.zookeeperAuth,
    sessionTimeoutMs: settings.zookeeperTimeoutSec * 1000,
    signal: signals.stop,
  });
  try {
    await prepareTree(coordinator, type.name, settings.name);
    log.info(`joining to the cluster ${settings.name}`);
    checkMixer(settings.mixer);
    await lockConfigForReading(coordinator, type.name, settings.name, { signal: signals.stop });
    log.info(`load config from zookeeper: ${settings.zookeeper}`);
    try {
      const config = byteStringOf(await readConfig(coordinator, type.name, settings.name));
      return { coordinator, config };
    } catch (error) {
      throw new StartError(`exception when loading config file: ${diagnostic(error)}`, "error", 1, { cause: error });
    }
  } catch (error) {
    await coordinator.close();
    throw error;
  }
}

function createServer(type: EngineType, settings: ServerSettings, config: ByteString): EngineServer {
  const context = engineContext(settings);
  try {
    return new EngineServer(type, settings, config, { ...context, owner: ownerOf(settings, context.owner) });
  } catch (error) {
    throw configLoadError(error, "<zookeeper>");
  }
}

/**
 * Whose name the rows written here bear. With push mixers servers know of each other's rows up to which one they have,
 * and a server that was killed begins to count anew: each of its lives has a name of its own, so that nobody takes the
 * rows of one for those of another. (In 1.1.1 they have the same name, and such rows get lost.)
 */
function ownerOf(settings: ServerSettings, name: string): string {
  return settings.mixer === "linear_mixer" ? name : `${name}_${Date.now()}`;
}

/** The mixer of a `--mixer` name, which the options have checked. */
function createMixer(name: string, options: MixerOptions): Mixer {
  switch (name) {
    case "random_mixer":
    case "broadcast_mixer":
    case "skip_mixer":
      return new PushMixer(name, options);
    default:
      return new LinearMixer(options);
  }
}

function clusterStatus(
  type: EngineType,
  settings: ServerSettings,
  coordinator: Coordinator,
  mixer: Mixer,
): [ByteString, ByteString][] {
  return [
    ["zk", byteStringOfText(settings.zookeeper)],
    ["name", byteStringOfText(settings.name)],
    ["interval_sec", String(settings.intervalSec)],
    ["interval_count", String(settings.intervalCount)],
    ["zookeeper_timeout", String(settings.zookeeperTimeoutSec)],
    ["interconnect_timeout", String(settings.interconnectTimeoutSec)],
    ["connected_zookeeper", coordinator.connectedServer()],
    ["use_cht", type.usesRing ? "1" : "0"],
    ["mixer", settings.mixer],
    ...mixer.status(),
  ];
}
