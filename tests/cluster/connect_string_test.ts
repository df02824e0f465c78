import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ConnectStringError, parseConnectString } from "../../lib/cluster/connect_string.ts";

Deno.test("parseConnectString takes lists, a chroot and IPv6 addresses", () => {
  assertEquals(parseConnectString("a:1"), { servers: [{ host: "a", port: 1 }], chroot: "" });
  assertEquals(parseConnectString("a:1,[::1]:2181,10.0.0.1:65535/x/y"), {
    servers: [{ host: "a", port: 1 }, { host: "::1", port: 2181 }, { host: "10.0.0.1", port: 65535 }],
    chroot: "/x/y",
  });
  assertEquals(parseConnectString("a:1/").chroot, "");
});

Deno.test("parseConnectString names the bad part when the string is malformed", () => {
  for (const hosts of ["", "garbage", "a:1,", "a:1,b", "a:0", "a:65536", "::1:2181", "a:1//x", "a:1/x/", "a:1/../x"]) {
    const { message, reason } = assertThrows(() => parseConnectString(hosts), ConnectStringError);
    assertEquals(message, `failed to initialize zk: ${hosts}`);
    assertMatch(reason, /^'.*' is not (of the form HOST:PORT|a path)$/);
  }
});
