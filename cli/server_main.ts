/**
 * What all servers have in common.
 *
 * @module
 */
import { log } from "../lib/base/log.ts";
import { giveUpStartingPrograms } from "../lib/base/permission.ts";
import type { EngineType } from "../lib/engine/engine.ts";
import { serveInCluster, testClusterConfig } from "../lib/server/cluster_server.ts";
import { runConfigTest } from "../lib/server/config_test_mode.ts";
import { enterDaemonMode } from "../lib/server/daemon.ts";
import { reloadLogConfig } from "../lib/server/log_config.ts";
import { stderrWriter } from "../lib/server/log_sinks.ts";
import { userName } from "../lib/server/process_status.ts";
import { readServerSettings, serverBootMessage } from "../lib/server/server_options.ts";
import { createStandaloneServer, serve } from "../lib/server/standalone.ts";
import { logZookeeper, reopenZookeeperLog, zookeeperLogPath } from "../lib/server/zookeeper_log.ts";
import { serverOptions } from "./option_tables.ts";
import { runProgram } from "./program.ts";

/** Runs `juba<type>` to its end. */
export function serverMain(type: EngineType): Promise<never> {
  return runProgram(`juba${type.name}`, serverOptions, async (options, { program, signals }) => {
    const settings = readServerSettings(program, options);
    logZookeeper(zookeeperLogPath(settings));
    if (settings.daemon) enterDaemonMode({ kind: "server", logConfig: settings.logConfig, logdir: settings.logdir });
    giveUpStartingPrograms();
    log.info(serverBootMessage(settings, Deno.pid, userName()));
    signals.onHangup(() => {
      if (settings.logConfig !== "") reloadLogConfig(settings.logConfig, settings.logVariables);
      reopenZookeeperLog();
    });
    if (settings.configTest) {
      const load = settings.isStandalone
        ? (): void => void createStandaloneServer(type, settings)
        : (): Promise<void> => testClusterConfig(type, settings, signals);
      return await runConfigTest(load, (text) => stderrWriter().write(text));
    }
    if (settings.isStandalone) await serve(createStandaloneServer(type, settings), settings, signals);
    else await serveInCluster(type, settings, signals);
    return 0;
  });
}
