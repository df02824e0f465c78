import { assertEquals } from "@std/assert";
import { bytesOf } from "../../lib/base/byte_string.ts";
import { RecentName } from "../../lib/proxy/recent_name.ts";

Deno.test("RecentName gives the name that is there, whatever was there before", () => {
  const names = new RecentName();
  const long = "x".repeat(300);
  for (const name of ["", "a", "a", "b", "ab", "", "ab", "a\xff", "a\x7f", long, `${long.slice(1)}y`, "ab"]) {
    const bytes = bytesOf(`[${name}]`);
    assertEquals(names.of(bytes, 1, bytes.length - 1), name);
  }
});
