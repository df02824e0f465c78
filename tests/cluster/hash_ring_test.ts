import { assertEquals } from "@std/assert";
import { HashRing, ringPlaces } from "../../lib/cluster/hash_ring.ts";
import type { Endpoint } from "../../lib/cluster/paths.ts";

function ringOf(...endpoints: Endpoint[]): HashRing {
  return new HashRing(endpoints.flatMap((endpoint) => ringPlaces(endpoint).map((place) => [place, endpoint] as const)));
}

const a = { host: "192.0.2.2", port: 21280 };
const b = { host: "192.0.2.2", port: 21281 };
const c = { host: "192.0.2.3", port: 21280 };

Deno.test("ringPlaces are the digests of IP_PORT and IP_PORT_1 to IP_PORT_7", () => {
  const places = ringPlaces(a);
  assertEquals(places.length, 8);
  assertEquals(places.slice(0, 2), ["f0fedd306481427d55707f358e49a1a5", "c4d26dcfb6da6c1577a83ee7a984b60a"]);
});

Deno.test("HashRing finds each server once when neighbouring places belong to one", () => {
  assertEquals(ringOf(a).find("key", 2), [a]);
});

Deno.test("HashRing takes the place at or after the key's digest and goes round at the end", () => {
  // md5("a") = 0cc1..., md5("b") = 92eb..., md5("\0") = 93b8..., md5("key7") = f991...
  const ring = new HashRing([["10", a], ["92eb5ffee6ae2fec3ad71c777531578f", b], ["f0", c]]);
  assertEquals(ring.find("a", 1), [a]);
  assertEquals(ring.find("b", 1), [b]);
  assertEquals(ring.find("b", 3), [b, c, a]);
  assertEquals(ring.find("\x00", 5), [c, a, b]);
  assertEquals(ring.find("key7", 1), [a]);
});

Deno.test("HashRing does not depend on the order of its places", () => {
  const forward = ringOf(a, b, c);
  const backward = ringOf(c, b, a);
  for (let i = 0; i < 200; i++) assertEquals(forward.find(`key${i}`, 2), backward.find(`key${i}`, 2));
});

Deno.test("HashRing spreads keys when there are several servers", () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 300; i++) {
    const [owner] = ringOf(a, b).find(`key${i}`, 1);
    counts.set(owner!.port, (counts.get(owner!.port) ?? 0) + 1);
  }
  assertEquals([...counts.values()].every((count) => count > 30), true);
});

Deno.test("HashRing finds nothing when it is empty", () => {
  assertEquals(ringOf().find("key", 2), []);
});
