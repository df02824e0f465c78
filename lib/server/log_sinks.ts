/**
 * Places log lines go to: the standard streams and files.
 *
 * @module
 */
import { type Rolling, RollingFile } from "../base/rolling_file.ts";

/** Writes lines somewhere; `close` gives the file back. */
export interface LineWriter {
  /** Writes one finished line. Never throws: a full disk must not stop a server. */
  write(line: string): void;
  /** No `write` follows. */
  close(): void;
}

interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();

/** Standard output. */
export function stdoutWriter(): LineWriter {
  return streamWriter(Deno.stdout);
}

/** Standard error. */
export function stderrWriter(): LineWriter {
  return streamWriter(Deno.stderr);
}

/** A file that is opened by the first line; when that fails, standard error gets the reason once, and the lines. */
export function fileWriter(path: string, append: boolean, rolling?: Rolling): LineWriter {
  return new FileWriter(path, append, rolling);
}

function streamWriter(stream: SyncWriter): LineWriter {
  return {
    write: (line) => {
      try {
        writeAll(stream, encoder.encode(line));
      } catch {
        // Nobody reads the stream any more; there is no other place to tell it.
      }
    },
    close: () => {},
  };
}

function writeAll(stream: SyncWriter, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}

class FileWriter implements LineWriter {
  readonly #path: string;
  readonly #append: boolean;
  readonly #rolling: Rolling | undefined;
  #file: RollingFile | undefined;
  /** Takes over when the file cannot be opened. */
  #fallback: LineWriter | undefined;

  constructor(path: string, append: boolean, rolling: Rolling | undefined) {
    this.#path = path;
    this.#append = append;
    this.#rolling = rolling;
  }

  write(line: string): void {
    if (this.#fallback !== undefined) return this.#fallback.write(line);
    try {
      this.#file ??= new RollingFile(this.#path, this.#append, this.#rolling);
      this.#file.write(encoder.encode(line));
    } catch (error) {
      this.#fallback = stderrWriter();
      this.#fallback.write(
        `cannot write the log file ${this.#path}: ${error instanceof Error ? error.message : error}\n`,
      );
      this.#fallback.write(line);
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
