import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "../support/delay.ts";
import { GOLDEN_CONFIG, GOLDEN_MODEL_FILE, modelFileOf, systemData } from "../support/model_files.ts";
import { type ProgramResult, runProgram, ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { until } from "../support/until.ts";
import { requestBytes, WireCaller } from "../support/wire_call.ts";
import { WireMap, type WireValue } from "../support/wire_value.ts";

const program = "jubaclassifier";

/** A directory with a configuration, and the arguments that lead to it. */
class Place extends TemporaryDirectory {
  readonly config = this.write("config.json", GOLDEN_CONFIG);
  readonly args = ["-f", this.config, "-d", this.path];

  start(...args: readonly string[]): Promise<ServerProcess> {
    return ServerProcess.start(program, { args: [...this.args, ...args] });
  }

  run(...args: readonly string[]): Promise<ProgramResult> {
    return runProgram(program, { args: ["-p", "1", "-b", "127.0.0.1", ...args] });
  }
}

/** What follows the decoration of each log line; lines that only go on are left as they are. */
function messages(log: string): string[] {
  return log.split("\n").map((line) => line.replace(/^\S+ \S+ \d+ [A-Z]+ +\[[^\]]*\] /, ""));
}

Deno.test("jubaclassifier says what it does from its start to its end", async () => {
  using place = new Place();
  await using server = await place.start("-t", "7", "-c", "3");
  await until(() => server.output.includes("RPC server startup"));
  const { code, stdout, stderr } = await server.stop();
  const user = messages(stdout).find((line) => line.startsWith("    user"));
  assertEquals(messages(stdout), [
    `starting jubaclassifier 1.1.1 RPC server at 127.0.0.1:${server.port}`,
    `    pid                  : ${server.pid}`,
    user!,
    "    mode                 : standalone mode",
    "    timeout              : 7",
    "    thread               : 3",
    `    datadir              : ${place.path}`,
    "    logdir               : ",
    "    log config           : ",
    "    zookeeper            : ",
    "    name                 : ",
    "    interval sec         : 16",
    "    interval count       : 512",
    "    zookeeper timeout    : 10",
    "    interconnect timeout : 10",
    "",
    `load config from local file: ${place.config}`,
    `config loaded: ${GOLDEN_CONFIG}`,
    `start listening at port ${server.port}`,
    "jubaclassifier RPC server startup",
    "caught SIGTERM",
    "stopping RPC server",
    "",
  ]);
  assertEquals([code, stderr], [0, ""]);
  for (const line of stdout.split("\n").filter((line) => /^\d{4}-/.test(line))) {
    assertMatch(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ INFO {2}\[\w+\.ts:\d+\] /);
  }
});

Deno.test("jubaclassifier writes each record as one line of JSON with --log_format json", async () => {
  using place = new Place();
  await using server = await place.start("--log_format", "json");
  await until(() => server.output.includes("RPC server startup"));
  const { stdout } = await server.stop();
  const records = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(records.at(-1).message, "stopping RPC server");
  assertStringIncludes(records[0].message, "mode                 : standalone mode\n");
  for (const record of records) {
    assertEquals(Object.keys(record), ["time", "level", "pid", "source", "message"]);
    assertEquals([record.level, record.pid], ["info", server.pid]);
  }
});

Deno.test("jubaclassifier ends with 0 at TERM and INT", async () => {
  using place = new Place();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using server = await place.start();
    await until(() => server.output.includes("RPC server startup"));
    using idle = await WireCaller.open(server);
    assertEquals(await idle.call("get_labels", ""), [null, new WireMap([])]);
    const { code, stdout } = await server.stop(signal);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `caught ${signal}`);
    assertEquals(await idle.isClosed(), true);
  }
});

Deno.test("jubaclassifier ends at once at the second signal when it cannot end in peace", async () => {
  using place = new Place();
  await using server = await place.start("-t", "0");
  await until(() => server.output.includes("RPC server startup"));
  using stuck = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  using caller = await WireCaller.open(server);
  await caller.call("set_label", "", "x".repeat(60_000));
  // A reply larger than any socket's buffer, which nobody reads.
  await stuck.write(requestBytes(1, "classify", "", Array.from({ length: 1000 }, () => [])));
  await until(async () => (await caller.call("get_labels", ""))?.[0] === null);
  server.signal("SIGTERM");
  await until(() => server.output.includes("stopping RPC server"));
  server.signal("SIGTERM");
  assertEquals((await server.result).code, 1);
});

Deno.test("jubaclassifier ends in peace when a client does not read its replies", async () => {
  using place = new Place();
  await using server = await place.start("-t", "0");
  await until(() => server.output.includes("RPC server startup"));
  using stuck = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  using caller = await WireCaller.open(server);
  await caller.call("set_label", "", "x".repeat(60_000));
  await stuck.write(requestBytes(1, "classify", "", Array.from({ length: 1000 }, () => [])));
  await until(async () => (await caller.call("get_labels", ""))?.[0] === null);
  assertEquals((await server.stop()).code, 0);
});

Deno.test("jubaclassifier goes on at HUP and PIPE", async () => {
  using place = new Place();
  await using server = await place.start();
  await until(() => server.output.includes("RPC server startup"));
  using caller = await WireCaller.open(server);
  for (const signal of ["SIGHUP", "SIGPIPE", "SIGHUP"] as const) {
    server.signal(signal);
    assertEquals(await caller.call("get_labels", ""), [null, new WireMap([])]);
  }
  await until(() => server.output.split("caught SIGHUP").length === 3);
  assertEquals((await server.stop()).code, 0);
});

Deno.test("jubaclassifier tests its configuration without listening", async () => {
  using place = new Place();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = ["-p", `${listener.addr.port}`, "-b", "127.0.0.1"];
  const good = await runProgram(program, { args: [...port, ...place.args, "-T"] });
  assertEquals([good.code, good.stderr], [0, "Configuration OK\n"]);
  assertStringIncludes(good.stdout, "starting jubaclassifier 1.1.1 RPC server at");
  const cases: [string, RegExp, RegExp][] = [
    ['{"method":"PA"}', /^Configuration error:\n[\s\S]*converter/, /./],
    ['{"method":"nosuch","converter":{}}', /^Configuration error:\n.*unsupported method \(classifier\(nosuch\)\)/, /./],
    ['{"method":"PA",\n x}', /^$/, /ERROR .*syntax error in configuration: \S+:2:\d+ /],
    ["{", /^$/, /FATAL .*json_parser reached end of data/],
  ];
  for (const [text, stderr, stdout] of cases) {
    const path = place.write("bad.json", text);
    const bad = await place.run("-f", path, "-d", place.path, "--config_test");
    assertEquals(bad.code, 1, text);
    assertMatch(bad.stderr, stderr);
    assertMatch(bad.stdout, stdout);
    const start = await place.run("-f", path, "-d", place.path);
    assertEquals(start.code, 1, text);
    assertEquals(start.stdout.includes("start listening"), false);
  }
});

Deno.test("jubaclassifier says which port is in use", async () => {
  using place = new Place();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, stdout } = await place.run("-p", `${port}`, ...place.args);
  assertEquals(code, 1);
  assertMatch(stdout, new RegExp(`FATAL \\[.*\\] server failed to start: any process using port ${port}\\?\n`));
});

Deno.test("jubaclassifier boots from a model file", async () => {
  using place = new Place();
  const model = place.write("some.model", GOLDEN_MODEL_FILE);
  for (const args of [["-m", model], ["--model_file", model, "-f", place.config]]) {
    await using server = await ServerProcess.start(program, { args: [...args, "-d", place.path] });
    using caller = await WireCaller.open(server);
    assertEquals(await caller.call("get_config", ""), [null, GOLDEN_CONFIG]);
    assertEquals(await caller.call("get_labels", ""), [null, new WireMap([["A", 1n]])]);
    const status = ((await caller.call("get_status", ""))![1] as WireMap).entries[0]![1] as WireMap;
    const told = new Map(status.entries as [string, WireValue][]);
    assertEquals(
      [told.get("last_loaded_path"), told.get("update_count"), told.get("configpath")],
      [model, "0", args.length > 2 ? place.config : ""],
    );
    assertEquals(server.output.split(`starting load from ${model}`).length, 2);
    assertEquals(
      server.output.includes("both model file and configuration are specified; using configuration from model file"),
      args.length > 2,
    );
  }
});

Deno.test("jubaclassifier ends with a reason when a file or directory is not as it should be", async () => {
  using place = new Place();
  const damaged = GOLDEN_MODEL_FILE.slice();
  damaged[100]! ^= 4;
  const badConfig = modelFileOf({ system: systemData({ config: '{"method":"PA"}' }) });
  const notConfig = modelFileOf({ system: systemData({ config: "{" }) });
  const cases: [string[], RegExp][] = [
    [[], /config path or model file must be specified for standalone mode/],
    [["-f", "/nowhere/config.json"], /Failed to get realpath/],
    [["-f", place.path], /can't read .*: Is a directory/],
    [["-f", place.config, "-d", "/nowhere"], /Failed to get realpath/],
    [["-f", place.config, "-d", place.config], /can't use datadir: Not a directory/],
    [["-f", place.config, "-l", "/nowhere"], /Failed to get realpath/],
    [["-f", place.config, "-x", "blender"], /unsupported mix type \(blender\)/],
    [["-m", "/nowhere/model"], /Failed to get realpath/],
    [["-m", place.path], /cannot read input file/],
    [["-m", place.config], /invalid file format|cannot read input file/],
    [
      ["-m", place.write("damaged", damaged)],
      /starting load from .*damaged\n[^]*invalid crc32 checksum: [\da-f]+, expected 8bd26a3e/,
    ],
    [["-m", place.write("short", damaged.subarray(0, 20))], /cannot read input file/],
    [
      ["-m", place.write("stat", modelFileOf({ system: systemData({ type: "stat" }) }))],
      /server type mismatched: stat, expected classifier/,
    ],
    [["-m", place.write("user", modelFileOf({ user: [1n, []] }))], /user data is broken/],
    [["-m", place.write("bad config", badConfig)], /converter/],
    [["-m", place.write("not config", notConfig)], /json_parser reached end of data/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await place.run(...args.includes("-d") ? args : [...args, "-d", place.path]);
    assertEquals(code, 1, args.join(" "));
    assertMatch(stdout + stderr, message, args.join(" "));
    assertEquals(stdout.includes("start listening"), false);
    assertEquals((stdout + stderr).includes("    at "), false, "a stack trace");
  }
});

/** Runs a command to which the modes of files apply; undefined where nothing makes them apply to root. */
const asAnyone = Deno.build.os === "linux" && Deno.uid() === 0 ? withoutRights() : [];
if (asAnyone === undefined) {
  console.log("a test with an unwritable directory is skipped: root may write, and no setpriv");
}

function withoutRights(): string[] | undefined {
  const [program, ...args] = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] as const;
  try {
    return new Deno.Command(program, { args: [...args, "true"] }).outputSync().success ? [program, ...args] : undefined;
  } catch {
    return undefined;
  }
}

Deno.test({
  name: "jubaclassifier refuses a datadir in which it may not write",
  ignore: Deno.build.os === "windows" || asAnyone === undefined,
  fn: async () => {
    using place = new Place();
    const locked = `${place.path}/locked`;
    Deno.mkdirSync(locked, { mode: 0o555 });
    const { code, stderr } = await runProgram(program, {
      args: ["-b", "127.0.0.1", "-f", place.config, "-d", locked],
      prefix: asAnyone!,
    });
    assertEquals([code, stderr.split("\n")[0]], [1, "can't use datadir: Permission denied"]);
  },
});

Deno.test("jubaclassifier answers soon after its start", async () => {
  using place = new Place();
  const start = performance.now();
  await using server = await ServerProcess.launch(program, { args: place.args });
  while (true) {
    try {
      using caller = await WireCaller.open(server);
      assertEquals((await caller.call("get_labels", ""))?.[0], null);
      break;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      assert(server.running);
      await delay(5);
    }
  }
  const elapsed = performance.now() - start;
  console.log(`first answer after ${Math.round(elapsed)} ms`);
  assertLess(elapsed, 20_000);
});
