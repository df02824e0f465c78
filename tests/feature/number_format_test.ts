import { assertEquals } from "@std/assert";
import { formatNumber } from "../../lib/feature/number_format.ts";

Deno.test("formatNumber prints six significant digits like %g", () => {
  const golden: [number, string][] = [
    [3.5, "3.5"],
    [0, "0"],
    [-0, "-0"],
    [-2, "-2"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [999999.5, "1e+06"],
    [123456.7, "123457"],
    [100000, "100000"],
    [999999, "999999"],
    [1000000, "1e+06"],
    [123456789.125, "1.23457e+08"],
    [1e20, "1e+20"],
    [0.000012345678, "1.23457e-05"],
    [1 / 3, "0.333333"],
    [-0.1, "-0.1"],
    [1e-300, "1e-300"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
  ];
  for (const [value, text] of golden) assertEquals(formatNumber(value), text);
});

Deno.test("formatNumber rounds exact ties to even as C does", () => {
  assertEquals(formatNumber(100000.5), "100000");
  assertEquals(formatNumber(100001.5), "100002");
  assertEquals(formatNumber(1234565), "1.23456e+06");
  assertEquals(formatNumber(1234575), "1.23458e+06");
  assertEquals(formatNumber(0.00048828125), "0.000488281");
  assertEquals(formatNumber(10000.25), "10000.2");
  assertEquals(formatNumber(10000.75), "10000.8");
});
