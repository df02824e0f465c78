import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { explainPermission } from "../../lib/base/permission.ts";

const refused = (text: string): Error => new Deno.errors.NotCapable(text);

Deno.test("explainPermission says nothing about other errors", () => {
  assertEquals(explainPermission(new Deno.errors.ConnectionRefused("Connection refused (os error 111)")), undefined);
  assertEquals(explainPermission("Requires net access to"), undefined);
});

Deno.test("explainPermission names address and list when a connection is refused", () => {
  const before = Deno.env.get("JUBATUS_NET");
  Deno.env.set("JUBATUS_NET", "localhost,10.0.0.0/8");
  try {
    const text = explainPermission(
      refused('Requires net access to "8.8.8.8:2181", run again with the --allow-net flag'),
    );
    assertStringIncludes(text!, "8.8.8.8:2181 is not permitted");
    assertStringIncludes(text!, "localhost,10.0.0.0/8");
    assertStringIncludes(text!, "JUBATUS_NET=+8.8.8.8 ");
    assert(!text!.includes("host name"));
    const named = explainPermission(refused('Requires net access to "zk1:2181", specify the required permissions'));
    assertStringIncludes(named!, "a host name counts as a name");
    assertStringIncludes(named!, "+zk1 ");
    const six = explainPermission(refused('Requires net access to "[fd00::1]:2181", specify the required permissions'));
    assertStringIncludes(six!, "+[fd00::1] ");
    assert(!six!.includes("host name"));
  } finally {
    if (before === undefined) Deno.env.delete("JUBATUS_NET");
    else Deno.env.set("JUBATUS_NET", before);
  }
});

Deno.test("explainPermission names the program when starting one is refused", () => {
  assertStringIncludes(explainPermission(refused('Requires run access to "sh", run again'))!, "starting sh is not");
});

Deno.test("explainPermission falls back on the runtime's words", () => {
  assertEquals(explainPermission(refused("Requires something new")), "Requires something new");
});
