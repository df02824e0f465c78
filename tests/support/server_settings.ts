import type { ServerSettings } from "../../lib/server/server_options.ts";

/** Settings of a standalone classifier server that keeps its models in `datadir`. */
export function serverSettings(datadir: string, changes: Partial<ServerSettings> = {}): ServerSettings {
  return {
    program: "jubaclassifier",
    advertisedAddress: "192.0.2.7",
    bindAddress: "127.0.0.1",
    port: 9199,
    threads: 2,
    timeoutSec: 10,
    logdir: "",
    logConfig: "",
    logVariables: { JUBATUS_PID: "1", JUBATUS_PROCESS: "", JUBATUS_HOST: "", JUBATUS_PORT: "" },
    daemon: false,
    zookeeper: "",
    zookeeperAuth: [],
    zookeeperTimeoutSec: 10,
    interconnectTimeoutSec: 10,
    messageBytesMax: 2 ** 30,
    connectionsMax: 0,
    nestingMax: 32,
    isStandalone: true,
    name: "",
    datadir,
    configPath: "/etc/jubatus/config.json",
    modelFile: "",
    configTest: false,
    mixer: "linear_mixer",
    intervalSec: 16,
    intervalCount: 512,
    ...changes,
  };
}
