/**
 * What all proxies have in common.
 *
 * @module
 */
import { byteStringOfText } from "../lib/base/byte_string.ts";
import { systemClock } from "../lib/base/clock.ts";
import { log } from "../lib/base/log.ts";
import { giveUpStartingPrograms } from "../lib/base/permission.ts";
import { JUBATUS_VERSION } from "../lib/base/version.ts";
import { ClusterView } from "../lib/cluster/cluster_view.ts";
import type { Coordinator } from "../lib/cluster/coordinator.ts";
import { prepareTree, registerProxy } from "../lib/cluster/membership.ts";
import { formatEndpoint } from "../lib/cluster/paths.ts";
import { guardSession } from "../lib/cluster/session_guard.ts";
import { connectZookeeper } from "../lib/cluster/zookeeper.ts";
import { Proxy } from "../lib/proxy/proxy.ts";
import type { RpcServer } from "../lib/rpc/server.ts";
import { enterDaemonMode } from "../lib/server/daemon.ts";
import { listen } from "../lib/server/listen.ts";
import { reloadLogConfig } from "../lib/server/log_config.ts";
import { memoryStatus, userName } from "../lib/server/process_status.ts";
import { proxyBootMessage, type ProxySettings, readProxySettings } from "../lib/server/server_options.ts";
import type { Signals } from "../lib/server/signals.ts";
import { stopped } from "../lib/server/standalone.ts";
import { logZookeeper, reopenZookeeperLog, zookeeperLogPath } from "../lib/server/zookeeper_log.ts";
import type { Service } from "../lib/service/service.ts";
import { proxyOptions } from "./option_tables.ts";
import { runProgram } from "./program.ts";

/** Calls under way may take so long to end when the proxy stops; then their callers get an error. */
const STOP_GRACE_MS = 1000;

/** Runs `juba<type>_proxy` to its end. */
export function proxyMain(type: string, service: Service): Promise<never> {
  return runProgram(`juba${type}_proxy`, proxyOptions, async (options, { program, signals }) => {
    const settings = readProxySettings(program, options);
    logZookeeper(zookeeperLogPath(settings));
    if (settings.daemon) enterDaemonMode({ kind: "proxy", logConfig: settings.logConfig, logdir: settings.logdir });
    giveUpStartingPrograms();
    log.info(proxyBootMessage(settings, Deno.pid, userName()));
    signals.onHangup(() => {
      if (settings.logConfig !== "") reloadLogConfig(settings.logConfig, settings.logVariables);
      reopenZookeeperLog();
    });
    await using coordinator = await connectZookeeper({
      hosts: settings.zookeeper,
      auth: settings.zookeeperAuth,
      sessionTimeoutMs: settings.zookeeperTimeoutSec * 1000,
    });
    await serveProxy(type, service, settings, coordinator, signals);
    return 0;
  });
}

/** Serves until the program is told to stop, or its session with the cluster is lost. */
export async function serveProxy(
  type: string,
  service: Service,
  settings: ProxySettings,
  coordinator: Coordinator,
  signals: Signals,
): Promise<void> {
  guardSession(coordinator, () => signals.requestStop(), { signal: signals.stop });
  await prepareTree(coordinator, type);
  const self = { host: settings.advertisedAddress, port: settings.port };
  using members = new ClusterView(coordinator, type);
  const startedAt = nowSec();
  await using proxy = new Proxy({
    service,
    members,
    interconnectTimeoutMs: settings.interconnectTimeoutSec * 1000,
    poolExpireMs: settings.poolExpireSec * 1000,
    poolSize: settings.poolSize,
    owner: formatEndpoint(self),
    status: () => proxyStatus(settings, coordinator, startedAt),
  });
  const rpc = listen(proxy, settings, "proxy");
  try {
    log.info(`start listening at port ${rpc.port}`);
    await registerProxy(coordinator, type, self, { signal: signals.stop });
    log.info("registered group membership");
    signals.serverIsUp();
    log.info(`${settings.program} RPC server startup`);
    await stopped(signals.stop);
    log.info("stopping RPC server");
  } finally {
    await endCalls(rpc, proxy, coordinator);
  }
}

/** Stops accepting requests, gives those under way a moment, and fails what still waits for a server or for ZooKeeper. */
async function endCalls(rpc: RpcServer, proxy: Proxy, coordinator: Coordinator): Promise<void> {
  const ended = new AbortController();
  // Ends when every request is answered.
  const closed = rpc.close().finally(() => ended.abort());
  await systemClock.sleep(STOP_GRACE_MS, ended.signal).catch(() => {});
  await Promise.all([proxy.close(), coordinator.close(), closed]);
}

/** Everything but the counters. */
function proxyStatus(settings: ProxySettings, coordinator: Coordinator, startedAt: number): [string, string][] {
  const now = nowSec();
  const status: [string, string | number][] = [
    ["clock_time", now],
    ["start_time", startedAt],
    ["uptime", now - startedAt],
    ...Object.entries(memoryStatus()),
    ["VERSION", JUBATUS_VERSION],
    ["PROGNAME", settings.program],
    ["pid", Deno.pid],
    ["user", userName()],
    ["timeout", settings.timeoutSec],
    ["threadnum", settings.threads],
    ["logdir", settings.logdir],
    ["log_config", settings.logConfig],
    ["zookeeper", settings.zookeeper],
    ["connected_zookeeper", coordinator.connectedServer()],
    ["zookeeper_timeout", settings.zookeeperTimeoutSec],
    ["interconnect_timeout", settings.interconnectTimeoutSec],
    ["session_pool_expire", settings.poolExpireSec],
    ["session_pool_size", settings.poolSize],
  ];
  return status.map(([key, value]) => [key, byteStringOfText(String(value))]);
}

function nowSec(): number {
  return Math.floor(Date.now() / 1000);
}
