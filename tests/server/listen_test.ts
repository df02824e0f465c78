/** The options of servers that bound what clients can do, as processes are given them. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { GOLDEN_CONFIG } from "../support/model_files.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { requestBytes, WireCaller } from "../support/wire_call.ts";
import type { WireValue } from "../support/wire_value.ts";

/** Starts a server, lets `use` have it, and returns what it has printed. */
async function withServer(options: readonly string[], use: (server: ServerProcess) => Promise<void>): Promise<string> {
  using directory = new TemporaryDirectory();
  const config = directory.write("config.json", GOLDEN_CONFIG);
  const args = ["-f", config, "-d", directory.path, ...options];
  await using server = await ServerProcess.start("jubaclassifier", { args });
  await use(server);
  return (await server.stop()).stdout;
}

/** Whether the server answers a request on a connection of its own; otherwise it must close the connection. */
async function isAnswered(server: ServerProcess, request: Uint8Array): Promise<boolean> {
  using connection = await RawConnection.open(server);
  return await connection.exchange(request, 1) !== undefined;
}

/** A call whose message is `levels` deep. */
function nested(levels: number): Uint8Array {
  let value: WireValue = [];
  for (let level = 4; level <= levels; level++) value = [value];
  return requestBytes(1, "classify", "", value);
}

Deno.test("jubaclassifier closes connections whose messages are beyond --max_message_bytes and --max_nesting", async () => {
  const limits = ["-t", "0", "--max_message_bytes", "5000", "--max_nesting", "8", "--log_level", "warn"];
  const printed = await withServer(limits, async (server) => {
    const sized = (bytes: number) => requestBytes(1, "get_labels", "x".repeat(bytes - 18));
    assertEquals(sized(5000).length, 5000);
    assertEquals(await isAnswered(server, sized(5000)), true);
    // It is closed when it says what will come.
    assertEquals(await isAnswered(server, sized(5001).subarray(0, 100)), false);
    assertEquals([await isAnswered(server, nested(8)), await isAnswered(server, nested(9))], [true, false]);
  });
  const lines = printed.trimEnd().split("\n");
  assertEquals(lines.map((line) => / (INFO|WARN|ERROR) /.exec(line)?.[1]), ["WARN", "WARN"], printed);
  assert(/larger than 5000/.test(lines[0]!) && /8 deep/.test(lines[1]!), printed);
});

Deno.test("jubaclassifier closes connections that are more than --max_connections", async () => {
  await withServer(["-t", "0", "--max_connections", "2"], async (server) => {
    using first = await WireCaller.open(server);
    assertEquals((await first.call("get_labels", ""))?.[0], null);
    // The one that saw that the server listens may still count.
    let second = await WireCaller.open(server);
    while (await second.call("get_labels", "") === undefined) {
      second[Symbol.dispose]();
      second = await WireCaller.open(server);
    }
    assertEquals(await isAnswered(server, requestBytes(1, "get_labels", "")), false);
    second[Symbol.dispose]();
  });
});

Deno.test("jubaclassifier closes a connection that is idle for --timeout seconds", async () => {
  await withServer(["--timeout", "1"], async (server) => {
    using idle = await WireCaller.open(server);
    const start = performance.now();
    assertEquals(await idle.isClosed(), true);
    assertLess(performance.now() - start, 9000, "that is the default");
  });
});
