import type { ByteString } from "../base/byte_string.ts";
import { Exclusive } from "../base/exclusive.ts";
import { ModelFileError } from "../model/model_file.ts";
import { OperationError } from "./fatal.ts";
import { errorCode, errorTextWithNumber } from "./system_error.ts";

/** Where one server keeps its model files. */
export class ModelStore {
  readonly #directory: string;
  readonly #prefix: string;
  /** Files are written one at a time. */
  readonly #writing = new Exclusive();

  /** @param owner `<ip>_<port>` */
  constructor(directory: string, owner: string, type: string) {
    this.#directory = directory;
    this.#prefix = `${owner}_${type}_`;
  }

  /** The path of a model id; throws when the id cannot be part of a file name. */
  pathOf(id: ByteString): string {
    if (id === "") throw new ModelFileError("empty id is not allowed");
    if (!/^[\x20-\x2e\x30-\x7e]*$/.test(id)) throw new ModelFileError("model ID contains invalid character");
    return `${this.#directory}/${this.#prefix}${id}.jubatus`;
  }

  /** Replaces a file as a whole: whatever happens, there is the old one or the new one. */
  write(path: string, bytes: Uint8Array): Promise<void> {
    return this.#writing.run(() => this.#replace(path, bytes));
  }

  /** The bytes of a file, after all writing that was begun before. */
  read(path: string): Promise<Uint8Array> {
    return this.#writing.run(() => readModelFile(path));
  }

  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    // Always the same name, so that what a process that was killed left behind does not add up; ids make longer ones.
    const temporary = `${this.#directory}/${this.#prefix}.tmp`;
    let file: Deno.FsFile;
    try {
      file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    } catch (error) {
      throw failure("cannot open output file", path, error);
    }
    try {
      try {
        for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
        await file.sync();
      } finally {
        file.close();
      }
      await Deno.rename(temporary, path);
      await syncDirectory(this.#directory);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      const isUnusable = errorCode(error) === "ENAMETOOLONG" || errorCode(error) === "EISDIR";
      throw failure(isUnusable ? "cannot open output file" : "cannot write output file", path, error);
    }
  }
}

/** The bytes of a model file. */
export function readModelFile(path: string): Uint8Array {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
    file.close();
  } catch (error) {
    throw failure("cannot open input file", path, error);
  }
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw failure("cannot read input file", path, error);
  }
}

/** Makes a rename last. Not every system can do it; then the file's own sync must do. */
async function syncDirectory(path: string): Promise<void> {
  try {
    using directory = await Deno.open(path, { read: true });
    await directory.sync();
  } catch {
    // The new file is complete under its name all the same.
  }
}

function failure(message: string, path: string, error: unknown): OperationError {
  const details: [string, string][] = [["File", path]];
  const text = errorTextWithNumber(error);
  if (text !== undefined) details.push(["Error", text]);
  return new OperationError(message, details, { cause: error });
}
