import { assert, assertEquals, assertThrows } from "@std/assert";
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

Deno.test("processSpawner renames a log that gets long, also one of a former run, and keeps as many as told", () =>
  inDirectory(async (directory) => {
    await program(`${directory}/jubatest`, `head -c 2400 /dev/zero | tr '\\0' $1`);
    const rolling = { maxBytes: 1000, backups: 2 };
    const spawn = processSpawner({ logdir: directory, programDirectory: directory, rolling });
    const runs = ["a", "b", "c", "d"];
    for (const run of runs) await spawn("jubatest", [run], "log").ended;
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) => name.startsWith("log"));
    assertEquals(names.sort(), ["log", "log.1", "log.2"]);
    const texts = names.map((name) => Deno.readTextFileSync(`${directory}/${name}`));
    const [present, latest, older] = texts.map((text) => text.length);
    // It comes in pieces of any length, each of which stays in one file.
    assert(present! < 1000 && latest! >= 1000 && older! >= 1000 && Math.max(latest!, older!) < 1000 + 2400);
    const printed = runs.map((run) => run.repeat(2400)).join("");
    assert(printed.endsWith(texts.reverse().join("")));
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
