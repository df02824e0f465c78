import { assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { IMPLEMENTATION_VERSION, versionText } from "../../lib/base/version.ts";

Deno.test("versionText starts with the original's line and ends with ours", () => {
  const lines = versionText("jubaclassifier").split("\n");
  assertEquals(lines[0], "jubatus-1.1.1 (jubaclassifier)");
  assertEquals(lines[1]!.startsWith(`jubatus-deno-${IMPLEMENTATION_VERSION} (`), true);
  assertEquals(lines.slice(2), [""]);
});

Deno.test("IMPLEMENTATION_VERSION is the one in deno.json", () => {
  assertEquals(IMPLEMENTATION_VERSION, project.version);
});
