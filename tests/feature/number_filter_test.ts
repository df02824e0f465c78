import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/base/config_error.ts";
import { compileNumberFilter } from "../../lib/feature/number_filter.ts";

function compile(method: string, parameters: Record<string, string>) {
  return compileNumberFilter(method, new Map(Object.entries(parameters)));
}

Deno.test("compileNumberFilter computes what the method says", () => {
  assertEquals(compile("add", { value: "3" })(2), 5);
  assertEquals(compile("gaussian_normalization", { average: "80", standard_deviation: "2.3" })(0), -34.78260869565218);
  assertEquals(compile("sigmoid_normalization", { gain: "0.05", bias: "5" })(0), 0.43782349911420193);
  assertEquals(compile("sigmoid_normalization", {})(0), 0.5);
});

Deno.test("compileNumberFilter truncates a linear normalization unless told otherwise", () => {
  const truncated = compile("linear_normalization", { min: "0", max: "10" });
  assertEquals([truncated(12), truncated(-1), truncated(5)], [1, 0, 0.5]);
  assertEquals(compile("linear_normalization", { min: "0", max: "10", truncate: "False" })(12), 1.2);
  assertEquals(compile("linear_normalization", { min: "0", max: "10", truncate: "true" })(12), 1.2);
});

Deno.test("compileNumberFilter reads numbers like a C++ stream", () => {
  assertEquals(compile("add", { value: " \t-1e1xyz" })(0), -10);
  for (const value of ["", "x", "inf", "nan", "1e", "1e999"]) {
    const error = assertThrows(() => compile("add", { value }), ConfigError);
    assertEquals(error.message, `"value" must be a number: ${value}`);
  }
});

Deno.test("compileNumberFilter refuses bad parameters", () => {
  const failures: [string, Record<string, string>, string][] = [
    ["add", {}, '"value" is not specified in parameters'],
    ["linear_normalization", { min: "1" }, '"max" is not specified in parameters'],
    ["linear_normalization", { min: "5", max: "5" }, "(expected: maximum must be bigger than minimum)"],
    [
      "gaussian_normalization",
      { average: "0", standard_deviation: "-1" },
      "(expected: standard deviation must be non-negative)",
    ],
    ["gaussian_normalization", { average: "0", standard_deviation: "0" }, "must not be zero"],
    ["sigmoid_normalization", { gain: "0" }, "(expected: gain must not be zero)"],
    ["log", {}, "unknown num filter name: log"],
  ];
  for (const [method, parameters, text] of failures) {
    assertThrows(() => compile(method, parameters), ConfigError, text);
  }
});
