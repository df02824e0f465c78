import { assert, assertEquals } from "@std/assert";
import { hostNet } from "../../scripts/source_programs.ts";

Deno.test("hostNet adds this host's addresses when there is no list, or one that adds", () => {
  for (const [given, start] of [[undefined, "+,"], ["+zk1:2181", "+zk1:2181,"]] as const) {
    const list = hostNet(given);
    assert(list.startsWith(start), list);
    assert(list.split(",").includes("127.0.0.1"), list);
  }
});

Deno.test("hostNet leaves a list alone when that replaces the default one", () => {
  assertEquals(hostNet("192.168.0.0/24"), "192.168.0.0/24");
  assertEquals(hostNet("all"), "all");
});
