import { assertEquals, assertThrows } from "@std/assert";
import { processSpawner } from "../../lib/supervisor/server_process.ts";

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function program(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

Deno.test("processSpawner keeps what programs print in a file, run by run", () =>
  inDirectory(async (directory) => {
    await program(`${directory}/jubatest`, `echo "to stdout: $1"; echo "to stderr" >&2`);
    const spawn = processSpawner({ logdir: directory, programDirectory: directory });
    await spawn("jubatest", ["a b"], "log").ended;
    await spawn("jubatest", [""], "log").ended;
    const lines = (await Deno.readTextFile(`${directory}/log`)).split("\n").sort();
    assertEquals(lines, ["", "to stderr", "to stderr", "to stdout: ", "to stdout: a b"]);
  }));

Deno.test("processSpawner starts a program whose output cannot be kept", () =>
  inDirectory(async (directory) => {
    await program(`${directory}/jubatest`, `head -c 1000000 /dev/zero; echo done > ${directory}/done`);
    await processSpawner({ logdir: "/nonexistent", programDirectory: directory })("jubatest", [], "log").ended;
    assertEquals(await Deno.readTextFile(`${directory}/done`), "done\n");
  }));

Deno.test("processSpawner ends a program by a signal", () =>
  inDirectory(async (directory) => {
    await program(`${directory}/jubatest`, `exec sleep 1000`);
    const process = processSpawner({ logdir: directory, programDirectory: directory })("jubatest", [], "log");
    process.kill("SIGTERM");
    await process.ended;
    assertThrows(() => process.kill("SIGTERM"));
  }));

Deno.test("processSpawner throws when there is no such program", () => {
  assertThrows(() => processSpawner({ logdir: "/tmp" })("jubanosuch", [], "log"), Deno.errors.NotFound);
  const elsewhere = processSpawner({ logdir: "/tmp", programDirectory: "/nonexistent" });
  assertThrows(() => elsewhere("jubanosuch", [], "log"), Deno.errors.NotFound);
});
