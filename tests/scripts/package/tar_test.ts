import { assertEquals, assertRejects } from "@std/assert";
import { tar, type TarEntry } from "../../../scripts/package/tar.ts";

const encoder = new TextEncoder();
const entries: readonly TarEntry[] = [
  { kind: "file", path: "a/program", mode: 0o755, content: encoder.encode("x".repeat(600)) },
  { kind: "link", path: "a/other name", target: "a/program" },
  { kind: "file", path: `${"long/".repeat(30)}file`, mode: 0o644, content: { size: 3, open: () => threeBytes() } },
  { kind: "file", path: "empty", mode: 0o600, content: new Uint8Array(0) },
];

async function* threeBytes(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(encoder.encode("ab"));
  yield encoder.encode("c");
}

async function archive(list: Iterable<TarEntry>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const bytes of tar(list, 315_532_800)) chunks.push(bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function hasTar(): boolean {
  try {
    return new Deno.Command("tar", { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("tar writes whole records and the same bytes for the same entries", async () => {
  const bytes = await archive(entries);
  assertEquals(bytes.length % 10_240, 0);
  assertEquals(await archive(entries), bytes);
});

Deno.test({
  name: "tar writes what the system's tar unpacks: contents, modes, links and long paths",
  ignore: Deno.build.os === "windows" || !hasTar(),
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeFile(`${directory}/archive.tar`, await archive(entries));
      const { success, stderr } = await new Deno.Command("tar", {
        args: ["-C", directory, "-xf", `${directory}/archive.tar`],
      }).output();
      assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
      const program = await Deno.stat(`${directory}/a/program`);
      assertEquals([program.size, program.mode! & 0o777, program.mtime], [600, 0o755, new Date(315_532_800_000)]);
      assertEquals((await Deno.stat(`${directory}/a/other name`)).ino, program.ino);
      assertEquals(await Deno.readTextFile(`${directory}/${"long/".repeat(30)}file`), "abc");
      assertEquals((await Deno.stat(`${directory}/empty`)).size, 0);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("tar refuses content that is not as long as said, and paths that do not fit", async () => {
  const short: TarEntry = { kind: "file", path: "a", mode: 0o644, content: { size: 4, open: () => threeBytes() } };
  await assertRejects(() => archive([short]), Error, "a has 3 bytes, not 4");
  const long: TarEntry = { kind: "link", path: "x".repeat(101), target: "a" };
  await assertRejects(() => archive([long]), Error, "too long for a tar archive");
});
