import { assert, assertEquals, assertMatch } from "@std/assert";
import { baseName, memoryStatus, nameOfUser, userName } from "../../lib/server/process_status.ts";

Deno.test("memoryStatus gives decimal KiB", () => {
  const status = memoryStatus();
  for (const value of [status.VIRT, status.RSS, status.SHR]) assertMatch(value, /^\d+$/);
  assert(Number(status.RSS) > 0);
});

Deno.test("nameOfUser finds the user in a password file", () => {
  const passwords = "root:x:0:0:root:/root:/bin/sh\nw:x:1000:1000::/home/w:/bin/sh\n";
  assertEquals(nameOfUser(1000, passwords), "w");
  assertEquals(nameOfUser(0, passwords), "root");
  assertEquals(nameOfUser(1, passwords), undefined);
});

Deno.test({
  name: "userName is what the system calls the user",
  ignore: Deno.build.os === "windows",
  fn: () => {
    const { stdout } = new Deno.Command("id", { args: ["-un"] }).outputSync();
    assertEquals(userName(), new TextDecoder().decode(stdout).trim());
  },
});

Deno.test("baseName drops directories", () => {
  assertEquals(["/usr/bin/jubastat", "./jubastat", "jubastat", "a\\jubastat"].map(baseName), Array(4).fill("jubastat"));
});
