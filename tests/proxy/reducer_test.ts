import { assertEquals, assertThrows } from "@std/assert";
import { TypeMismatchError } from "../../lib/msgpack/errors.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { createReducer } from "../../lib/proxy/reducer.ts";
import { classifierService } from "../../lib/service/classifier_service.ts";
import { boolean } from "../../lib/service/codecs.ts";
import { commonService } from "../../lib/service/common_service.ts";
import { broadcast, type Method } from "../../lib/service/service.ts";
import { written } from "../support/packed.ts";
import { decodeValue, encodeValue, showValue, WireMap, type WireValue } from "../support/wire_value.ts";

function reduced(method: Method, ...results: WireValue[]): string {
  const reducer = createReducer(method);
  for (const result of results) {
    // Results stand somewhere in a buffer that is used again.
    const bytes = Uint8Array.of(0xc3, ...encodeValue(result));
    reducer.add(new Reader(bytes, 1));
    bytes.fill(0xc1);
  }
  return showValue(decodeValue(written((writer) => reducer.write(writer)))!.value);
}

Deno.test("createReducer makes all_and, all_or, pass and merge of several results", () => {
  assertEquals(reduced(classifierService.clear, true, true), "true");
  assertEquals(reduced(classifierService.clear, true, false, true), "false");
  assertEquals(reduced(classifierService.delete_label, false, true), "true");
  assertEquals(reduced(classifierService.delete_label, false, false), "false");
  const pass: Method = { args: [], result: boolean, route: broadcast, reduce: "pass", effect: "analysis" };
  assertEquals(reduced(pass, false, true), "false");
  assertEquals(
    reduced(commonService.save, new WireMap([["\xff", "1"], ["b", "2"]]), new WireMap([["b", "3"], ["a", "4"]])),
    `{"a":"4","b":"3","\ufffd":"1"}`,
  );
});

Deno.test("createReducer refuses results that are not of the method", () => {
  for (const wrong of [null, 1n, "x", [true]] as const) {
    assertThrows(() => reduced(classifierService.clear, true, wrong), TypeMismatchError);
  }
  for (const wrong of [null, true, new WireMap([["a", 1n]]), new WireMap([[1n, "a"]])] as const) {
    assertThrows(() => reduced(commonService.save, wrong), TypeMismatchError);
  }
});
