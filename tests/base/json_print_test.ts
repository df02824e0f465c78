import { assertEquals } from "@std/assert";
import { printJson } from "../../lib/base/json_print.ts";
import { parseJson } from "../../lib/base/json_value.ts";

Deno.test("printJson writes one element per line", () => {
  const text = `{
  "s": "",
  "nested": {
    "a": [
      1,
      2.5,
      "x",
      true,
      null
    ]
  },
  "empty": {
  },
  "\\/a\\"\\n": "徳川"
}`;
  assertEquals(printJson(parseJson(new TextEncoder().encode(text)).value), text);
});

Deno.test("printJson writes numbers so that they read the same", () => {
  const numbers: [string, string][] = [["30.0", "30"], ["1e20", "1e+20"], ["0.1", "0.1"], ["1e-7", "1e-7"]];
  for (const [text, printed] of numbers) assertEquals(printJson(parseJson(text).value), printed);
  assertEquals(printJson(parseJson("9223372036854775807").value), "9223372036854775807");
});
