import { assert, assertEquals, assertThrows } from "@std/assert";
import { StartError } from "../../lib/server/fatal.ts";
import { readZookeeperAuth } from "../../lib/server/zookeeper_auth.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("readZookeeperAuth takes one line user:password", () => {
  using directory = new TemporaryDirectory();
  for (const end of ["", "\n", "\r\n"]) {
    const path = directory.write("auth", `jubatus:pa:ss wörd${end}`);
    assertEquals(readZookeeperAuth(path), [{ scheme: "digest", auth: "jubatus:pa:ss wörd" }]);
  }
  assertEquals(readZookeeperAuth(""), []);
});

Deno.test("readZookeeperAuth refuses anything else and does not show it", () => {
  using directory = new TemporaryDirectory();
  const wrong = [bytes(""), bytes("\n"), bytes("secret"), bytes(":secret"), bytes("secret:"), bytes("secret:\n")];
  wrong.push(bytes("a:secret\nb:c\n"), bytes("a:secret\n\n"), bytes("\na:secret"), Uint8Array.of(0x61, 0x3a, 0xff));
  for (const content of wrong) {
    const path = directory.write("auth", content);
    const error = assertThrows(() => readZookeeperAuth(path), StartError);
    assertEquals(error.message, `--zookeeper_auth ${path} is not one line user:password`, `${content}`);
    assertEquals([error.report, error.exitCode], ["stderr", 1]);
  }
  const missing = assertThrows(() => readZookeeperAuth(`${directory.path}/none`), StartError);
  assertEquals(missing.message, `can't read --zookeeper_auth ${directory.path}/none: No such file or directory`);
  assert(assertThrows(() => readZookeeperAuth(directory.path), StartError).message.endsWith("Is a directory"));
});
