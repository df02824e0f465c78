import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { assert } from "../../lib/base/assert.ts";
import { log } from "../../lib/base/log.ts";
import { OperationError, StartError } from "../../lib/server/fatal.ts";
import type { InterfaceAddress } from "../../lib/server/network_address.ts";
import {
  checkMixer,
  proxyBootMessage,
  type ProxySettings,
  readProxySettings,
  readServerSettings,
  serverBootMessage,
  type ServerSettings,
} from "../../lib/server/server_options.ts";
import { proxyOptions, serverOptions } from "../../cli/option_tables.ts";
import { type OptionTable, type OptionValues, parse } from "../../cli/options.ts";

const interfaces = (): InterfaceAddress[] => [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "eth0", family: "IPv4", address: "192.0.2.2" },
];

function optionValues(table: OptionTable, argv: string[]): OptionValues {
  const result = parse(table, argv, "p");
  assert(result.kind === "ok");
  return result.values;
}

function server(...argv: string[]): ServerSettings {
  try {
    return readServerSettings("jubaclassifier", optionValues(serverOptions, argv), interfaces);
  } finally {
    log.setSinks([]);
  }
}

function proxy(...argv: string[]): ProxySettings {
  try {
    return readProxySettings("jubaclassifier_proxy", optionValues(proxyOptions, argv), interfaces);
  } finally {
    log.setSinks([]);
  }
}

/** A directory with a file in it. */
function withFiles(body: (directory: string, file: string) => void): void {
  const directory = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    Deno.writeTextFileSync(`${directory}/c.json`, "{}");
    body(directory, `${directory}/c.json`);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** The message and kind of report of a refused start. */
function refusal(read: () => unknown): string[] {
  const error = assertThrows(read, StartError);
  return [error.message, error.report, String(error.exitCode)];
}

Deno.test("readServerSettings gives absolute paths when standalone", () => {
  withFiles((directory, file) => {
    Deno.symlinkSync(file, `${directory}/link.json`);
    const settings = server("-f", `${directory}/link.json`, "-d", `${directory}/.`, "-l", directory, "-n", "ignored");
    assertEquals(settings.isStandalone, true);
    assertEquals([settings.configPath, settings.datadir, settings.logdir], [file, directory, directory]);
    assertEquals([settings.bindAddress, settings.advertisedAddress], ["0.0.0.0", "192.0.2.2"]);
    assertEquals(settings.logVariables, {
      JUBATUS_PID: String(Deno.pid),
      JUBATUS_PROCESS: "jubaclassifier",
      JUBATUS_HOST: "192.0.2.2",
      JUBATUS_PORT: "9199",
    });
  });
});

Deno.test("readServerSettings refuses with usage what the original refuses with usage", () => {
  assertEquals(refusal(() => server()), [
    "config path or model file must be specified for standalone mode",
    "usage",
    "1",
  ]);
  assertEquals(refusal(() => server("-z", "a:1")), [
    "can't start multinode mode without name specified",
    "usage",
    "1",
  ]);
  assertEquals(refusal(() => server("-z", "a:1", "-n", "x", "-Z", "0")), [
    "can't start with zookeeper_timeout less than 1",
    "usage",
    "1",
  ]);
  assertEquals(refusal(() => server("-z", "a:1", "-n", "x", "-I", "0")), [
    "can't start with interconnect_timeout less than 1",
    "usage",
    "1",
  ]);
  withFiles((_, file) => {
    assertEquals(refusal(() => server("-f", file, "-d", file)), ["can't use datadir: Not a directory", "usage", "1"]);
    assertEquals(server("-f", file, "-Z", "0", "-I", "0").zookeeperTimeoutSec, 0);
  });
});

Deno.test("readServerSettings names a missing file the way of the original", () => {
  withFiles((_, file) => {
    const missing = [["-f", "/nonexistent.json"], ["-f", file, "-m", "/nonexistent.jubatus"], [
      "-f",
      file,
      "-d",
      "/nonexistent",
    ], ["-f", file, "-l", "/nonexistent"]];
    for (const argv of missing) {
      const error = assertThrows(() => server(...argv), OperationError, "Failed to get realpath");
      assertEquals(error.details[1], ["File", argv.at(-1)!]);
    }
  });
});

Deno.test("readServerSettings tells on standard error what goes wrong before there is a log", () => {
  const [message, report, exitCode] = refusal(() => server("-f", "x", "-B", "nosuchif"));
  assertEquals(
    message,
    "exception in main thread: jubatus::core::common::exception::runtime_error: " +
      "Failed to get IP address from interface\n    (#0) Error: No such device (19)",
  );
  assertEquals([report, exitCode], ["stderr", "255"]);
  // The log comes before the semantic checks: both are wrong here.
  assertStringIncludes(refusal(() => server("-g", "/nonexistent.xml"))[0]!, "Failed to get realpath");
});

Deno.test("readServerSettings refuses a log directory that is none, without usage", () => {
  withFiles((_, file) => {
    assertEquals(refusal(() => server("-f", file, "-l", file)), [
      "can't write to the ZooKeeper log directory: Not a directory",
      "stderr",
      "1",
    ]);
  });
});

Deno.test("readProxySettings leaves logdir as it is and refuses one that cannot be used", () => {
  withFiles((directory, file) => {
    assertEquals(proxy("-l", `${directory}/.`).logdir, `${directory}/.`);
    assertEquals(refusal(() => proxy("-l", file)), ["can't create log file: Not a directory", "stderr", "1"]);
    assertEquals(refusal(() => proxy("-l", `${directory}/nosuch`)), [
      "can't create log file: No such file or directory",
      "stderr",
      "1",
    ]);
  });
  const settings = proxy("-E", "5", "-S", "6");
  assertEquals([settings.zookeeper, settings.threads, settings.poolExpireSec, settings.poolSize], [
    "localhost:2181",
    4,
    5,
    6,
  ]);
});

Deno.test("checkMixer refuses an unknown mixer", () => {
  for (const mixer of ["linear_mixer", "random_mixer", "broadcast_mixer", "skip_mixer"]) checkMixer(mixer);
  assertThrows(() => checkMixer("nosuch_mixer"), OperationError, "unsupported mix type (nosuch_mixer)");
});

Deno.test("serverBootMessage is the original's", () => {
  const settings = server("-z", "localhost:2181", "-n", "shogun", "-p", "21180", "-i", "0", "-d", "/");
  assertEquals(
    serverBootMessage(settings, 5469, "root"),
    `starting jubaclassifier 1.1.1 RPC server at 192.0.2.2:21180
    pid                  : 5469
    user                 : root
    mode                 : multinode mode
    timeout              : 10
    thread               : 2
    datadir              : /
    logdir               : 
    log config           : 
    zookeeper            : localhost:2181
    name                 : shogun
    interval sec         : 16
    interval count       : disabled
    zookeeper timeout    : 10
    interconnect timeout : 10
`,
  );
});

Deno.test("proxyBootMessage is the original's", () => {
  assertEquals(
    proxyBootMessage(proxy("-z", "127.0.0.1:2181", "-p", "9701"), 14271, "root"),
    `starting jubaclassifier_proxy 1.1.1 RPC server at 192.0.2.2:9701
    pid                  : 14271
    user                 : root
    timeout              : 10
    zookeeper timeout    : 10
    interconnect timeout : 10
    thread               : 4
    logdir               : 
    log config           : 
    zookeeper            : 127.0.0.1:2181
`,
  );
});
