import { assertEquals } from "@std/assert";
import { Logger } from "../../lib/base/log.ts";
import { SessionLog, zookeeperLog, zookeeperLogFormat } from "../../lib/cluster/session_log.ts";

const A = "10.0.0.1:2181";
const B = "zk2:2181";
const HOSTS = `${A},${B}/chroot`;
const HEAD = "2019-05-16 14:18:26,123:4711:";

/** The log of a session with two servers, at a fixed time, and the lines it has written since they were last asked for. */
function collecting(): { log: SessionLog; lines: () => string[] } {
  const lines: string[] = [];
  const logger = new Logger();
  logger.configure({ threadId: 4711, now: () => new Date(2019, 4, 16, 14, 18, 26, 123).getTime() });
  logger.setSinks([{ write: (line) => lines.push(line), format: zookeeperLogFormat }]);
  return { log: new SessionLog(HOSTS, 2, logger), lines: () => lines.splice(0) };
}

Deno.test("SessionLog begins lines as the C client does and tells a session's life", () => {
  const { log, lines } = collecting();
  log.opening(10_000);
  log.connecting(B);
  log.connected(B, "10.0.0.2:2181", "1a2b", 6000);
  log.disconnected(B, "read ECONNRESET");
  log.connecting(A);
  log.connected(A, A, "1a2b", 6000);
  log.closed(true);
  assertEquals(lines(), [
    `${HEAD}ZOO_INFO@opening: session with ${HOSTS}, timeout wanted 10000 ms\n`,
    `${HEAD}ZOO_INFO@connecting: to ${B}\n`,
    `${HEAD}ZOO_INFO@connected: to ${B} (10.0.0.2:2181), session 0x1a2b, negotiated timeout 6000 ms\n`,
    `${HEAD}ZOO_ERROR@disconnected: from ${B}: read ECONNRESET\n`,
    `${HEAD}ZOO_INFO@connecting: to ${A}\n`,
    `${HEAD}ZOO_INFO@reconnected: to ${A}, session 0x1a2b, negotiated timeout 6000 ms, attempts 1\n`,
    `${HEAD}ZOO_INFO@closed: session 0x1a2b\n`,
  ]);
});

Deno.test("SessionLog tells each server and each failure once until a connection is made", () => {
  const { log, lines } = collecting();
  const outage = (): void => {
    for (let i = 0; i < 500; i++) {
      const server = i % 2 === 0 ? A : B;
      log.connecting(server);
      // Reasons may come by turns.
      log.failed(server, server === B || i % 4 === 0 ? "refused" : "unreachable");
    }
  };
  const told = [
    `${HEAD}ZOO_INFO@connecting: to ${A}\n`,
    `${HEAD}ZOO_ERROR@connecting: to ${A} failed: refused\n`,
    `${HEAD}ZOO_INFO@connecting: to ${B}\n`,
    `${HEAD}ZOO_ERROR@connecting: to ${B} failed: refused\n`,
    `${HEAD}ZOO_WARN@connecting: no server of ${HOSTS} answers; still trying\n`,
    `${HEAD}ZOO_ERROR@connecting: to ${A} failed: unreachable\n`,
  ];
  outage();
  assertEquals(lines(), told);
  log.connecting(A);
  log.connected(A, A, "1", 6000);
  assertEquals(lines(), [`${HEAD}ZOO_INFO@connected: to ${A}, session 0x1, negotiated timeout 6000 ms\n`]);
  log.disconnected(A, "the server has closed the connection");
  assertEquals(lines().length, 1);
  outage();
  assertEquals(lines(), told);
  log.connecting(B);
  log.connected(B, B, "1", 6000);
  assertEquals(lines(), [
    `${HEAD}ZOO_INFO@reconnected: to ${B}, session 0x1, negotiated timeout 6000 ms, attempts 501\n`,
  ]);
});

Deno.test("SessionLog says how a session ended", () => {
  const ends: [end: (log: SessionLog) => void, line: string][] = [
    [(log) => log.closed(true), "ZOO_INFO@closed: session 0x1"],
    [
      (log) => log.closed(false),
      "ZOO_WARN@closed: session 0x1, without connection: the ensemble ends it by its timeout",
    ],
    [(log) => log.expired(), "ZOO_ERROR@expired: session 0x1"],
    [(log) => log.authenticationFailed(A), `ZOO_ERROR@authentication_failed: ${A} refuses the credentials`],
  ];
  for (const [end, line] of ends) {
    const { log, lines } = collecting();
    log.connected(A, A, "1", 6000);
    lines();
    end(log);
    assertEquals(lines(), [`${HEAD}${line}\n`]);
  }
  const { log, lines } = collecting();
  log.closed(false);
  assertEquals(lines(), [`${HEAD}ZOO_INFO@closed: there was no session\n`]);
});

Deno.test("SessionLog does not tell that a session was given up that is no more", () => {
  for (const end of ["expired", "authenticationFailed"] as const) {
    const { log, lines } = collecting();
    log[end](A);
    lines();
    log.closed(false);
    assertEquals(lines(), []);
  }
});

Deno.test("zookeeperLog is silent where no program gives it a sink", () => {
  assertEquals(zookeeperLog.enabled("fatal"), false);
});
