import { assertEquals } from "@std/assert";
import { argumentsOf } from "../../lib/server/daemon.ts";

Deno.test("argumentsOf keeps empty words and drops the program", () => {
  assertEquals(argumentsOf("deno\0run\0-A\0a b.ts\0-l\0\0-D\0"), ["run", "-A", "a b.ts", "-l", "", "-D"]);
  assertEquals(argumentsOf("jubastat\0"), []);
});
