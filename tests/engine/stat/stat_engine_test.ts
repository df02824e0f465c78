import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/base/config_error.ts";
import { statType } from "../../../lib/engine/stat/stat_engine.ts";
import { runAtOnce } from "../../../lib/model/mixable.ts";
import { Reader } from "../../../lib/msgpack/reader.ts";
import { EngineSession, mix } from "../../support/engine_session.ts";
import { assertPacks, bytesOfPlain, written } from "../../support/packed.ts";

function session(windowSize: number): EngineSession {
  return new EngineSession(statType, { window_size: windowSize }, { now: () => 1234.5 });
}

function golden(): EngineSession {
  const stat = session(3);
  for (const value of [1, 2, 4, 8]) assertEquals(stat.call("push", "a", value), true);
  return stat;
}

Deno.test("StatEngine gives the statistics of the values in its window", () => {
  const stat = golden();
  assertEquals(stat.call("sum", "a"), 14);
  assertEquals(stat.call("stddev", "a"), 2.4944382578492936);
  assertEquals(stat.call("max", "a"), 8);
  assertEquals(stat.call("min", "a"), 2);
  assertEquals(stat.call("moment", "a", 0, 1), 1);
  assertEquals(stat.call("moment", "a", 1, 1), 3.6666666666666665);
  assertEquals(stat.call("moment", "a", 2, 1), (1 + 9 + 49) / 3);
  assertEquals(stat.call("moment", "a", 3, 1), 123.66666666666667);
});

Deno.test("StatEngine names method and key when it does not know the key", () => {
  const stat = session(3);
  for (const method of ["sum", "stddev", "max", "min"]) {
    assertThrows(() => stat.call(method, "k"), Error, `${method}: key k not found`);
  }
  assertThrows(() => stat.call("moment", "k", 0, 0), Error, "moment: key k not found");
  assertEquals(stat.call("moment", "k", -1, 0), -1);
});

Deno.test("StatEngine computes the entropy of the keys' shares, whatever key is asked for", () => {
  const stat = session(4);
  assertEquals(stat.call("entropy", ""), -0);
  for (const key of ["a", "a", "b", "b"]) stat.call("push", key, 1);
  assertEquals(stat.call("entropy", "c"), Math.LN2);
});

Deno.test("StatEngine forgets everything when cleared", () => {
  const stat = golden();
  mix(stat, stat);
  assertEquals(stat.call("clear"), true);
  assertThrows(() => stat.call("sum", "a"), Error, "sum: key a not found");
  assertEquals(stat.call("entropy", ""), -0);
});

Deno.test("StatEngine shares one entropy when mixed", () => {
  const one = session(9);
  const two = session(9);
  for (const key of ["a", "b"]) one.call("push", key, 1);
  for (const key of ["c", "d", "e"]) two.call("push", key, 1);
  mix(one, two);
  assertEquals(one.call("entropy", ""), Math.log(5));
  assertEquals(two.call("entropy", ""), Math.log(5));
  one.call("push", "f", 1);
  assertEquals(one.call("entropy", ""), Math.log(5));
  assertThrows(() => one.call("sum", "c"), Error, "sum: key c not found");
});

Deno.test("StatEngine writes its difference as 1.1.1 does", () => {
  const difference = ({ engine }: EngineSession) =>
    written((writer) => runAtOnce(engine.mixables[0]!.writeDiff(writer)));
  assertEquals(difference(session(1)), bytesOfPlain([{ double: 0 }, 0]));
  assertEquals(difference(golden()), bytesOfPlain([{ double: 3 * 1.0986122886681098 }, 3]));
});

Deno.test("StatEngine keeps its own values when it takes over another server's model", () => {
  const one = session(9);
  const two = session(9);
  one.call("push", "a", 1);
  two.call("push", "b", 2);
  const fresh = two.engine.fresh();
  fresh.unpack(new Reader(one.save()));
  fresh.mixables[0]!.adopt(two.engine.mixables[0]!);
  two.engine = fresh;
  assertEquals([two.call("sum", "a"), two.call("sum", "b")], [1, 2]);
});

Deno.test("StatEngine packs window size, values, summaries and mixed sums", () => {
  const stat = golden();
  const value = (value: number) => [1234, ["a", { double: value }]];
  assertEquals(
    stat.save(),
    bytesOfPlain([
      3,
      [value(2), value(4), value(8)],
      new Map([["a", [3, { double: 14 }, { double: 84 }, { double: 8 }, { double: 2 }]]]),
      { double: 0 },
      { double: 0 },
    ]),
  );
  assertPacks(stat.save(), () => session(3).engine);
});

Deno.test("StatEngine goes on where a model file ended", () => {
  const stat = golden();
  const loaded = session(3);
  loaded.call("push", "b", 1);
  loaded.load(stat.save());
  for (const it of [stat, loaded]) it.call("push", "a", 3);
  assertEquals(loaded.save(), stat.save());
  assertEquals(loaded.call("max", "a"), 8);
  assertEquals(loaded.call("min", "a"), 3);
});

Deno.test("StatEngine reads a model of 1.1.1 with summaries that outlived their values", () => {
  const item = [1, ["a", { double: 2 }]];
  const summary = (count: number) => [count, { double: 2 }, { double: 4 }, { double: 2 }, { double: 2 }];
  const model = (...keys: string[]) =>
    bytesOfPlain([1, [item], new Map(keys.map((key) => [key, summary(1)])), { double: 0 }, { double: 0 }]);
  const stat = session(1);
  stat.load(model("gone", "a", "also gone"));
  assertEquals(stat.save(), model("a"));
  assertThrows(() => stat.call("sum", "gone"));
});

Deno.test("StatEngine refuses a model whose parts disagree", () => {
  const item = [1, ["a", { double: 2 }]];
  const summary = (count: number) => [count, { double: 2 }, { double: 4 }, { double: 2 }, { double: 2 }];
  const broken = [
    [0, [], new Map(), { double: 0 }, { double: 0 }],
    [1, [item], new Map(), { double: 0 }, { double: 0 }],
    [1, [item], new Map([["b", summary(1)]]), { double: 0 }, { double: 0 }],
    [1, [item], new Map([["a", summary(2)]]), { double: 0 }, { double: 0 }],
  ];
  for (const model of broken) assertThrows(() => session(1).load(bytesOfPlain(model)));
});

Deno.test("StatEngine refuses wrong configurations with the texts of 1.1.1", () => {
  const refused = (config: unknown) =>
    assertThrows(() => new EngineSession(statType, config), ConfigError).describe()
      .replaceAll("jubatus::core::common::", "");
  assertEquals(refused({ window_size: 0 }), "invalid_parameter: invalid parameter (expected: 1 <= window_size)");
  assertEquals(refused({ window_size: -1 }), "invalid_parameter: invalid parameter (expected: 1 <= window_size)");
  assertEquals(
    refused({ window_size: 1.5 }),
    "config_exception: invalid configuration\n" +
      "    (#0) Message: Integer is expected, but Float is given. (.window_size)",
  );
  assertEquals(
    refused({ method: "x" }),
    "config_exception: invalid configuration\n" +
      '    (#0) Message: "method" is not used ()\n    (#0) Message: "window_size" is not found ()',
  );
});

Deno.test("StatEngine tells its storage", () => {
  assertEquals(session(1).engine.status(), [["storage", "stat"]]);
  assertEquals(statType.usesRing, true);
});
