import { bytesOf } from "../../lib/base/byte_string.ts";
import { Writer } from "../../lib/msgpack/writer.ts";

/** A datum with its label; keys, words and labels are ASCII. */
export interface Example {
  readonly label: string;
  readonly strings: readonly (readonly [string, string])[];
  readonly numbers: readonly (readonly [string, number])[];
}

/** Writes a file of requests for the load generator: `train` or `classify` with so many data each. */
export async function writeRequests(
  file: string,
  method: "train" | "classify",
  examples: readonly Example[],
  perRequest: number,
  cluster = "",
): Promise<void> {
  const writer = new Writer(1 << 20);
  const all = new Writer(1 << 20);
  for (let start = 0, id = 1; start < examples.length; start += perRequest, id++) {
    writer.clear();
    writer.writeArrayHeader(4);
    writer.writeInt(0);
    writer.writeInt(id);
    writer.writeByteString(method);
    writeParams(writer, method, examples.slice(start, start + perRequest), cluster);
    all.append(Uint8Array.of(writer.length >>> 24, writer.length >>> 16, writer.length >>> 8, writer.length));
    all.append(writer.written());
  }
  await Deno.writeFile(file, all.written());
}

/** The parameters of `train` or `classify`. */
export function writeParams(
  writer: Writer,
  method: "train" | "classify",
  examples: readonly Example[],
  cluster = "",
): void {
  writer.writeArrayHeader(2);
  writer.writeByteString(cluster);
  writer.writeArrayHeader(examples.length);
  for (const example of examples) {
    if (method === "train") {
      writer.writeArrayHeader(2);
      writer.writeByteString(example.label);
    }
    writeDatum(writer, example);
  }
}

function writeDatum(writer: Writer, { strings, numbers }: Example): void {
  writer.writeArrayHeader(3);
  writer.writeArrayHeader(strings.length);
  for (const [key, value] of strings) {
    writer.writeArrayHeader(2);
    writer.writeByteString(key);
    writer.writeRaw(bytesOf(value));
  }
  writer.writeArrayHeader(numbers.length);
  for (const [key, value] of numbers) {
    writer.writeArrayHeader(2);
    writer.writeByteString(key);
    writer.writeDouble(value);
  }
  writer.writeArrayHeader(0);
}
