import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Role, roleFlags, roles } from "../../scripts/roles.ts";

const server: Role = { name: "jubaclassifier", permissions: "server" };

Deno.test("roleFlags never allows everything when any role is asked for", () => {
  for (const role of roles) {
    const { flags } = roleFlags(role);
    assert(
      !flags.some((flag) => /^(-A|--allow-all|--allow-run|--allow-net|--allow-ffi)$/.test(flag)),
      `${role.name}: ${flags}`,
    );
  }
});

Deno.test("roleFlags lets only servers, proxies and jubavisor start programs", () => {
  const able = roles.filter((role) => roleFlags(role).flags.some((flag) => flag.startsWith("--allow-run")));
  assertEquals(new Set(able.map((role) => role.permissions)), new Set(["server", "proxy", "jubavisor"]));
  for (const role of able) {
    const programs = roleFlags(role).flags.find((flag) => flag.startsWith("--allow-run="))!.slice(12).split(",");
    assert(programs.every((program) => program.startsWith("juba")), role.name);
  }
});

Deno.test("roleFlags keeps listening on every interface possible when a list replaces the addresses", () => {
  assertEquals(roleFlags(server, { net: "192.168.0.0/24,zk1:2181" }).net, "0.0.0.0,[::],192.168.0.0/24,zk1:2181");
});

Deno.test("roleFlags adds to the addresses when the list begins with +", () => {
  const { net } = roleFlags(server, { net: "+zk1.example.com" });
  assert(net?.startsWith(roleFlags(server).net!));
  assert(net?.endsWith(",zk1.example.com"));
});

Deno.test("roleFlags lifts the limit when the list is all", () => {
  const { flags, net } = roleFlags(server, { net: "all" });
  assert(flags.includes("--allow-net"));
  assertEquals(net, "all");
});

Deno.test("roleFlags gives no network when the role has none, whatever list is given", () => {
  const { flags, net } = roleFlags({ name: "jubaconv", permissions: "jubaconv" }, { net: "all" });
  assert(!flags.some((flag) => flag.startsWith("--allow-net")));
  assertEquals(net, undefined);
});

Deno.test("roleFlags names programs by their paths when directories are given", () => {
  const { flags } = roleFlags(server, { programDirectories: ["/usr/bin", "/opt/jubatus/bin"] });
  const run = flags.find((flag) => flag.startsWith("--allow-run="))!;
  assert(run.startsWith("--allow-run=/usr/bin/jubaclassifier,/opt/jubatus/bin/jubaclassifier,"), run);
});

Deno.test("roleFlags refuses a range of IPv6 addresses when one is listed", () => {
  assertThrows(() => roleFlags(server, { net: "fc00::/7" }), Error, "fc00::/7");
});
