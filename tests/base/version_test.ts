import { assertEquals } from "@std/assert";
import { IMPLEMENTATION_VERSION, versionText } from "../../lib/base/version.ts";

Deno.test("versionText starts with the original's line", () => {
  const lines = versionText("jubaclassifier").split("\n");
  assertEquals(lines[0], "jubatus-1.1.1 (jubaclassifier)");
  assertEquals(lines[1]!.endsWith(IMPLEMENTATION_VERSION), true);
  assertEquals(lines.slice(2), [""]);
});
