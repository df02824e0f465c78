/**
 * From options to settings: the checks of the original, in its order and words.
 *
 * Nothing here is asynchronous, so that a failing start has printed everything when the process ends.
 *
 * @module
 */
import { accessSync, constants } from "node:fs";
import { JUBATUS_VERSION } from "../base/version.ts";
import type { ZookeeperAuth } from "../cluster/zookeeper.ts";
import { exceptionInMainThread, OperationError, realPath, StartError } from "./fatal.ts";
import { configureLog, logToStream, type LogVariables } from "./log_config.ts";
import { chooseListenAddress, type InterfaceAddress, type ListenAddress } from "./network_address.ts";
import { errorText } from "./system_error.ts";
import { readZookeeperAuth } from "./zookeeper_auth.ts";

/** Values of a command line by long option name. */
export interface OptionReader {
  /** Value of a number option. */
  number(long: string): number;
  /** Value of a text option. */
  string(long: string): string;
  /** Whether a flag was given. */
  flag(long: string): boolean;
}

/** What servers and proxies have in common. */
export interface ListenerSettings extends ListenAddress {
  /** Name of the program, such as `jubaclassifier`. */
  readonly program: string;
  /** Port listened on. */
  readonly port: number;
  /** Reported only: one thread serves all connections. */
  readonly threads: number;
  /** Seconds until an idle connection is closed; 0 for never. */
  readonly timeoutSec: number;
  /** Directory of the ZooKeeper client's log; empty for standard error. */
  readonly logdir: string;
  /** Real path of the log configuration; empty for none. */
  readonly logConfig: string;
  /** Values usable in the log configuration. */
  readonly logVariables: LogVariables;
  /** Whether to run in the background. */
  readonly daemon: boolean;
  /** ZooKeeper hosts; empty for a standalone server. */
  readonly zookeeper: string;
  /** Credentials for it, if it wants any. */
  readonly zookeeperAuth: readonly ZookeeperAuth[];
  /** ZooKeeper session timeout. */
  readonly zookeeperTimeoutSec: number;
  /** Time a server may take to answer another one or a proxy. */
  readonly interconnectTimeoutSec: number;
  /** Longest message accepted. */
  readonly messageBytesMax: number;
  /** Most connections at a time; 0 for no limit. */
  readonly connectionsMax: number;
  /** Deepest nesting accepted in a message. */
  readonly nestingMax: number;
}

/** What a server was told. */
export interface ServerSettings extends ListenerSettings {
  /** False in a cluster. */
  readonly isStandalone: boolean;
  /** Cluster name; ignored by a standalone server. */
  readonly name: string;
  /** Real path of the directory models are saved in. */
  readonly datadir: string;
  /** Real path of the configuration; empty for none. */
  readonly configPath: string;
  /** Real path of the model loaded at start; empty for none. */
  readonly modelFile: string;
  /** Only check the configuration. */
  readonly configTest: boolean;
  /** Name of the MIX strategy; see {@link checkMixer}. */
  readonly mixer: string;
  /** Seconds after which an update is mixed; 0 for never. */
  readonly intervalSec: number;
  /** Updates after which they are mixed; 0 for never. */
  readonly intervalCount: number;
}

/** What a proxy was told. */
export interface ProxySettings extends ListenerSettings {
  /** Seconds after which an unused connection to a server is closed. */
  readonly poolExpireSec: number;
  /** Most connections, all servers together; 0 for no limit. */
  readonly poolSize: number;
}

/** Where interface addresses come from. */
export type InterfaceSource = () => readonly InterfaceAddress[];

const MIXERS: readonly string[] = ["linear_mixer", "random_mixer", "broadcast_mixer", "skip_mixer"];

/** Checks the options of a server and configures its log. Throws a {@link StartError} or what the log shall tell. */
export function readServerSettings(
  program: string,
  options: OptionReader,
  interfaces: InterfaceSource = Deno.networkInterfaces,
): ServerSettings {
  const listener = readListener(program, options, interfaces);
  const isStandalone = listener.zookeeper === "";
  const name = options.string("name");
  const configPath = options.string("configpath");
  const modelFile = options.string("model_file");
  if (!isStandalone && name === "") refuse("can't start multinode mode without name specified");
  if (isStandalone && configPath === "" && modelFile === "") {
    refuse("config path or model file must be specified for standalone mode");
  }
  const realConfigPath = realPathOrEmpty(configPath);
  const realModelFile = realPathOrEmpty(modelFile);
  if (!isStandalone && listener.zookeeperTimeoutSec < 1) refuse("can't start with zookeeper_timeout less than 1");
  if (!isStandalone && listener.interconnectTimeoutSec < 1) refuse("can't start with interconnect_timeout less than 1");
  const datadir = realPath(options.string("datadir"));
  requireWritable(datadir, "can't use datadir", "usage");
  const logdir = realPathOrEmpty(listener.logdir);
  if (logdir !== "") requireWritable(logdir, "can't write to the ZooKeeper log directory", "stderr");
  return {
    ...listener,
    isStandalone,
    name,
    datadir,
    logdir,
    configPath: realConfigPath,
    modelFile: realModelFile,
    configTest: options.flag("config_test"),
    mixer: options.string("mixer"),
    intervalSec: options.number("interval_sec"),
    intervalCount: options.number("interval_count"),
  };
}

/** Checks the options of a proxy and configures its log. Throws a {@link StartError} or what the log shall tell. */
export function readProxySettings(
  program: string,
  options: OptionReader,
  interfaces: InterfaceSource = Deno.networkInterfaces,
): ProxySettings {
  const listener = readListener(program, options, interfaces);
  if (listener.logdir !== "") requireWritable(listener.logdir, "can't create log file", "stderr");
  return { ...listener, poolExpireSec: options.number("pool_expire"), poolSize: options.number("pool_size") };
}

/** A server refuses unknown mixers also where it does not mix, but only after its boot message or when it joins. */
export function checkMixer(mixer: string): void {
  if (!MIXERS.includes(mixer)) throw new OperationError(`unsupported mix type (${mixer})`);
}

/** The first log message of a server. It ends with an empty line. */
export function serverBootMessage(settings: ServerSettings, pid: number, user: string): string {
  return bootMessage(settings, [
    ["pid", pid],
    ["user", user],
    ["mode", settings.isStandalone ? "standalone mode" : "multinode mode"],
    ["timeout", settings.timeoutSec],
    ["thread", settings.threads],
    ["datadir", settings.datadir],
    ["logdir", settings.logdir],
    ["log config", settings.logConfig],
    ["zookeeper", settings.zookeeper],
    ["name", settings.name],
    ["interval sec", settings.intervalSec || "disabled"],
    ["interval count", settings.intervalCount || "disabled"],
    ["zookeeper timeout", settings.zookeeperTimeoutSec],
    ["interconnect timeout", settings.interconnectTimeoutSec],
  ]);
}

/** The first log message of a proxy. It ends with an empty line. */
export function proxyBootMessage(settings: ProxySettings, pid: number, user: string): string {
  return bootMessage(settings, [
    ["pid", pid],
    ["user", user],
    ["timeout", settings.timeoutSec],
    ["zookeeper timeout", settings.zookeeperTimeoutSec],
    ["interconnect timeout", settings.interconnectTimeoutSec],
    ["thread", settings.threads],
    ["logdir", settings.logdir],
    ["log config", settings.logConfig],
    ["zookeeper", settings.zookeeper],
  ]);
}

function bootMessage(settings: ListenerSettings, lines: readonly (readonly [string, string | number])[]): string {
  const address = `${settings.advertisedAddress}:${settings.port}`;
  const head = `starting ${settings.program} ${JUBATUS_VERSION} RPC server at ${address}\n`;
  return head + lines.map(([key, value]) => `    ${key.padEnd(21)}: ${value}\n`).join("");
}

/** The first checks, which also decide where everything later is logged. */
function readListener(program: string, options: OptionReader, interfaces: InterfaceSource): ListenerSettings {
  const address = listenAddress(options, interfaces);
  const zookeeper = options.string("zookeeper");
  const port = options.number("rpc-port");
  const logVariables: LogVariables = {
    JUBATUS_PID: String(Deno.pid),
    JUBATUS_PROCESS: program,
    JUBATUS_HOST: address.advertisedAddress,
    JUBATUS_PORT: String(port),
  };
  return {
    ...address,
    program,
    port,
    threads: options.number("thread"),
    timeoutSec: options.number("timeout"),
    logdir: options.string("logdir"),
    logConfig: startLog(options, logVariables),
    logVariables,
    daemon: options.flag("daemon"),
    zookeeper,
    zookeeperAuth: zookeeper === "" ? [] : readZookeeperAuth(options.string("zookeeper_auth")),
    zookeeperTimeoutSec: options.number("zookeeper_timeout"),
    interconnectTimeoutSec: options.number("interconnect_timeout"),
    messageBytesMax: options.number("max_message_bytes"),
    connectionsMax: options.number("max_connections"),
    nestingMax: options.number("max_nesting"),
  };
}

/** Configures the log from `--log_config`, or else `--log_format` and `--log_level`; returns the file's real path. */
export function startLog(options: OptionReader, variables: LogVariables): string {
  const path = options.string("log_config");
  if (path !== "") return configureLog(path, variables);
  logToStream("stdout", options.string("log_format"), options.string("log_level"));
  return "";
}

/** The log does not exist yet: an unknown interface is told on standard error. */
function listenAddress(options: OptionReader, interfaces: InterfaceSource): ListenAddress {
  try {
    return chooseListenAddress(options.string("listen_addr"), options.string("listen_if"), interfaces);
  } catch (error) {
    throw new StartError(exceptionInMainThread(error), "stderr", 255, { cause: error });
  }
}

function refuse(message: string): never {
  throw new StartError(message, "usage");
}

function realPathOrEmpty(path: string): string {
  return path === "" ? "" : realPath(path);
}

function requireWritable(directory: string, message: string, report: "usage" | "stderr"): void {
  try {
    if (!Deno.statSync(directory).isDirectory) throw Object.assign(new Error(directory), { code: "ENOTDIR" });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new StartError(`${message}: ${errorText(error)}`, report, 1, { cause: error });
  }
}
