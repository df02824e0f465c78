import { assertEquals } from "@std/assert";
import { newRowId } from "../../lib/engine/row_id.ts";

Deno.test("newRowId takes 8 characters from small letters, capitals and digits", () => {
  const numbers = [0, 25, 26, 51, 52, 61, 1, 2];
  const random = { int: (limit: number) => limit === 62 ? numbers.shift()! : -1 };
  assertEquals(newRowId(random, () => false, "p_"), "p_azAZ09bc");
});

Deno.test("newRowId draws again when the id is taken", () => {
  let drawn = 0;
  const random = { int: () => Math.floor(drawn++ / 8) };
  assertEquals(newRowId(random, (id) => id === "aaaaaaaa"), "bbbbbbbb");
});
