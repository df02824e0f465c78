/** What a file does when it gets long. */
export interface Rolling {
  /** Size from which on the file is renamed to `FILE.1`, and that to `FILE.2`. */
  readonly maxBytes: number;
  /** How many renamed files are kept. */
  readonly backups: number;
}

/** A file that is appended to, as logs are. Its methods throw what the file system throws. */
export class RollingFile {
  readonly #path: string;
  readonly #rolling: Rolling | undefined;
  #file: Deno.FsFile | undefined;
  /** Bytes in the open file. */
  #size = 0;

  /** Opens the file, and empties it unless told to `append`. */
  constructor(path: string, append: boolean, rolling?: Rolling) {
    this.#path = path;
    this.#rolling = rolling;
    this.#open(append);
  }

  /** Appends to the file; what is written at once stays in one file. */
  write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) written += this.#file!.writeSync(bytes.subarray(written));
    this.#size += bytes.length;
    if (this.#rolling !== undefined && this.#size >= this.#rolling.maxBytes) this.#roll(this.#rolling.backups);
  }

  /** No `write` follows. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(append: boolean): void {
    this.#file = Deno.openSync(this.#path, { create: true, write: true, append, truncate: !append });
    this.#size = append ? this.#file.statSync().size : 0;
  }

  #roll(backups: number): void {
    this.close();
    for (let number = backups; number >= 1; number--) {
      try {
        Deno.renameSync(number === 1 ? this.#path : `${this.#path}.${number - 1}`, `${this.#path}.${number}`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    this.#open(false);
  }
}
