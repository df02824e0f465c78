import { assertEquals } from "@std/assert";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { written } from "../support/packed.ts";

Deno.test("Writer gives a raw the same head whether its length was known or not", () => {
  for (const length of [0, 1, 31, 32, 255, 256, 65_535, 65_536, 70_000]) {
    const body = Uint8Array.from({ length }, (_, i) => i * 7);
    const unknown = written((writer) => {
      writer.writeArrayHeader(3);
      const start = writer.beginRaw();
      for (let at = 0; at < length; at += 1000) writer.append(body, at, Math.min(length, at + 1000));
      assertEquals(writer.endRaw(start), length);
      writer.writeInt(1);
      writer.writeInt(2);
    });
    const known = written((writer) => {
      writer.writeArrayHeader(3);
      writer.writeRaw(body);
      writer.writeInt(1);
      writer.writeInt(2);
    });
    assertEquals(unknown, known, `${length} bytes`);
  }
});

Deno.test("Writer makes no room for a raw whose body is elsewhere", () => {
  const writer = new Writer(16);
  writer.writeRawHeader(1 << 30, false);
  assertEquals([writer.length, writer.bytes.length], [5, 16]);
});

Deno.test("Writer.appendText appends the bytes of a byte string", () => {
  const text = "\u0000\u00ffabc".repeat(100);
  const bytes = written((writer) => {
    writer.writeRawHeader(text.length + 1);
    writer.appendText(text);
    writer.appendText("z");
  });
  assertEquals(new Reader(bytes).readByteString(), `${text}z`);
});
