import { decodeText } from "../base/text.ts";
import type { Reader } from "../msgpack/reader.ts";

/** Reads any value and prints it as msgpack 0.5.9 does: `[1, "x"]`, `{"a"=>1}`. */
export function printValue(reader: Reader): string {
  switch (reader.peek()) {
    case "nil":
      reader.tryNil();
      return "nil";
    case "boolean":
      return String(reader.readBoolean());
    case "integer":
      return String(reader.readBigInt());
    case "double":
      return String(reader.readDouble());
    case "raw":
      return `"${decodeText(reader.readRaw())}"`;
    case "array":
      return `[${printMany(reader.readArrayHeader(), () => printValue(reader))}]`;
    case "map":
      return `{${printMany(reader.readMapHeader(), () => `${printValue(reader)}=>${printValue(reader)}`)}}`;
  }
}

function printMany(count: number, print: () => string): string {
  const parts: string[] = [];
  for (let i = 0; i < count; i++) parts.push(print());
  return parts.join(", ");
}
