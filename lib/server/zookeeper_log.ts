/**
 * Where a program's ZooKeeper log goes: standard error, or a file. Programs that ask for neither discard it.
 *
 * @module
 */
import { log } from "../base/log.ts";
import { RollingFile } from "../base/rolling_file.ts";
import { formatEndpoint } from "../cluster/paths.ts";
import { zookeeperLog, zookeeperLogFormat } from "../cluster/session_log.ts";
import { realPath } from "./fatal.ts";
import { type LineWriter, stderrWriter } from "./log_sinks.ts";
import type { ListenerSettings } from "./server_options.ts";
import { errorText } from "./system_error.ts";

/** The file in use, if it is one. */
let file: ZookeeperLogFile | undefined;

/** The file of a server or proxy, absolute because a daemon leaves its directory; empty without `--logdir`. */
export function zookeeperLogPath(
  { logdir, program, advertisedAddress, port }: Pick<
    ListenerSettings,
    "logdir" | "program" | "advertisedAddress" | "port"
  >,
): string {
  if (logdir === "") return "";
  return `${realPath(logdir)}/${program}.${formatEndpoint({ host: advertisedAddress, port })}.zklog.${Deno.pid}`;
}

/** Writes the ZooKeeper log to a file, which the first line opens, or to standard error if `path` is empty. */
export function logZookeeper(path: string): void {
  file?.close();
  file = path === "" ? undefined : new ZookeeperLogFile(path);
  const writer: LineWriter = file ?? stderrWriter();
  zookeeperLog.configure({ threadId: Deno.pid });
  zookeeperLog.setSinks([{ write: (line) => writer.write(line), format: zookeeperLogFormat }]);
}

/** Goes on in a new file where the old one was renamed (SIGHUP). */
export function reopenZookeeperLog(): void {
  file?.reopen();
}

/** Is appended to. What cannot be written is lost, which the program's log tells once until it works again. */
class ZookeeperLogFile implements LineWriter {
  readonly #path: string;
  /** Open from a line that was written to one that cannot be. */
  #file: RollingFile | undefined;
  #failing = false;

  constructor(path: string) {
    this.#path = path;
  }

  write(line: string): void {
    try {
      this.#file ??= new RollingFile(this.#path, true);
      this.#file.write(new TextEncoder().encode(line));
      this.#failing = false;
    } catch (error) {
      this.close();
      if (!this.#failing) log.error(`cannot write the ZooKeeper log ${this.#path}: ${errorText(error)}`);
      this.#failing = true;
    }
  }

  reopen(): void {
    if (this.#file === undefined) return; // The next line opens it.
    this.close();
    this.write("");
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
