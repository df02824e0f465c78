import { assertEquals } from "@std/assert";
import { fileWriter } from "../../lib/server/log_sinks.ts";

Deno.test("fileWriter opens its file with the first line", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const writer = fileWriter(`${directory}/a.log`, true);
    assertEquals([...Deno.readDirSync(directory)].length, 0);
    writer.write("x\n");
    writer.close();
    assertEquals(Deno.readTextFileSync(`${directory}/a.log`), "x\n");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("fileWriter renames files when they are long, and keeps as many as told", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const writer = fileWriter(`${directory}/a.log`, true, { maxBytes: 4, backups: 2 });
    for (const line of ["11\n", "11\n", "22\n", "22\n", "33\n", "33\n", "4\n"]) writer.write(line);
    writer.close();
    const files = [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
    assertEquals(files, ["a.log", "a.log.1", "a.log.2"]);
    const texts = files.map((name) => Deno.readTextFileSync(`${directory}/${name}`));
    assertEquals(texts, ["4\n", "33\n33\n", "22\n22\n"]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
