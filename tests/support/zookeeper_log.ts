/**
 * The ZooKeeper client's log as programs write it: to standard error, or with `--logdir` to a file.
 *
 * @module
 */

/** One line, with what matters of it: process, severity and event, and the text. */
const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:(\d+):(ZOO_(?:INFO|WARN|ERROR)@\w+): (.*)\n/gm;

/** One event. */
export interface LoggedEvent {
  readonly pid: number;
  /** Such as `ZOO_INFO@connected`. */
  readonly event: string;
  readonly text: string;
}

/** The events in a log; other lines are left out. */
export function zookeeperEvents(log: string): LoggedEvent[] {
  return [...log.matchAll(LINE)].map(([, pid, event, text]) => ({ pid: Number(pid), event: event!, text: text! }));
}

/** What a program has written to standard error besides this log. */
export function withoutZookeeperLog(stderr: string): string {
  return stderr.replace(LINE, "");
}
