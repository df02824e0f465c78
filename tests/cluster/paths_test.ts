import { assertEquals } from "@std/assert";
import { ClusterPaths, formatEndpoint, parseEndpoint, proxyPath, supervisorPath } from "../../lib/cluster/paths.ts";

Deno.test("parseEndpoint splits at the first underscore when the name is of the form IP_PORT", () => {
  assertEquals(parseEndpoint("192.0.2.2_9199"), { host: "192.0.2.2", port: 9199 });
  assertEquals(parseEndpoint(formatEndpoint({ host: "::1", port: 1 })), { host: "::1", port: 1 });
  assertEquals(parseEndpoint("192.0.2.2_9199_3"), { host: "192.0.2.2", port: 9199 });
});

Deno.test("parseEndpoint gives nothing when there is no host or port", () => {
  for (const name of ["", "192.0.2.2", "_9199", "192.0.2.2_", "192.0.2.2_x", "192.0.2.2_65536"]) {
    assertEquals(parseEndpoint(name), undefined, name);
  }
});

Deno.test("ClusterPaths gives the layout of Jubatus 1.1.1", () => {
  const paths = new ClusterPaths("classifier", "shogun");
  const self = { host: "192.0.2.2", port: 9180 };
  assertEquals(paths.configLock, "/jubatus/actors/classifier/shogun/config_lock");
  assertEquals(paths.masterLock, "/jubatus/actors/classifier/shogun/master_lock");
  assertEquals(paths.node(self), "/jubatus/actors/classifier/shogun/nodes/192.0.2.2_9180");
  assertEquals(paths.active(self), "/jubatus/actors/classifier/shogun/actives/192.0.2.2_9180");
  assertEquals(paths.ring, "/jubatus/actors/classifier/shogun/cht");
  assertEquals(paths.idGenerator, "/jubatus/actors/classifier/shogun/id_generator");
  assertEquals(proxyPath("classifier", self), "/jubatus/jubaproxies/classifier/192.0.2.2_9180");
  assertEquals(supervisorPath(self), "/jubatus/supervisors/192.0.2.2_9180");
});
