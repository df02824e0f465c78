import { assertEquals, assertStringIncludes } from "@std/assert";
import { modelFileOf, systemData } from "./model_files.ts";
import { judgeModel, judgeReply, type RecordedCall } from "./recording.ts";
import { decodeValue, encodeValue, readableMember, WireMap, type WireValue } from "./wire_value.ts";

/** A recorded call whose reply is `[null, result]`, judged against another result. */
function judge(recorded: WireValue, got: WireValue, extra: Partial<RecordedCall> = {}): string | undefined {
  const response = encodeValue([1n, 1n, null, recorded]).toHex();
  const call: RecordedCall = { n: 1, method: "classify", request: "", response, line: "{}", ...extra };
  return judgeReply(call, [null, got], encodeValue([1n, 1n, null, got]), 1e-9);
}

Deno.test("judgeReply accepts a double when it is within the tolerance", () => {
  assertEquals(judge([["a", 0.1]], [["a", 0.1 + 1e-12]]), undefined);
  assertStringIncludes(judge([["a", 0.1]], [["a", 0.1001]])!, "wanted");
});

Deno.test("judgeReply tells an integer from a double when both are 1", () => {
  assertStringIncludes(judge(1n, 1)!, "wanted [null,1], got [null,1.0]");
});

Deno.test("judgeReply ignores the order of a list only when the line says so", () => {
  const [ab, ba]: WireValue[][] = [["a", "b"], ["b", "a"]];
  assertStringIncludes(judge(ab!, ba!)!, "differs");
  assertEquals(judge(ab!, ba!, { compare: "unordered", depth: 0 }), undefined);
});

Deno.test("judgeReply compares only types when the line says structure", () => {
  assertEquals(judge([["a", 1.5]], [["b", 2.5]], { compare: "structure" }), undefined);
  assertStringIncludes(judge([["a", 1.5]], [["b", 2n]], { compare: "structure" })!, "structure");
});

Deno.test("judgeModel passes over random ids and times only where the line says so, and over nothing else", () => {
  const file = (id: string, time: bigint, weight: number, name: string, config = "{}") =>
    modelFileOf({
      system: systemData({ config }),
      user: [1n, [new WireMap([[`A_${id}`, 0n], ["A_lmnopqrs", 1n]]), time, weight, name]],
    });
  const recorded = file("aB3dE6gH", 1_700_000_000n, 0.1, "x@num");
  const other = file("zzzzzzzz", 1_800_000_000n, 0.1, "x@num");
  assertStringIncludes(judgeModel(recorded, other, 1e-9)!, "content differs");
  assertEquals(judgeModel(recorded, other, 1e-9, true), undefined);
  const wrong = [
    file("aB3dE6g", 1_700_000_000n, 0.1, "x@num"),
    file("aB3dE6gH", 17n, 0.1, "x@num"),
    file("aB3dE6gH", 1_700_000_000n, 0.1001, "x@num"),
    file("aB3dE6gH", 1_700_000_000n, 0.1, "y@num"),
    file("aB3dE6gH", 1_700_000_000n, 0.1, "x@num", "[]"),
  ];
  for (const saved of wrong) assertStringIncludes(judgeModel(recorded, saved, 1e-9, true)!, "wanted");
});

Deno.test("encodeValue is undone by decodeValue when values are at the borders of their forms", () => {
  for (const exponent of [0n, 5n, 7n, 8n, 15n, 16n, 31n, 32n, 63n]) {
    for (const value of [1n << exponent, (1n << exponent) - 1n, -(1n << exponent)]) {
      const bytes = encodeValue(value);
      assertEquals(decodeValue(bytes), { value, end: bytes.length });
      assertEquals(decodeValue(bytes.subarray(0, bytes.length - 1)), undefined);
    }
  }
});

Deno.test("readableMember keeps integers and doubles apart when both are written as numbers", () => {
  assertEquals(readableMember('{"reply":[1,1.0,1e0,{"$int":"18446744073709551615"}]}', "reply"), [
    1n,
    1,
    1,
    18446744073709551615n,
  ]);
});
