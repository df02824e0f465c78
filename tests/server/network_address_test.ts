import { assertEquals, assertThrows } from "@std/assert";
import { OperationError } from "../../lib/server/fatal.ts";
import { chooseListenAddress, defaultAddress, type InterfaceAddress } from "../../lib/server/network_address.ts";

const interfaces: readonly InterfaceAddress[] = [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "wg0", family: "IPv6", address: "fd00::2" },
  { name: "eth0", family: "IPv6", address: "fd00::3" },
  { name: "eth0", family: "IPv4", address: "192.0.2.2" },
  { name: "eth1", family: "IPv4", address: "198.51.100.7" },
];

Deno.test("chooseListenAddress takes --listen_addr as it is", () => {
  const chosen = chooseListenAddress("garbage", "eth1", () => interfaces);
  assertEquals(chosen, { bindAddress: "garbage", advertisedAddress: "garbage" });
});

Deno.test("chooseListenAddress takes the interface's IPv4 address", () => {
  const chosen = chooseListenAddress("", "eth1", () => interfaces);
  assertEquals(chosen, { bindAddress: "198.51.100.7", advertisedAddress: "198.51.100.7" });
});

Deno.test("chooseListenAddress binds everything and advertises the default when nothing is given", () => {
  const expected = { bindAddress: "0.0.0.0", advertisedAddress: "192.0.2.2" };
  assertEquals(chooseListenAddress("", "", () => interfaces), expected);
  assertEquals(chooseListenAddress("0.0.0.0", "", () => interfaces), expected);
});

Deno.test("chooseListenAddress fails when the interface is unknown or has no IPv4 address", () => {
  const unknown = assertThrows(() => chooseListenAddress("", "nosuchif", () => interfaces), OperationError);
  assertEquals(unknown.message, "Failed to get IP address from interface");
  assertEquals(unknown.details, [["Error", "No such device (19)"]]);
  const noAddress = assertThrows(() => chooseListenAddress("", "wg0", () => interfaces), OperationError);
  assertEquals(noAddress.details, [["Error", "Cannot assign requested address (99)"]]);
});

Deno.test("defaultAddress is the loopback address when there is nothing else", () => {
  assertEquals(defaultAddress(interfaces.slice(0, 2)), "127.0.0.1");
  assertEquals(defaultAddress([]), "127.0.0.1");
});
