import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { log } from "../../lib/base/log.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { Dispatcher } from "../../lib/server/dispatcher.ts";
import { OperationError } from "../../lib/server/fatal.ts";
import { boolean, int32, stringArgument, stringResult } from "../../lib/service/codecs.ts";
import { random, type Service } from "../../lib/service/service.ts";
import { dispatched, replyTo, requestOf } from "../support/dispatched.ts";
import { encodeValue, type WireValue } from "../support/wire_value.ts";

const badCast: [WireValue, WireValue] = [2n, "std::bad_cast"];

const service: Service = {
  echo: { args: [stringArgument], result: stringResult, route: random, reduce: "pass", effect: "analysis" },
  learn: { args: [int32], result: boolean, route: random, reduce: "pass", effect: "update" },
  later: { args: [], result: boolean, route: random, reduce: "pass", effect: "update" },
};

/** A dispatcher of that service whose methods do what `methods` say. */
function setUp(
  methods: { [name: string]: (...args: never[]) => unknown },
): { dispatcher: Dispatcher; updates: () => number } {
  const dispatcher = new Dispatcher();
  let updates = 0;
  dispatcher.addService(service, () => methods, () => updates++);
  return { dispatcher, updates: () => updates };
}

Deno.test("Dispatcher calls the method of a service with its arguments and the object that is current", async () => {
  const dispatcher = new Dispatcher();
  let current = { echo: (text: string) => text };
  dispatcher.addService(service, () => current, () => {});
  assertEquals(await dispatched(dispatcher, "echo", "name", "a"), [null, "a"]);
  current = { echo: (text: string) => `${text}!` };
  assertEquals(await dispatched(dispatcher, "echo", "name", "a"), [null, "a!"]);
});

Deno.test("Dispatcher knows methods by their whole name, whichever was called before", async () => {
  const dispatcher = new Dispatcher();
  const names = ["a", "ab", "b", "ba", "aa", "\xff\x00"];
  for (const [i, name] of names.entries()) dispatcher.add(name, (_reader, writer) => writer.writeInt(i));
  for (const before of names) {
    for (const [i, name] of names.entries()) {
      await dispatched(dispatcher, before);
      assertEquals(await dispatched(dispatcher, name), [null, BigInt(i)]);
    }
    for (const unknown of ["", "c", "abc", "A", "\xff", "constructor", "__proto__", "toString"]) {
      assertEquals(await dispatched(dispatcher, unknown), [1n, unknown]);
    }
  }
});

Deno.test("Dispatcher answers error 2 when arguments are missing or of another type, and calls nothing", async () => {
  let calls = 0;
  const { dispatcher, updates } = setUp({ learn: () => ++calls > 0, echo: () => (calls++, "") });
  const wrong: WireValue[][] = [[], ["name"], ["name", "1"], ["name", 1.0], ["name", 2147483648n], [1n, 1n], [
    null,
    1n,
  ]];
  for (const params of wrong) assertEquals(await dispatched(dispatcher, "learn", ...params), badCast);
  for (const params of [new Uint8Array(0), encodeValue(null), encodeValue("name"), encodeValue(1n)]) {
    const reply = await replyTo(dispatcher, requestOf("learn", params));
    assertEquals(reply, encodeValue([1n, 77n, ...badCast]));
  }
  assertEquals([calls, updates()], [0, 0]);
});

Deno.test("Dispatcher counts updates before it calls, also when the call fails", async () => {
  const seen: number[] = [];
  const { dispatcher, updates } = setUp({
    learn: (value: number) => {
      seen.push(updates());
      if (value < 0) throw new Error("negative");
      return true;
    },
    later: () => Promise.reject(new Error("later")),
    echo: (text: string) => text,
  });
  assertEquals(await dispatched(dispatcher, "learn", "", 1n), [null, true]);
  assertEquals(await dispatched(dispatcher, "learn", "", -1n), ["negative", null]);
  assertEquals(await dispatched(dispatcher, "echo", "", "x"), [null, "x"]);
  assertEquals(await dispatched(dispatcher, "later", ""), ["later", null]);
  assertEquals([seen, updates()], [[1, 2], 3]);
});

Deno.test("Dispatcher writes nothing for a notification, whatever comes of it", async () => {
  let calls = 0;
  const { dispatcher, updates } = setUp({
    learn: (value: number) => {
      calls++;
      if (value < 0) throw new Error("negative");
      return true;
    },
    later: () => Promise.resolve(++calls > 0),
  });
  for (const params of [["", 1n], ["", -1n], [""], []]) {
    assertEquals(await replyTo(dispatcher, requestOf("learn", params, true)), new Uint8Array(0));
  }
  for (const method of ["later", "nosuch"]) {
    assertEquals(await replyTo(dispatcher, requestOf(method, [""], true)), new Uint8Array(0));
  }
  assertEquals([calls, updates()], [3, 3]);
});

Deno.test("Dispatcher takes back what a method has written before it failed", async () => {
  const dispatcher = new Dispatcher();
  const write = (writer: Writer): never => {
    writer.writeByteString("half of the result");
    throw new Error("then this");
  };
  dispatcher.add("now", (_reader, writer) => write(writer));
  dispatcher.add("later", (_reader, writer) => Promise.resolve().then(() => write(writer)));
  for (const method of ["now", "later"]) {
    assertEquals(await replyTo(dispatcher, requestOf(method, [])), encodeValue([1n, 77n, "then this", null]));
  }
});

Deno.test("Dispatcher answers with the message whatever is thrown", async () => {
  const thrown: [unknown, string][] = [
    [new Error("\xff\xfe bytes"), "\xff\xfe bytes"],
    [new RangeError(""), ""],
    [new OperationError("short", [["File", "/x"]]), "short"],
    ["text", "text"],
    [undefined, "undefined"],
  ];
  for (const [error, message] of thrown) {
    const { dispatcher } = setUp({
      echo: () => {
        throw error;
      },
    });
    assertEquals(await dispatched(dispatcher, "echo", "", ""), [message, null]);
  }
});

Deno.test("Dispatcher logs errors in our own code with the place where they were thrown", async () => {
  const lines: string[] = [];
  log.setSinks([{ write: (line) => void lines.push(line) }]);
  try {
    const { dispatcher } = setUp({ echo: () => (undefined as unknown as string[]).length });
    assertMatch(String((await dispatched(dispatcher, "echo", "", ""))[0]), /undefined/);
    assertMatch(lines.join("\n"), / ERROR .*error in RPC thread: TypeError: [^]*dispatcher_test\.ts/);
  } finally {
    log.setSinks([]);
  }
});

Deno.test("Dispatcher logs errors with their details, but neither unknown methods nor wrong arguments", async () => {
  const lines: string[] = [];
  log.setSinks([{ write: (line) => void lines.push(line) }]);
  try {
    const { dispatcher } = setUp({
      echo: () => {
        throw new OperationError("cannot open output file", [["File", "/x"], ["Error", "Permission denied (13)"]]);
      },
    });
    await dispatched(dispatcher, "nosuch", "");
    await dispatched(dispatcher, "echo");
    assertEquals(lines, []);
    await dispatched(dispatcher, "echo", "", "");
    assertEquals(lines.length, 1);
    assertStringIncludes(lines[0]!, " WARN ");
    assertStringIncludes(
      lines[0]!,
      "exception in RPC thread: jubatus::core::common::exception::runtime_error: cannot open output file\n" +
        "    (#0) File: /x\n    (#0) Error: Permission denied (13)\n",
    );
  } finally {
    log.setSinks([]);
  }
});
