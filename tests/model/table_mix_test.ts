import { assertEquals, assertThrows } from "@std/assert";
import { BitVectors } from "../../lib/model/bit_vectors.ts";
import { ColumnTable } from "../../lib/model/column_table.ts";
import { DoubleColumn } from "../../lib/model/double_column.ts";
import { runAtOnce } from "../../lib/model/mixable.ts";
import { TableMixable, type TableMixOptions } from "../../lib/model/table_mix.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { bytesOfPlain, packed, type Plain, unpacked, written } from "../support/packed.ts";

/** A server with a table of 10 bits and a number per row. */
class Server {
  readonly bits = new BitVectors(10);
  readonly norms = new DoubleColumn();
  readonly table: ColumnTable;
  readonly mixable: TableMixable;

  constructor(owner: string, options?: TableMixOptions) {
    this.table = new ColumnTable([this.bits, this.norms], owner);
    this.mixable = new TableMixable(this.table, options);
  }

  write(key: string, value: number): void {
    const row = this.table.write(key);
    this.bits.row(row).fill(0)[0] = value;
    this.norms.values[row] = value;
  }

  /** Keys and values. */
  rows(): [string, number][] {
    return this.table.keys().map((key, row) => {
      assertEquals(this.bits.row(row)[0], this.norms.values[row]);
      return [key, this.norms.values[row]!];
    });
  }

  difference(): Uint8Array {
    return written((writer) => runAtOnce(this.mixable.writeDiff(writer)));
  }

  apply(difference: Uint8Array): void {
    const reader = new Reader(difference);
    const checked = this.mixable.checkDiff(reader);
    if (checked !== undefined) runAtOnce(checked);
    assertEquals(reader.atEnd, true);
    assertEquals(runAtOnce(this.mixable.apply(new Reader(difference))), true);
  }
}

function folded(...differences: Uint8Array[]): Uint8Array {
  const fold = new Server("").mixable.createFold();
  for (const difference of differences) {
    const checked = fold.check(new Reader(difference));
    if (checked !== undefined) runAtOnce(checked);
    runAtOnce(fold.add(new Reader(difference)));
  }
  return written((writer) => runAtOnce(fold.write(writer)));
}

function mix(...servers: Server[]): void {
  const difference = folded(...servers.map((server) => server.difference()));
  for (const server of servers) server.apply(difference);
}

function wrapped(rows: Plain): Uint8Array {
  return written((writer) => writer.writeRaw(bytesOfPlain(rows)));
}

Deno.test("TableMixable writes rows as 1.1.1 does: bits in big-endian words, all within a raw", () => {
  const server = new Server("s");
  assertEquals(server.difference(), Uint8Array.of(0xa1, 0x90));
  server.write("a", 939);
  server.norms.values[0] = 1.5;
  const bits = String.fromCharCode(0, 0, 0, 0, 0, 0, 3, 0xab);
  assertEquals(server.difference(), wrapped([["a", [["s"], 0], [[10, bits], { double: 1.5 }]]]));
});

Deno.test("TableMixable gives all servers all rows, and sends each row once", () => {
  const servers = [new Server("s1"), new Server("s2"), new Server("s3")];
  servers.forEach((server, i) => server.write(`k${i}`, i));
  mix(...servers);
  for (const server of servers) {
    assertEquals(server.rows().sort(), [["k0", 0], ["k1", 1], ["k2", 2]]);
    assertEquals(server.difference(), Uint8Array.of(0xa1, 0x90));
  }
  servers[1]!.write("k0", 5);
  mix(...servers);
  for (const server of servers) assertEquals(new Map(server.rows()).get("k0"), 5);
});

Deno.test("TableMixable keeps what was written between sending and applying for the next round", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  one.write("a", 1);
  for (let i = 0; i < 9; i++) two.write("b", i);
  const difference = folded(one.difference(), two.difference());
  one.write("a", 2);
  one.write("c", 3);
  for (const server of [one, two]) server.apply(difference);
  assertEquals(one.rows(), [["a", 2], ["c", 3], ["b", 8]]);
  assertEquals(two.rows(), [["b", 8], ["a", 1]]);
  mix(one, two);
  assertEquals(two.rows(), [["b", 8], ["a", 2], ["c", 3]]);
});

Deno.test("TableMixable keeps the row with the latest clock when two servers wrote the same key", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  one.write("a", 1);
  for (const value of [2, 3]) two.write("a", value);
  mix(one, two);
  assertEquals([one.rows(), two.rows()], [[["a", 3]], [["a", 3]]]);
  assertEquals([one.table.clock, two.table.clock], [2, 2]);
});

Deno.test("TableMixable exchanges rows again after a clear", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  for (const value of [1, 2, 3]) one.write("a", value);
  mix(one, two);
  for (const server of [one, two]) server.table.clear();
  one.write("b", 1);
  mix(one, two);
  assertEquals(two.rows(), [["b", 1]]);
});

Deno.test("TableMixable leaves out rows that are not accepted, and tells of those that are new", () => {
  const added: [number, string][] = [];
  const [one, two] = [
    new Server("s1"),
    new Server("s2", { accept: (key) => key !== "a", onAdded: (row, key) => added.push([row, key]) }),
  ];
  one.write("a", 1);
  one.write("b", 2);
  two.write("c", 3);
  two.write("d", 4);
  mix(one, two);
  one.write("b", 5);
  mix(one, two);
  assertEquals([two.rows(), added], [[["c", 3], ["d", 4], ["b", 5]], [[2, "b"]]]);
});

Deno.test("TableMixable sends rows written after a clear even if rows from before it come back", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  for (const key of ["a", "b", "c"]) one.write(key, 1);
  const difference = folded(one.difference(), two.difference());
  one.table.clear();
  one.write("d", 2);
  for (const server of [one, two]) server.apply(difference);
  mix(one, two);
  assertEquals(new Map(two.rows()).get("d"), 2);
});

Deno.test("TableMixable leaves out rows that are written or removed while it sends", () => {
  const server = new Server("s");
  for (let i = 0; i < 2000; i++) server.write(`k${i}`, i % 1000);
  const writer = new Writer();
  const sending = server.mixable.writeDiff(writer);
  sending.next();
  server.write("k1999", 1);
  server.table.remove("k1998");
  runAtOnce(sending);
  const other = new Server("t");
  other.apply(writer.take());
  assertEquals(other.table.size, 1998);
  server.apply(writer.take());
  other.apply(server.difference());
  assertEquals(new Map(other.rows()).get("k1999"), 1);
});

Deno.test("TableMixable adopts what the previous table has not sent yet", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  one.write("a", 1);
  two.write("b", 2);
  mix(one, two);
  one.write("c", 3);
  two.write("d", 4);
  const fresh = new Server("s1");
  unpacked(packed(two.table), fresh.table);
  fresh.mixable.adopt(one.mixable);
  assertEquals(fresh.rows(), [["b", 2], ["a", 1], ["d", 4], ["c", 3]]);
  mix(fresh, two);
  assertEquals(new Map(two.rows()).get("c"), 3);
});

Deno.test("TableMixable gives by pull what the argument does not know, and takes it by push", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  one.write("a", 1);
  two.write("b", 2);
  const exchange = (from: Server, to: Server) => {
    const argument = written((writer) => to.mixable.pushable.writePullArgument(writer));
    const rows = written((writer) => runAtOnce(from.mixable.pushable.pull(new Reader(argument), writer)));
    runAtOnce(to.mixable.pushable.push(new Reader(rows)));
    return rows;
  };
  exchange(one, two);
  exchange(two, one);
  assertEquals([one.rows(), two.rows()], [[["a", 1], ["b", 2]], [["b", 2], ["a", 1]]]);
  // Its own rows come back to a server once, as in 1.1.1.
  exchange(one, two);
  assertEquals(exchange(one, two), bytesOfPlain([]));
  const argument = written((writer) => two.mixable.pushable.writePullArgument(writer));
  assertEquals(argument, bytesOfPlain(new Map([[["s1"], 0], [["s2"], 0]])));
});

Deno.test("TableMixable gives all own rows to a server that knows of later ones from before a clear", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  for (const key of ["a", "b", "c"]) one.write(key, 1);
  const pulled = (): Uint8Array =>
    written((writer) => {
      const argument = written((argument) => two.mixable.pushable.writePullArgument(argument));
      runAtOnce(one.mixable.pushable.pull(new Reader(argument), writer));
    });
  runAtOnce(two.mixable.pushable.push(new Reader(pulled())));
  one.table.clear();
  one.write("d", 2);
  runAtOnce(two.mixable.pushable.push(new Reader(pulled())));
  assertEquals(new Map(two.rows()).get("d"), 2);
});

/** Lets `to` pull and be pushed what `from` has; calls `between` after each slice of one or the other, counting up. */
function exchangeInSlices(from: Server, to: Server, between: (slice: number) => void = () => {}): Uint8Array {
  let slice = 0;
  const argument = written((writer) => to.mixable.pushable.writePullArgument(writer));
  const rows = written((writer) => {
    for (const _ of from.mixable.pushable.pull(new Reader(argument), writer)) between(slice++);
  });
  const reader = new Reader(rows);
  for (const _ of to.mixable.pushable.push(reader)) between(slice++);
  assertEquals(reader.atEnd, true);
  return rows;
}

Deno.test("TableMixable gives with the next pull what has changed between slices of the one before", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  for (let i = 0; i < 5000; i++) one.write(`key${i}`, i % 1000);
  let slices = 0;
  exchangeInSlices(one, two, (slice) => {
    slices++;
    one.write("key4999", slice);
    one.write(`new${slice}`, slice);
    two.write(`own${slice}`, slice);
  });
  assertEquals(slices > 4, true);
  exchangeInSlices(one, two);
  const known = new Map(two.rows());
  for (const [key, value] of one.rows()) assertEquals(known.get(key), value, key);
  assertEquals(two.table.size, one.table.size + slices);
});

Deno.test("TableMixable gives no rows when it is cleared between slices, and all new ones with the next pull", () => {
  const [one, two] = [new Server("s1"), new Server("s2")];
  for (let i = 0; i < 5000; i++) one.write(`key${i}`, i % 1000);
  const rows = exchangeInSlices(one, two, (slice) => {
    if (slice > 0) return;
    one.table.clear();
    one.write("new", 1);
    one.write("key4999", 2);
  });
  assertEquals(rows, bytesOfPlain([]));
  exchangeInSlices(one, two);
  assertEquals(two.rows(), [["new", 1], ["key4999", 2]]);
});

Deno.test("TableMixable refuses differences of another shape, and changes nothing", () => {
  const bits = "\0\0\0\0\0\0\0\0";
  const row = (...values: Plain[]): Plain => [["a", [["s"], 0], values]];
  const wrong: Uint8Array[] = [
    bytesOfPlain([]),
    wrapped(row([10, bits])),
    wrapped(row([11, bits], 1)),
    wrapped(row([10, "\0"], 1)),
    wrapped(row([10, bits], "1")),
    wrapped([["a", [["s"]], [[10, bits], 1]]]),
    written((writer) => writer.writeByteString("\x90\x90")),
  ];
  const server = new Server("t");
  for (const difference of wrong) assertThrows(() => server.apply(difference));
  assertThrows(() => runAtOnce(server.mixable.pushable.push(new Reader(bytesOfPlain(row([11, bits], 1))))));
  assertEquals([server.rows(), server.table.clock], [[], 0]);
});
