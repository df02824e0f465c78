import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";

/**
 * A method as a server calls it: reads the array of parameters and appends the result. A promise when the
 * result takes time; the parameters stay valid until it settles.
 */
export type Call = (params: Reader, result: Writer) => void | Promise<void>;
