import { systemClock } from "../base/clock.ts";
import { log } from "../base/log.ts";
import { type Rolling, RollingFile } from "../base/rolling_file.ts";

/** After a process has ended, the rest of its output is waited for so long: it may have left children that hold it. */
const OUTPUT_PATIENCE_MS = 1000;

/** A started process. */
export interface ServerProcess {
  readonly pid: number;
  /** Settles when it has ended. */
  readonly ended: Promise<unknown>;
  /** Sends a signal; throws when the process is gone. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts a program and keeps what it prints in a file of that name; throws when there is no such program. */
export type Spawn = (program: string, args: readonly string[], logName: string) => ServerProcess;

/** Where programs are looked for and what they print is kept. */
export interface SpawnOptions {
  /** Directory of the log files. */
  readonly logdir: string;
  /** Bounds them. */
  readonly rolling?: Rolling | undefined;
  /** Where programs lie that `PATH` does not lead to. */
  readonly programDirectory?: string;
}

/** Starts processes. */
export function processSpawner(options: SpawnOptions): Spawn {
  return (program, args, logName) => {
    const child = start(program, args, options.programDirectory);
    const file = openLog(`${options.logdir}/${logName}`, options.rolling);
    const printed = Promise.all([copy(child.stdout, file), copy(child.stderr, file)]).then(() => file?.close());
    const ended = child.status.then(() => endOf(printed));
    return { pid: child.pid, ended, kill: (signal) => child.kill(signal) };
  };
}

function start(program: string, args: readonly string[], directory: string | undefined): Deno.ChildProcess {
  const spawn = (name: string): Deno.ChildProcess =>
    new Deno.Command(name, { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  try {
    return spawn(program);
  } catch (error) {
    const elsewhere = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
    if (!elsewhere || directory === undefined) throw error;
    return spawn(`${directory}/${program}`);
  }
}

/** A file that cannot be written is no reason not to start a server. */
function openLog(path: string, rolling: Rolling | undefined): RollingFile | undefined {
  try {
    return new RollingFile(path, true, rolling);
  } catch (error) {
    log.warn(`output is not kept: cannot open ${path}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** Reads a stream to its end, whether or not the file takes it: a full pipe would stop the process. */
async function copy(stream: ReadableStream<Uint8Array>, file: RollingFile | undefined): Promise<void> {
  let writable = file !== undefined;
  for await (const chunk of stream) {
    try {
      if (writable) file!.write(chunk);
    } catch (error) {
      writable = false;
      log.warn(`output is not kept any more: ${error instanceof Error ? error.message : error}`);
    }
  }
}

async function endOf(printed: Promise<void>): Promise<void> {
  const waiting = new AbortController();
  const late = systemClock.sleep(OUTPUT_PATIENCE_MS, waiting.signal).catch(() => {});
  await Promise.race([printed, late]);
  waiting.abort();
}
