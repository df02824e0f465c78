import { assertEquals } from "@std/assert";
import { log } from "../../lib/base/log.ts";
import { zookeeperLog } from "../../lib/cluster/session_log.ts";
import { logZookeeper, reopenZookeeperLog, zookeeperLogPath } from "../../lib/server/zookeeper_log.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

/** Runs `body` with a directory and the lines of the program's log, and silences both logs afterwards. */
function withLogs(body: (directory: TemporaryDirectory, lines: string[]) => void): void {
  using temporary = new TemporaryDirectory();
  const lines: string[] = [];
  log.setSinks([{ write: (line) => lines.push(line), format: ({ level, message }) => `${level} ${message}` }]);
  try {
    body(temporary, lines);
  } finally {
    logZookeeper(""); // closes the file
    zookeeperLog.setSinks([]);
    log.setSinks([]);
  }
}

/** Events of the lines in a file. */
function eventsOf(path: string): string[] {
  const lines = Deno.readTextFileSync(path).split("\n").slice(0, -1);
  return lines.map((line) => {
    const [, pid, event] = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:(\d+):(ZOO_.*)$/.exec(line)!;
    assertEquals(Number(pid), Deno.pid);
    return event!;
  });
}

Deno.test("zookeeperLogPath names program, address and process, below the real directory", () => {
  using temporary = new TemporaryDirectory();
  const server = { program: "jubastat", advertisedAddress: "192.0.2.1", port: 9199 };
  assertEquals(zookeeperLogPath({ ...server, logdir: "" }), "");
  Deno.mkdirSync(`${temporary.path}/a`);
  assertEquals(
    zookeeperLogPath({ ...server, logdir: `${temporary.path}/a/..` }),
    `${temporary.path}/jubastat.192.0.2.1_9199.zklog.${Deno.pid}`,
  );
});

Deno.test("logZookeeper appends to the file, which the first line opens", () => {
  withLogs((temporary, lines) => {
    const path = `${temporary.path}/zklog`;
    logZookeeper(path);
    reopenZookeeperLog();
    assertEquals(temporary.list(), []);
    zookeeperLog.info("a: 1");
    logZookeeper(path);
    zookeeperLog.warn("b: 2");
    zookeeperLog.error("c: 3");
    assertEquals(eventsOf(path), ["ZOO_INFO@a: 1", "ZOO_WARN@b: 2", "ZOO_ERROR@c: 3"]);
    assertEquals(lines, []);
  });
});

Deno.test("reopenZookeeperLog goes on in a new file at once when the old one was renamed", () => {
  withLogs((temporary) => {
    const path = `${temporary.path}/zklog`;
    logZookeeper(path);
    zookeeperLog.info("a: 1");
    Deno.renameSync(path, `${path}.1`);
    zookeeperLog.info("a: 2");
    reopenZookeeperLog();
    assertEquals(temporary.list(), ["zklog", "zklog.1"]);
    zookeeperLog.info("a: 3");
    assertEquals(eventsOf(`${path}.1`), ["ZOO_INFO@a: 1", "ZOO_INFO@a: 2"]);
    assertEquals(eventsOf(path), ["ZOO_INFO@a: 3"]);
  });
});

Deno.test("logZookeeper tells the program's log once when the disk is full, and drops the lines", () => {
  withLogs((_, lines) => {
    logZookeeper("/dev/full");
    for (let i = 0; i < 3; i++) zookeeperLog.info("a: 1");
    assertEquals(lines, ["error cannot write the ZooKeeper log /dev/full: No space left on device"]);
  });
});

Deno.test("logZookeeper tells once that a file cannot be opened, and writes when it can be again", () => {
  withLogs((temporary, lines) => {
    const path = `${temporary.path}/later/zklog`;
    const complaint = `error cannot write the ZooKeeper log ${path}: No such file or directory`;
    logZookeeper(path);
    zookeeperLog.info("a: 1");
    zookeeperLog.info("a: 2");
    reopenZookeeperLog();
    assertEquals(lines, [complaint]);
    Deno.mkdirSync(`${temporary.path}/later`);
    zookeeperLog.info("a: 3");
    assertEquals(eventsOf(path), ["ZOO_INFO@a: 3"]);
    Deno.removeSync(`${temporary.path}/later`, { recursive: true });
    reopenZookeeperLog();
    assertEquals(lines, [complaint, complaint]);
  });
});
