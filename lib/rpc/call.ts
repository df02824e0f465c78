import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/**
 * A method as a server calls it: reads the array of parameters and appends the result. A promise when the
 * result takes time; the reader is good until the first wait, the bytes behind it until it settles.
 */
export type Call = (params: Reader, result: Writer) => void | Promise<void>;
