/**
 * The options of every program. Texts of original options are those of Jubatus 1.1.1, misspellings included, because
 * people compare and grep help texts. Long because it is one table per program, and nothing but tables.
 *
 * @module
 */
import { NESTING_MAX } from "../lib/msgpack/reader.ts";
import type { Option, OptionTable } from "./options.ts";

const MIXERS = ["linear_mixer", "random_mixer", "broadcast_mixer", "skip_mixer"] as const;

/** The services there is a server and a proxy for: `juba<service>` and `juba<service>_proxy`. */
export const SERVICES = ["classifier", "regression", "stat"] as const;

/** What the tools suggest for `--type`: all services of Jubatus 1.1.1, whose servers may be in the same ZooKeeper. */
const CLUSTER_TYPES = [
  "anomaly",
  "bandit",
  "burst",
  "classifier",
  "clustering",
  "graph",
  "nearest_neighbor",
  "recommender",
  "regression",
  "stat",
  "weight",
] as const;

const version: Option = { long: "version", short: "v", type: "flag", help: "version" };
const daemon: Option = { long: "daemon", short: "D", type: "flag", help: "launch in daemon mode" };

/** Listening options, the first ones of servers and proxies. */
function listening(threads: number): readonly Option[] {
  return [
    { long: "rpc-port", short: "p", type: "int", defaultValue: 9199, min: 1, max: 65535, help: "port number" },
    { long: "listen_addr", short: "b", type: "string", defaultValue: "", hint: "address", help: "bind IP address" },
    {
      long: "listen_if",
      short: "B",
      type: "string",
      defaultValue: "",
      hint: "interface",
      help: "bind network interfance",
    },
    { long: "thread", short: "c", type: "int", defaultValue: threads, min: 1, help: "concurrency = thread number" },
    { long: "timeout", short: "t", type: "int", defaultValue: 10, min: 0, help: "time out (sec)" },
  ];
}

const logdir: Option = {
  long: "logdir",
  short: "l",
  type: "string",
  defaultValue: "",
  hint: "directory",
  help: "directory to output ZooKeeper logs (instead of stderr)",
};

const logConfig: Option = {
  long: "log_config",
  short: "g",
  type: "string",
  defaultValue: "",
  hint: "file",
  help: "log4cxx XML configuration file",
};

const zookeeperTimeouts: readonly Option[] = [
  { long: "zookeeper_timeout", short: "Z", type: "int", defaultValue: 10, help: "zookeeper time out (sec)" },
  {
    long: "interconnect_timeout",
    short: "I",
    type: "int",
    defaultValue: 10,
    help: "interconnect time out between servers (sec)",
  },
];

/** Ours; see `--help` of any server. */
const logExtensions: readonly Option[] = [
  {
    long: "log_format",
    type: "string",
    defaultValue: "text",
    choices: ["text", "json"],
    extension: true,
    help: "format of log lines without --log_config (text/json)",
  },
  {
    long: "log_level",
    type: "string",
    defaultValue: "info",
    choices: ["trace", "debug", "info", "warn", "error", "fatal"],
    extension: true,
    help: "lowest level logged without --log_config (trace/debug/info/warn/error/fatal)",
  },
];

/** Ours. Not the credentials themselves: everybody on the host can read command lines. */
const zookeeperAuth: Option = {
  long: "zookeeper_auth",
  type: "string",
  defaultValue: "",
  hint: "file",
  extension: true,
  help: "file with one line user:password for ZooKeeper; nodes can then be changed with it only, and read by anybody",
};

/** Ours: bounds on what one client can make a server hold. */
const limitExtensions: readonly Option[] = [
  {
    long: "max_message_bytes",
    type: "int",
    defaultValue: 2 ** 30,
    min: 1024,
    extension: true,
    help: "longest message accepted; a connection that sends more is closed",
  },
  {
    long: "max_connections",
    type: "int",
    defaultValue: 0,
    min: 0,
    extension: true,
    help: "most client connections at a time; further ones are closed (0: no limit)",
  },
  {
    long: "max_nesting",
    type: "int",
    defaultValue: NESTING_MAX,
    min: 8,
    max: NESTING_MAX,
    extension: true,
    help: "deepest nesting of arrays and maps in a message; data need 8",
  },
];

/** Servers: `juba<service>`. */
export const serverOptions: OptionTable = {
  description: "Jubatus machine learning server",
  options: [
    ...listening(2),
    {
      long: "datadir",
      short: "d",
      type: "string",
      defaultValue: "/tmp",
      hint: "directory",
      help: "directory to save and load models",
    },
    logdir,
    logConfig,
    {
      long: "configpath",
      short: "f",
      type: "string",
      defaultValue: "",
      hint: "file",
      help: "config option need to specify json file when standalone mode (without ZK mode)",
    },
    {
      long: "model_file",
      short: "m",
      type: "string",
      defaultValue: "",
      hint: "file",
      help: "model data to load at startup",
    },
    daemon,
    { long: "config_test", short: "T", type: "flag", help: "run a configuration file syntax test and exit" },
    { long: "zookeeper", short: "z", type: "string", defaultValue: "", hint: "hosts", help: "zookeeper location" },
    {
      long: "name",
      short: "n",
      type: "string",
      defaultValue: "",
      hint: "name",
      help: "learning machine instance name",
    },
    {
      long: "mixer",
      short: "x",
      type: "string",
      defaultValue: "linear_mixer",
      suggestions: MIXERS,
      help: "mixer strategy",
    },
    { long: "interval_sec", short: "s", type: "int", defaultValue: 16, min: 0, help: "mix interval by seconds" },
    {
      long: "interval_count",
      short: "i",
      type: "int",
      defaultValue: 512,
      min: 0,
      help: "mix interval by update count",
    },
    ...zookeeperTimeouts,
    version,
    zookeeperAuth,
    ...logExtensions,
    ...limitExtensions,
  ],
};

/** Proxies: `juba<service>_proxy`. */
export const proxyOptions: OptionTable = {
  description: "proxy that spreads requests over the Jubatus servers of a cluster",
  options: [
    ...listening(4),
    ...zookeeperTimeouts,
    daemon,
    {
      long: "zookeeper",
      short: "z",
      type: "string",
      defaultValue: "localhost:2181",
      hint: "hosts",
      help: "zookeeper location",
    },
    { long: "pool_expire", short: "E", type: "int", defaultValue: 60, min: 0, help: "session-pool expire time (sec)" },
    { long: "pool_size", short: "S", type: "int", defaultValue: 0, min: 0, help: "session-pool maximum size" },
    logdir,
    logConfig,
    version,
    zookeeperAuth,
    ...logExtensions,
    ...limitExtensions,
  ],
};

/** jubavisor. Its `-d` is the daemon flag. */
export const jubavisorOptions: OptionTable = {
  description: "supervisor that starts and stops Jubatus servers on its host",
  options: [
    { long: "rpc-port", short: "p", type: "int", defaultValue: 9198, min: 1, max: 65535, help: "port number" },
    { long: "zookeeper", short: "z", type: "string", hint: "hosts", help: "zookeeper location" },
    {
      long: "logdir",
      short: "l",
      type: "string",
      defaultValue: "/tmp",
      hint: "directory",
      help: "log to output all child process' log",
    },
    logConfig,
    { long: "timeout", short: "t", type: "int", defaultValue: 10, help: "rpc timeout" },
    { long: "daemon", short: "d", type: "flag", help: "daemonize the process" },
    {
      long: "child_log_bytes",
      type: "int",
      defaultValue: 10 * 1024 * 1024,
      min: 0,
      extension: true,
      help: "a server's log in --logdir of this length becomes .log.1, and that .log.2, up to .log.5 (0: never)",
    },
    zookeeperAuth,
    ...logExtensions,
  ],
};

/** jubactl. The options marked `[start]` are handed to the servers it has started. */
export const jubactlOptions: OptionTable = {
  description: "starts, stops, saves, loads and lists the Jubatus servers of a cluster",
  options: [
    {
      long: "cmd",
      short: "c",
      type: "string",
      suggestions: ["start", "stop", "save", "load", "status"],
      help: "command to send servers (start|stop|save|load|status)",
    },
    {
      long: "server",
      short: "s",
      type: "string",
      hint: "program",
      help: "server exec file of learning machine (jubaclassifier, ...)",
    },
    { long: "name", short: "n", type: "string", hint: "name", help: "learning machine name" },
    {
      long: "type",
      short: "t",
      type: "string",
      hint: "service",
      suggestions: CLUSTER_TYPES,
      help: "learning machine type (classifier, ...)",
    },
    {
      long: "num",
      short: "N",
      type: "unsigned",
      defaultValue: 0,
      help: "num of process in the whole cluster (one on each server when 0)",
    },
    {
      long: "zookeeper",
      short: "z",
      type: "string",
      defaultValue: "",
      hint: "hosts",
      help: "ZooKeeper location; environment variable 'ZK' is used when available",
    },
    {
      long: "id",
      short: "i",
      type: "string",
      defaultValue: "",
      hint: "name",
      help: "[save|load] id of file name ('name' is used by default)",
    },
    {
      long: "listen_if",
      short: "B",
      type: "string",
      defaultValue: "",
      hint: "interface",
      help: "[start] bind network interfance",
    },
    { long: "thread", short: "C", type: "int", defaultValue: 2, help: "[start] concurrency = thread number" },
    { long: "timeout", short: "T", type: "int", defaultValue: 10, help: "[start] time out (sec)" },
    {
      long: "datadir",
      short: "D",
      type: "string",
      defaultValue: "/tmp",
      hint: "directory",
      help: "[start] directory to load and save models",
    },
    {
      long: "logdir",
      short: "L",
      type: "string",
      defaultValue: "",
      hint: "directory",
      help: "[start] directory to output logs (instead of stderr)",
    },
    {
      long: "log_config",
      short: "G",
      type: "string",
      defaultValue: "",
      hint: "file",
      help: "[start] log4cxx XML configuration file",
    },
    {
      long: "mixer",
      short: "X",
      type: "string",
      defaultValue: "linear_mixer",
      suggestions: MIXERS,
      help: "[start] mixer strategy",
    },
    { long: "interval_sec", short: "S", type: "int", defaultValue: 16, help: "[start] mix interval by seconds" },
    {
      long: "interval_count",
      short: "I",
      type: "int",
      defaultValue: 512,
      help: "[start] mix interval by update count",
    },
    { long: "zookeeper_timeout", short: "Z", type: "int", defaultValue: 10, help: "[start] zookeeper time out (sec)" },
    {
      long: "interconnect_timeout",
      short: "R",
      type: "int",
      defaultValue: 10,
      help: "[start] interconnect time out between servers (sec)",
    },
    { long: "debug", short: "d", type: "flag", help: "debug mode (obsolete)" },
    zookeeperAuth,
    { long: "json", type: "flag", extension: true, help: "print results as JSON" },
  ],
};

/** jubaconfig. */
export const jubaconfigOptions: OptionTable = {
  description: "stores, shows and removes the configurations of Jubatus clusters in ZooKeeper",
  options: [
    {
      long: "cmd",
      short: "c",
      type: "string",
      suggestions: ["write", "read", "delete", "list"],
      help: "command to operate config (write|read|delete|list)",
    },
    {
      long: "file",
      short: "f",
      type: "string",
      defaultValue: "",
      hint: "file",
      help: "[write] config file to set",
    },
    {
      long: "type",
      short: "t",
      type: "string",
      defaultValue: "",
      hint: "service",
      suggestions: CLUSTER_TYPES,
      help: "[write|read|delete] learning machine type",
    },
    {
      long: "name",
      short: "n",
      type: "string",
      defaultValue: "",
      hint: "name",
      help: "[write|read|delete] learning machine name",
    },
    {
      long: "zookeeper",
      short: "z",
      type: "string",
      defaultValue: "",
      hint: "hosts",
      help: "ZooKeeper location environment: 'ZK' is available instead",
    },
    { long: "debug", short: "d", type: "flag", help: "debug mode (obsolete)" },
    zookeeperAuth,
    { long: "force", type: "flag", extension: true, help: "[write] store without checking that a server could use it" },
  ],
};

/** jubaconv. */
export const jubaconvOptions: OptionTable = {
  description: "shows what a converter configuration makes of JSON on standard input",
  options: [
    {
      long: "input-format",
      short: "i",
      type: "string",
      defaultValue: "json",
      choices: ["json", "datum"],
      help: "input format (json/datum)",
    },
    {
      long: "output-format",
      short: "o",
      type: "string",
      defaultValue: "fv",
      choices: ["json", "datum", "fv"],
      help: "output format (json/datum/fv)",
    },
    { long: "conf", short: "c", type: "string", defaultValue: "", hint: "file", help: "converter config file" },
  ],
};

/** The table of every program by its name; what man pages, completions and tests walk over. */
export const optionTables: ReadonlyMap<string, OptionTable> = new Map<string, OptionTable>([
  ...SERVICES.flatMap((service): [string, OptionTable][] => [
    [`juba${service}`, { ...serverOptions, description: `Jubatus ${service} server` }],
    [`juba${service}_proxy`, { ...proxyOptions, description: `proxy for Jubatus ${service} servers` }],
  ]),
  ["jubavisor", jubavisorOptions],
  ["jubactl", jubactlOptions],
  ["jubaconfig", jubaconfigOptions],
  ["jubaconv", jubaconvOptions],
]);
