import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { decodeModelFile, ModelFileError, readModel } from "../../lib/model/model_file.ts";
import { OperationError } from "../../lib/server/fatal.ts";
import { ModelStore, readModelFile } from "../../lib/server/model_store.ts";
import { importFlags } from "../../scripts/registry.ts";
import { SeededRandom, testSeed } from "../support/seeded_random.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const bytes = Uint8Array.of(1, 2, 3);

Deno.test("ModelStore names files by owner, type and id, and refuses ids that are no part of a file name", () => {
  const store = new ModelStore("/data", "192.0.2.1_9199", "classifier");
  assertEquals(store.pathOf("m1"), "/data/192.0.2.1_9199_classifier_m1.jubatus");
  assertEquals(store.pathOf(" ..~"), "/data/192.0.2.1_9199_classifier_ ..~.jubatus");
  assertThrows(() => store.pathOf(""), ModelFileError, "empty id is not allowed");
  for (const id of ["/", "a/b", "\t", "\x7f", "\xff"]) {
    assertThrows(() => store.pathOf(id), ModelFileError, "model ID contains invalid character");
  }
});

Deno.test("ModelStore replaces a file and leaves no other", async () => {
  using directory = new TemporaryDirectory();
  const store = new ModelStore(directory.path, "o", "t");
  const path = store.pathOf("m");
  for (const content of [bytes, new Uint8Array(0), new Uint8Array(3_000_000).fill(7), bytes]) {
    await store.write(path, content);
    assertEquals(readModelFile(path), content);
    assertEquals(directory.list(), ["o_t_m.jubatus"]);
  }
});

Deno.test("ModelStore writes a file that several want to write at once, each whole", async () => {
  using directory = new TemporaryDirectory();
  const store = new ModelStore(directory.path, "o", "t");
  const path = store.pathOf("m");
  await Promise.all(Array.from({ length: 8 }, (_, i) => store.write(path, new Uint8Array(200_000 + i).fill(i))));
  const content = readModelFile(path);
  assertEquals(content, new Uint8Array(200_000 + content[0]!).fill(content[0]!));
  assertEquals(directory.list().length, 1);
});

Deno.test("ModelStore tells path and reason when it cannot write, and the old file stays", async () => {
  using directory = new TemporaryDirectory();
  const store = new ModelStore(`${directory.path}/gone`, "o", "t");
  const path = store.pathOf("m");
  const error = await assertRejects(() => store.write(path, bytes), OperationError, "cannot open output file");
  assertEquals(error.details, [["File", path], ["Error", "No such file or directory (2)"]]);
  assertInstanceOf(error.cause, Deno.errors.NotFound);

  const blocked = new ModelStore(directory.path, "o", "t");
  Deno.mkdirSync(blocked.pathOf("d"));
  await assertRejects(() => blocked.write(blocked.pathOf("d"), bytes), OperationError, "cannot open output file");
  assertEquals(directory.list(), ["o_t_d.jubatus"]);
});

Deno.test({
  name: "ModelStore keeps the old file and leaves no part of the new one when the disk is full",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using directory = new TemporaryDirectory();
    const store = new ModelStore(directory.path, "o", "t");
    const path = store.pathOf("m");
    await store.write(path, bytes);
    // Where a temporary file would be, there is a device that is always full.
    Deno.symlinkSync("/dev/full", `${directory.path}/o_t_.tmp`);
    const error = await assertRejects(
      () => store.write(path, bytes.slice(1)),
      OperationError,
      "cannot write output file",
    );
    assertEquals(error.details[0], ["File", path]);
    assertEquals(readModelFile(path), bytes);
    assertEquals(directory.list(), ["o_t_m.jubatus"]);
  },
});

Deno.test("readModelFile tells whether a file cannot be opened or cannot be read", () => {
  using directory = new TemporaryDirectory();
  const missing = assertThrows(
    () => readModelFile(`${directory.path}/missing`),
    OperationError,
    "cannot open input file",
  );
  assertEquals(missing.details, [["File", `${directory.path}/missing`], ["Error", "No such file or directory (2)"]]);
  const unreadable = assertThrows(() => readModelFile(directory.path), OperationError, "cannot read input file");
  assertEquals(unreadable.details, [["File", directory.path], ["Error", "Is a directory (21)"]]);
});

Deno.test("ModelStore leaves a whole file when the process is killed at any moment of a save", async () => {
  using directory = new TemporaryDirectory();
  const random = new SeededRandom(testSeed());
  const program = new URL("./saving_program.ts", import.meta.url).pathname;
  for (let round = 0; round < 8; round++) {
    const sizes = [20_000 + round, 6_000_000 + round];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-lock", ...await importFlags(), "-A", program, directory.path, sizes.join()],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    // Some saves, then at any moment of the next.
    const reader = child.stdout.getReader();
    let saves = 0;
    for (const wanted = 1 + random.below(3); saves < wanted;) saves += (await reader.read()).value!.length;
    const moment = performance.now() + random.below(15_000) / 1000;
    while (performance.now() < moment) await Promise.resolve();
    child.kill("SIGKILL");
    while (!(await reader.read()).done) { /* to its end */ }
    await child.status;

    const file = decodeModelFile(readModelFile(`${directory.path}/127.0.0.1_9199_classifier_m.jubatus`));
    readModel(file, (model) => {
      const content = model.readRaw();
      assert(sizes.includes(content.length), `${content.length} bytes, wanted one of ${sizes}`);
      assertEquals(content.every((byte) => byte === content[0]), true);
    });
    // What is left of an unfinished save is at most one file more.
    assert(directory.list().length <= 2);
  }
});

Deno.test("ModelStore takes the longest name that the system has, and says that a longer one cannot be opened", async () => {
  using directory = new TemporaryDirectory();
  const store = new ModelStore(directory.path, "o", "t");
  const longest = "x".repeat(255 - "o_t_.jubatus".length);
  await store.write(store.pathOf(longest), bytes);
  assertEquals(await store.read(store.pathOf(longest)), bytes);
  await assertRejects(() => store.write(store.pathOf(`${longest}x`), bytes), OperationError, "cannot open output file");
  assertEquals(directory.list().length, 1);
});
