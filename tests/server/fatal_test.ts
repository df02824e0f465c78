import { assertEquals, assertThrows } from "@std/assert";
import { ConnectStringError } from "../../lib/cluster/connect_string.ts";
import { ConfigSyntaxError, invalidConfiguration } from "../../lib/base/config_error.ts";
import {
  configLoadError,
  diagnostic,
  listenError,
  OperationError,
  realPath,
  StartError,
} from "../../lib/server/fatal.ts";
import { runConfigTest } from "../../lib/server/config_test_mode.ts";

const runtimeError = "jubatus::core::common::exception::runtime_error";

function systemError(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}

Deno.test("diagnostic prints class, message and details", () => {
  assertEquals(diagnostic(new Error("text")), `${runtimeError}: text`);
  assertEquals(diagnostic("thrown text"), `${runtimeError}: thrown text`);
  assertEquals(
    diagnostic(new ConnectStringError("garbage", "'garbage' is not of the form HOST:PORT")),
    `${runtimeError}: failed to initialize zk: garbage\n    (#0) API: zookeeper_init\n` +
      "    (#0) Error: Invalid argument (22)\n    (#0) Message: 'garbage' is not of the form HOST:PORT",
  );
  const error = new OperationError("cannot open input file", [["File", "/x"], [
    "Error",
    "No such file or directory (2)",
  ]]);
  assertEquals(
    diagnostic(error),
    `${runtimeError}: cannot open input file\n    (#0) File: /x\n    (#0) Error: No such file or directory (2)`,
  );
  assertEquals(
    diagnostic(invalidConfiguration('"extra" is not used ()', '"method" is not found ()')),
    "jubatus::core::common::config_exception: invalid configuration\n" +
      '    (#0) Message: "extra" is not used ()\n    (#0) Message: "method" is not found ()',
  );
});

Deno.test("realPath names the call, the file and the reason when the file is missing", () => {
  const error = assertThrows(() => realPath("/nonexistent.json"), OperationError, "Failed to get realpath");
  assertEquals(error.details, [
    ["API", "realpath"],
    ["File", "/nonexistent.json"],
    ["Error", "No such file or directory (2)"],
  ]);
});

Deno.test("listenError has the words of each kind of program", () => {
  const inUse = systemError("EADDRINUSE", "Address already in use (os error 98)");
  const message = (error: unknown, program: "server" | "proxy" | "jubavisor"): unknown[] => {
    const start = listenError(error, 9198, program);
    return [start.message, start.report, start.exitCode];
  };
  assertEquals(message(inUse, "server"), ["server failed to start: any process using port 9198?", "fatal", 1]);
  const long = "server failed to start: bind failed: Address already in use (any process using port 9198?)";
  assertEquals(message(inUse, "proxy"), [long, "fatal", 1]);
  assertEquals(message(inUse, "jubavisor"), [long, "error", 255]);
  const notLocal = systemError("EADDRNOTAVAIL", "Cannot assign requested address (os error 99)");
  assertEquals(message(notLocal, "server")[0], "server failed to start: bind failed: Cannot assign requested address");
  const unknownHost = new Error("failed to lookup address information: Name or service not known");
  assertEquals(message(unknownHost, "server")[0], "server failed to start: failed to resolve host name");
});

Deno.test("configLoadError names path and position of a syntax error and leaves others alone", () => {
  const syntax = configLoadError(new ConfigSyntaxError(1, 3, `'"' is required but got 'b'`, false), "/c.json");
  assertEquals(syntax instanceof StartError && [syntax.message, syntax.report], [
    `syntax error in configuration: /c.json:1:3 '"' is required but got 'b'`,
    "error",
  ]);
  const end = configLoadError(new ConfigSyntaxError(1, 3, "json_parser reached end of data", true), "/c.json");
  assertEquals(end instanceof StartError && [end.message, end.report], [
    "error in main thread: json_parser reached end of data",
    "fatal",
  ]);
  const other = new Error("other");
  assertEquals(configLoadError(other, "/c.json"), other);
});

Deno.test("runConfigTest says OK or what is wrong", async () => {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  assertEquals(await runConfigTest(() => {}, print), 0);
  const wrong = (): void => {
    throw invalidConfiguration('"extra" is not used (.parameter)');
  };
  assertEquals(await runConfigTest(wrong, print), 1);
  const syntax = (): void => {
    throw new StartError("syntax error", "error");
  };
  assertEquals(await runConfigTest(syntax, print), 1);
  assertEquals(printed, [
    "Configuration OK\n",
    "Configuration error:\njubatus::core::common::config_exception: invalid configuration\n" +
    '    (#0) Message: "extra" is not used (.parameter)\n',
  ]);
});
