import { assert, assertEquals, assertThrows } from "@std/assert";
import { NESTING_MAX } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { ProtocolError } from "../../lib/rpc/errors.ts";
import { BufferBudget, FrameBuffer } from "../../lib/rpc/frame_buffer.ts";
import { written } from "../support/packed.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { joined } from "../support/wire_call.ts";

const MEBIBYTE = 1024 * 1024;

function buffer(messageBytesMax = 64 * MEBIBYTE, budget = new BufferBudget(256 * MEBIBYTE)): FrameBuffer {
  return new FrameBuffer(messageBytesMax, budget);
}

/** Hands bytes over as reads of at most `size` bytes would. Returns the messages found. */
function feed(frames: FrameBuffer, bytes: Uint8Array, size = Infinity): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const room = frames.room();
    const part = bytes.subarray(at, at + Math.min(size, room.length));
    room.set(part);
    frames.received(part.length);
    at += part.length;
    while (frames.next()) {
      found.push(frames.bytes.slice(frames.start, frames.frameEnd));
      frames.start = frames.frameEnd;
    }
  }
  return found;
}

/** A value of each form of msgpack; containers hold what comes next to them. */
const forms: Uint8Array[] = [
  [0x00],
  [0x7f],
  [0xe0],
  [0xff],
  [0xc0],
  [0xc2],
  [0xc3],
  [0xcc, 1],
  [0xcd, 1, 2],
  [0xce, 1, 2, 3, 4],
  [0xcf, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xd0, 1],
  [0xd1, 1, 2],
  [0xd2, 1, 2, 3, 4],
  [0xd3, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xca, 1, 2, 3, 4],
  [0xcb, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xa0],
  [0xa3, 1, 2, 3],
  [0xd9, 2, 1, 2],
  [0xda, 0, 2, 1, 2],
  [0xdb, 0, 0, 0, 2, 1, 2],
  [0xc4, 2, 1, 2],
  [0xc5, 0, 2, 1, 2],
  [0xc6, 0, 0, 0, 2, 1, 2],
  [0x90],
  [0x80],
  [0x92, 1, 2],
  [0x82, 1, 2, 3, 4],
  [0xdc, 0, 2, 1, 2],
  [0xdd, 0, 0, 0, 2, 1, 0x90],
  [0xdc, 0, 0],
  [0xdd, 0, 0, 0, 0],
  [0xde, 0, 1, 1, 2],
  [0xdf, 0, 0, 0, 1, 1, 0x91, 2],
  [0xdf, 0, 0, 0, 0],
  // A short key and a double, as in every datum.
  [0x92, 0xa1, 0x6b, 0xcb, 1, 2, 3, 4, 5, 6, 7, 8],
  [0x92, 0xa1, 0x6b, 0xca, 1, 2, 3, 4],
  [0x92, 0xa1, 0x6b, 0x91, 0x90],
].map((bytes) => Uint8Array.from(bytes));

Deno.test("FrameBuffer finds messages of every form, whatever the reads", () => {
  const padding = Uint8Array.from({ length: 64 }, () => 1);
  const bytes = joined(...forms, padding);
  const expected = [...forms, ...Array.from(padding, (byte) => Uint8Array.of(byte))];
  for (const size of [Infinity, 1, 2, 3, 7, 64]) {
    assertEquals(feed(buffer(), bytes, size), expected, `${size} at a time`);
  }
});

Deno.test("FrameBuffer waits on every truncation, then goes on", () => {
  for (const form of forms) {
    for (let cut = 0; cut < form.length; cut++) {
      const frames = buffer();
      assertEquals(feed(frames, form.subarray(0, cut)), []);
      assertEquals(feed(frames, form.subarray(cut)), [form]);
    }
  }
});

Deno.test("FrameBuffer finds random messages in random reads", () => {
  for (const seed of [1, 2, 3]) {
    console.log(`seed ${seed}`);
    const random = new SeededRandom(seed);
    const frames = buffer();
    for (let round = 0; round < 50; round++) {
      const messages = Array.from(
        { length: random.below(60) },
        () => written((writer) => writeRandom(writer, random, 0)),
      );
      const bytes = joined(...messages);
      const found: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = 1 + random.below(random.pick([3, 100, 5000]));
        found.push(...feed(frames, bytes.subarray(at, at + size)));
        at += size;
      }
      assertEquals(found, messages);
    }
  }
});

Deno.test("FrameBuffer takes nesting up to the limit and refuses one level more", () => {
  for (const open of [[0x91], [0xdc, 0, 1], [0xdd, 0, 0, 0, 1], [0x81, 0x00], [0xdf, 0, 0, 0, 1, 0x00]]) {
    const nested = (levels: number, inner: number[]): Uint8Array =>
      Uint8Array.from([...new Array(levels).fill(open).flat(), ...inner]);
    const deepest = nested(NESTING_MAX - 1, [0x90]);
    assertEquals(feed(buffer(), deepest), [deepest]);
    for (const inner of [[0x90], [0x92, 0xa1, 0x6b, 0xcb, ...new Array(60).fill(1)], [0xdd, 0, 0, 0, 0]]) {
      assertThrows(() => feed(buffer(), nested(NESTING_MAX, inner)), ProtocolError, `more than ${NESTING_MAX} deep`);
    }
  }
});

Deno.test("FrameBuffer refuses bytes that begin no value", () => {
  for (const byte of [0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]) {
    assertThrows(() => feed(buffer(), Uint8Array.of(0x92, 1, byte)), ProtocolError, `0x${byte.toString(16)}`);
  }
});

Deno.test("FrameBuffer refuses a message that is too large as soon as that shows", () => {
  const claims = [[0xdb, 0, 0, 0x10, 0], [0xc6, 0xff, 0xff, 0xff, 0xff], [0x92, 1, 0xdb, 0, 0, 0x10, 0]];
  for (const claim of claims) {
    assertThrows(() => feed(buffer(1000), Uint8Array.from(claim)), ProtocolError, "larger than 1000");
  }
  const fits = joined(Uint8Array.of(0xda, 997 >> 8, 997 & 255), new Uint8Array(997));
  assertEquals(feed(buffer(1000), fits), [fits]);
  assertThrows(() => feed(buffer(999), fits), ProtocolError, "larger than 999");
  const many = new Uint8Array(2000).fill(1);
  many.set([0xdd, 0x7f, 0xff, 0xff, 0xff]);
  assertThrows(() => feed(buffer(1000), many), ProtocolError, "larger than 1000");
  assertEquals(feed(buffer(1000), new Uint8Array(5000).fill(1)).length, 5000);
});

Deno.test("FrameBuffer keeps to the budget that all connections share", () => {
  const budget = new BufferBudget(MEBIBYTE);
  const small = buffer(64 * MEBIBYTE, budget);
  feed(small, Uint8Array.of(1));
  const used = budget.used;
  assert(used > 0);
  const large = buffer(64 * MEBIBYTE, budget);
  const claim = joined(Uint8Array.of(0xdb, 0, 0x20, 0, 0), new Uint8Array(MEBIBYTE));
  assertThrows(
    () => {
      feed(large, claim);
      large.room();
    },
    ProtocolError,
    "receive buffers",
  );
  large.release();
  assertEquals(budget.used, used);
  small.release();
  assertEquals(budget.used, 0);
});

Deno.test("FrameBuffer gives a large buffer back when it is empty", () => {
  const budget = new BufferBudget(256 * MEBIBYTE);
  const frames = buffer(64 * MEBIBYTE, budget);
  const large = joined(Uint8Array.of(0xdb, 0, 0x80, 0, 0), new Uint8Array(8 * MEBIBYTE));
  assertEquals(feed(frames, large).length, 1);
  assert(budget.used > 8 * MEBIBYTE);
  frames.room();
  assert(budget.used < MEBIBYTE, `${budget.used} bytes are held`);
  assertEquals(feed(frames, large).length, 1);
});

function writeRandom(writer: Writer, random: SeededRandom, depth: number): void {
  switch (random.below(depth < 6 ? 8 : 5)) {
    case 0:
      return writer.writeNil();
    case 1:
      return writer.writeInt(random.next() - 0x80000000);
    case 2:
      return writer.writeDouble(random.next() / 7);
    case 3:
      return writer.writeByteString("x".repeat(random.below(random.pick([5, 40, 400]))));
    case 4:
      return writer.writeRaw(new Uint8Array(random.below(70_000) < 100 ? 70_000 : 3));
    case 5:
    case 6: {
      const count = random.below(20);
      writer.writeArrayHeader(count);
      for (let i = 0; i < count; i++) writeRandom(writer, random, depth + 2);
      return;
    }
    default: {
      const count = random.below(5);
      writer.writeMapHeader(count);
      for (let i = 0; i < 2 * count; i++) writeRandom(writer, random, depth + 2);
    }
  }
}

Deno.test("FrameBuffer leaves a message alone and goes on with what came behind it", () => {
  const long = written((writer) => writer.writeRaw(new Uint8Array(300_000).fill(7)));
  const next = written((writer) => writer.writeByteString("next one"));
  for (let behind = 0; behind <= next.length; behind++) {
    const frames = buffer();
    const received = Uint8Array.from([...long, ...next.subarray(0, behind)]);
    for (let at = 0; at < received.length;) {
      const room = frames.room();
      const part = received.subarray(at, at + room.length);
      room.set(part);
      frames.received(part.length);
      at += part.length;
      if (at < received.length) assertEquals(frames.next(), false);
    }
    assertEquals(frames.next(), true);
    const kept = frames.bytes.subarray(frames.start, frames.frameEnd);
    frames.leave();
    const rest = behind === next.length ? [] : feed(frames, next.subarray(behind));
    if (behind === next.length) {
      assertEquals(frames.next(), true);
      rest.push(frames.bytes.slice(frames.start, frames.frameEnd));
    }
    assertEquals(rest, [next]);
    assertEquals(kept, long);
  }
});

Deno.test("FrameBuffer makes room for what is announced only while there is plenty", () => {
  const budget = new BufferBudget(64 * MEBIBYTE);
  const announcing = (): FrameBuffer => {
    const frames = buffer(64 * MEBIBYTE, budget);
    // 40 MiB are announced, 40 KiB come.
    feed(frames, joined(Uint8Array.of(0xdb, 0x02, 0x80, 0, 0), new Uint8Array(40_000)));
    frames.room();
    return frames;
  };
  const first = announcing();
  assert(budget.used > 40 * MEBIBYTE, `${budget.used} bytes`);
  const others = Array.from({ length: 100 }, announcing);
  assert(budget.used < 60 * MEBIBYTE, `${budget.used} bytes`);
  // Who really sends gets his room, as long as there is some.
  const message = joined(Uint8Array.of(0xdb, 0, 0x20, 0, 0), new Uint8Array(2 * MEBIBYTE));
  const late = buffer(64 * MEBIBYTE, budget);
  assertEquals(feed(late, message), [message]);
  late.room();
  for (const frames of [first, late, ...others]) frames.release();
  assertEquals(budget.used, 0);
});

Deno.test("FrameBuffer takes a message of the limit's size with little more memory than that", () => {
  const budget = new BufferBudget(12 * MEBIBYTE);
  const frames = buffer(9 * MEBIBYTE, budget);
  // Its size does not show before its end.
  const message = joined(Uint8Array.of(0xdd, 0, 0x80, 0, 0), new Uint8Array(8 * MEBIBYTE).fill(1));
  assertEquals(feed(frames, message).length, 1);
});
