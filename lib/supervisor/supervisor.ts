import { type Clock, systemClock } from "../base/clock.ts";
import { log } from "../base/log.ts";
import { explainPermission } from "../base/permission.ts";
import type { PortPool } from "./port_pool.ts";
import { type ServerArguments, serverCommandLine } from "./server_arguments.ts";
import type { ServerProcess, Spawn } from "./server_process.ts";

/** Answers of {@link Supervisor.start}. */
const STARTED = 0;
const FAILED = -1;
/** What may be started: whoever reaches the port should not be able to start just anything. */
const STARTABLE = /^juba[a-z_]+$/;
/** A server that neither listens nor has ended after this is taken for one that starts slowly. jubactl waits 10 s. */
const START_PATIENCE_MS = 3000;
const START_POLL_MS = 50;
/** How long servers may take to end before they are killed. */
const STOP_TIMEOUT_MS = 60_000;

/** What a supervisor is given. */
export interface SupervisorOptions {
  /** The ensemble its servers shall use. */
  readonly zookeeper: string;
  /** File of the credentials for it; empty for none. */
  readonly zookeeperAuth?: string;
  readonly ports: PortPool;
  readonly spawn: Spawn;
  /** Whether a server that was started with these arguments listens at a port. */
  readonly isListening: (port: number, args: ServerArguments) => Promise<boolean>;
  readonly clock?: Clock;
}

interface Child {
  readonly program: string;
  readonly port: number;
  readonly process: ServerProcess;
  /** File that keeps what it prints. */
  readonly logName: string;
  /** Told to end; no longer counted. */
  stopping: boolean;
  hasEnded: boolean;
  /** Settles when the process has ended and its port has come back. */
  gone: Promise<void>;
}

/**
 * The servers of one host, by cluster name. A server that ends is forgotten, not restarted, and its
 * port is lent again.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #spawn: Spawn;
  readonly #clock: Clock;
  readonly #children = new Map<string, Set<Child>>();
  /** Set by {@link stopAll}: nothing is started any more. */
  #ending = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#spawn = options.spawn;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Starts servers until `count` of `target` (`PROGRAM/NAME`) run. Returns 0, or -1: more than `count` run already,
   * there are too few ports, the program cannot be started, or (1.1.1 does not look) a server has ended at once.
   */
  async start(target: string, count: number, args: ServerArguments): Promise<number> {
    log.info(`starting ${count} processes on ${target}`);
    const parsed = parseTarget(target);
    if (parsed === undefined) return refuse(`not of the form PROGRAM/NAME: '${target}'`);
    if (this.#ending) return refuse("jubavisor is stopping");
    const { program, name } = parsed;
    if (!STARTABLE.test(program)) return refuse(`only juba* programs are started, not '${program}'`);
    const running = [...this.#children.get(name) ?? []].filter((child) => !child.stopping).length;
    if (count < running) return refuse(`${running} ${name} already running at this machine.`);
    const wanted = count - running;
    const { ports } = this.#options;
    const remaining = ports.size;
    if (wanted > remaining) {
      log.error(`cannot spawn more than ${remaining + this.#count()} processes.`);
      return refuse(`currently remaining ${remaining} while ${wanted} requested.`);
    }
    const taken = ports.take(wanted);
    if (taken === undefined) return refuse(`other programs use too many ports: no ${wanted} of ${remaining} are free`);
    const started: Child[] = [];
    for (const [i, port] of taken.entries()) {
      const child = this.#startOne(program, name, port, args);
      if (child === undefined) {
        for (const unused of taken.slice(i)) ports.giveBack(unused);
        return FAILED;
      }
      started.push(child);
    }
    const areUp = await Promise.all(started.map((child) => this.#comesUp(child, args)));
    return areUp.every((isUp) => isUp) ? STARTED : FAILED;
  }

  /** Ends all servers of `target` and waits for them. Returns 0, or minus the number that could not be signalled. */
  async stop(target: string): Promise<number> {
    const parsed = parseTarget(target);
    if (parsed === undefined) return refuse(`not of the form PROGRAM/NAME: '${target}'`);
    const children = this.#children.get(parsed.name);
    if (children === undefined) {
      log.info(`${parsed.name} is not in children.`);
      return STARTED;
    }
    return await this.#end([...children]);
  }

  /** Ends all servers and waits for them. No others are started any more. */
  async stopAll(): Promise<void> {
    this.#ending = true;
    await this.#end([...this.#children.values()].flatMap((children) => [...children]));
  }

  #count(): number {
    return [...this.#children.values()].reduce((sum, children) => sum + children.size, 0);
  }

  #startOne(program: string, name: string, port: number, args: ServerArguments): Child | undefined {
    log.info(`forking ${program} with port ${port}`);
    const logName = `${program}.${name.replaceAll("/", "_")}.${port}.log`;
    let process: ServerProcess;
    try {
      const { zookeeper, zookeeperAuth = "" } = this.#options;
      process = this.#spawn(program, serverCommandLine(args, { zookeeper, zookeeperAuth, name, port }), logName);
    } catch (error) {
      const reason = explainPermission(error) ?? (error instanceof Error ? error.message : String(error));
      log.error(`cannot start ${program}: ${reason}`);
      return undefined;
    }
    log.info(`forked - pid: ${process.pid}`);
    const state = { stopping: false, hasEnded: false, gone: Promise.resolve() };
    const child: Child = { program, port, process, logName, ...state };
    const siblings = this.#children.get(name) ?? new Set();
    this.#children.set(name, siblings.add(child));
    child.gone = this.#forget(name, child);
    return child;
  }

  /** False when a new server ends before it listens, and nobody has told it to. */
  async #comesUp(child: Child, args: ServerArguments): Promise<boolean> {
    const { isListening } = this.#options;
    const giveUpAt = this.#clock.now() + START_PATIENCE_MS;
    while (!child.hasEnded && !child.stopping && this.#clock.now() < giveUpAt) {
      if (await isListening(child.port, args)) return true;
      const pause = new AbortController();
      await Promise.race([child.gone, this.#clock.sleep(START_POLL_MS, pause.signal).catch(() => {})]);
      pause.abort();
    }
    if (!child.hasEnded || child.stopping) return true;
    log.error(`${child.program} with port ${child.port} has ended at once: see ${child.logName}`);
    return false;
  }

  /** Waits for a child's end and takes its port back. */
  async #forget(name: string, child: Child): Promise<void> {
    await child.process.ended.catch(() => {});
    child.hasEnded = true;
    log.info(`${child.program} with port ${child.port} exited pid: ${child.process.pid}`);
    const siblings = this.#children.get(name);
    siblings?.delete(child);
    if (siblings?.size === 0) this.#children.delete(name);
    this.#options.ports.giveBack(child.port);
  }

  /** Signals all, then waits for all; kills those that do not end in time. */
  async #end(children: readonly Child[]): Promise<number> {
    let failures = 0;
    for (const child of children) {
      child.stopping = true;
      try {
        child.process.kill("SIGTERM");
      } catch (error) {
        // One that has just ended by itself is no failure.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) failures++;
      }
    }
    const ended = Promise.all(children.map((child) => child.gone));
    const waiting = new AbortController();
    const late = this.#clock.sleep(STOP_TIMEOUT_MS, waiting.signal).then(() => true, () => false);
    if (await Promise.race([ended.then(() => false), late])) {
      for (const { program, port, process } of children) {
        try {
          process.kill("SIGKILL");
          log.warn(`${program} with port ${port} did not stop, killed pid: ${process.pid}`);
        } catch {
          // It has ended.
        }
      }
      await ended;
    }
    waiting.abort();
    return failures === 0 ? 0 : -failures;
  }
}

/** Program before the first slash, cluster name behind it; the whole text is both when there is no slash. */
function parseTarget(target: string): { program: string; name: string } | undefined {
  const slash = target.indexOf("/");
  const program = slash < 0 ? target : target.slice(0, slash);
  const name = slash < 0 ? target : target.slice(slash + 1);
  if (/\s/.test(target) || program === "" || program.startsWith(".") || name === "") return undefined;
  return { program, name };
}

function refuse(reason: string): number {
  log.error(reason);
  return FAILED;
}
