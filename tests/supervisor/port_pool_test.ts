import { assertEquals } from "@std/assert";
import { PortPool } from "../../lib/supervisor/port_pool.ts";

Deno.test("PortPool lends ports in turn when they come back", () => {
  const pool = new PortPool(9199, 3, () => true);
  assertEquals(pool.take(2), [9199, 9200]);
  pool.giveBack(9199);
  assertEquals(pool.take(2), [9201, 9199]);
  assertEquals(pool.size, 0);
});

Deno.test("PortPool passes over ports that others use", () => {
  const pool = new PortPool(9199, 3, (port) => port !== 9199);
  assertEquals(pool.take(1), [9200]);
  assertEquals(pool.size, 2);
});

Deno.test("PortPool lends nothing when there are too few ports", () => {
  const pool = new PortPool(9199, 3, (port) => port !== 9200);
  assertEquals(pool.take(3), undefined);
  assertEquals(pool.size, 3);
});

Deno.test("PortPool has no ports above 65535", () => {
  assertEquals(new PortPool(65530, 16, () => true).size, 6);
});

Deno.test("PortPool sees that a port is being listened on", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assertEquals(new PortPool(listener.addr.port, 1).take(1), undefined);
});
