/**
 * The ZooKeeper client's own log: what becomes of the connection to the ensemble, apart from the log of the program, as
 * with the C client that 1.1.1 is built on. Lines begin as that one's do, so that what looks for `ZOO_ERROR@` finds them:
 *
 * ```
 * 2019-05-16 14:18:26,123:4711:ZOO_INFO@connected: to 10.0.0.1:2181, session 0x1a, negotiated timeout 10000 ms
 * ```
 *
 * Unlike that one's they tell of events only. What is tried five times a second is told once, until it succeeds.
 *
 * @module
 */
import { Logger } from "../base/log.ts";
import { type LogFormat, patternFormat } from "../base/log_format.ts";

/** Where all sessions of this process log to. Silent until it is given a sink. */
export const zookeeperLog: Logger = new Logger();

/** Layout of its lines: time, process, severity, and the message, which begins with the event's name. */
export const zookeeperLogFormat: LogFormat = patternFormat("%d:%t:ZOO_%p@%m%n");

/** The log of one session. Methods are named for what has happened. */
export class SessionLog {
  /** The ensemble as the user wrote it. */
  readonly #hosts: string;
  /** How many servers that are. */
  readonly #servers: number;
  readonly #log: Logger;
  /** Attempts and failures that were told since the last connection. */
  readonly #told = new Set<string>();
  /** Connections tried since the last one that was accepted. */
  #attempts = 0;
  /** Empty before the first connection. */
  #sessionId = "";
  /** The session is no more; that it is given up is no news. */
  #ended = false;

  constructor(hosts: string, servers: number, log: Logger = zookeeperLog) {
    this.#hosts = hosts;
    this.#servers = servers;
    this.#log = log;
  }

  opening(timeoutMs: number): void {
    this.#log.info(`opening: session with ${this.#hosts}, timeout wanted ${timeoutMs} ms`);
  }

  connecting(server: string): void {
    this.#attempts++;
    if (this.#isNew(server)) this.#log.info(`connecting: to ${server}`);
  }

  /** A connection was not made, or the server did not go on with the session on it. */
  failed(server: string, reason: string): void {
    if (this.#isNew(`${server} ${reason}`)) this.#log.error(`connecting: to ${server} failed: ${reason}`);
    if (this.#attempts === this.#servers) {
      this.#log.warn(`connecting: no server of ${this.#hosts} answers; still trying`);
    }
  }

  /** `address` is what the server's name stands for. */
  connected(server: string, address: string, sessionId: string, timeoutMs: number): void {
    const where = server === address ? server : `${server} (${address})`;
    const session = `to ${where}, session 0x${sessionId}, negotiated timeout ${timeoutMs} ms`;
    if (this.#sessionId === "") this.#log.info(`connected: ${session}`);
    else this.#log.info(`reconnected: ${session}, attempts ${this.#attempts}`);
    this.#sessionId = sessionId;
    this.#attempts = 0;
    this.#told.clear();
  }

  disconnected(server: string, reason: string): void {
    this.#log.error(`disconnected: from ${server}: ${reason}`);
  }

  expired(): void {
    this.#ended = true;
    this.#log.error(`expired: session 0x${this.#sessionId}`);
  }

  authenticationFailed(server: string): void {
    this.#ended = true;
    this.#log.error(`authentication_failed: ${server} refuses the credentials`);
  }

  /** The program has given the session up; `isTold` when the ensemble knows, and need not wait for it to time out. */
  closed(isTold: boolean): void {
    if (this.#ended) return;
    const session = `closed: session 0x${this.#sessionId}`;
    if (this.#sessionId === "") this.#log.info("closed: there was no session");
    else if (isTold) this.#log.info(session);
    else this.#log.warn(`${session}, without connection: the ensemble ends it by its timeout`);
  }

  #isNew(text: string): boolean {
    const known = this.#told.size;
    return this.#told.add(text).size > known;
  }
}
