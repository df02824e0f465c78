/**
 * How servers, proxies and jubavisors make themselves known.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { log } from "../base/log.ts";
import { CoordinationError, type Coordinator, isCoordinationError } from "./coordinator.ts";
import { ringPlaces } from "./hash_ring.ts";
import {
  ACTORS,
  actorTypePath,
  ClusterPaths,
  CONFIGS,
  configTypePath,
  type Endpoint,
  formatEndpoint,
  parseEndpoint,
  PROXIES,
  proxiesPath,
  proxyPath,
  ROOT,
  supervisorPath,
  SUPERVISORS,
} from "./paths.ts";

/** An ensemble may let a session live a little longer than its timeout. */
const EXPIRY_SLACK_MS = 3000;
/** How often a node is created anew when the answer is lost. */
const CREATE_TRIES = 3;

/** Patience with the node of a predecessor that died without closing its session. */
export interface RegistrationOptions {
  readonly clock?: Clock;
  /** How long to wait for such a node to go; by default a session timeout and some slack. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

/** Creates a persistent node, or finds that it exists. */
export async function ensureNode(coordinator: Coordinator, path: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      await coordinator.create(path, "persistent");
      return;
    } catch (error) {
      if (isCoordinationError(error, "node_exists")) return;
      // Whether the node exists is not told to those who may not create it.
      if (isCoordinationError(error, "not_authenticated") && await coordinator.exists(path) !== null) return;
      if (!isCoordinationError(error, "connection_loss") || attempt === CREATE_TRIES) throw error;
    }
  }
}

/** Creates the directories all need, those of `type`, and of the cluster if `name` is given; in Jubatus' order. */
export async function prepareTree(coordinator: Coordinator, type: string, name?: string): Promise<void> {
  const paths = [ROOT, SUPERVISORS, PROXIES, ACTORS, CONFIGS, actorTypePath(type), configTypePath(type)];
  if (name !== undefined) {
    const cluster = new ClusterPaths(type, name);
    paths.push(cluster.root, cluster.configLock);
  }
  await prepare(coordinator, paths);
}

/** Creates the directories a jubavisor needs. */
export async function prepareSupervisorTree(coordinator: Coordinator): Promise<void> {
  await prepare(coordinator, [ROOT, SUPERVISORS, ACTORS]);
}

async function prepare(coordinator: Coordinator, paths: readonly string[]): Promise<void> {
  let failure: unknown;
  for (const path of paths) {
    try {
      await ensureNode(coordinator, path);
    } catch (error) {
      failure = error;
      if (error instanceof Error) log.error(error.message);
      if (!isCoordinationError(error, "no_node")) break;
    }
  }
  if (failure !== undefined) throw registrationError("Failed to prepare lock_service", failure);
}

/** Makes a proxy known; call it once the proxy listens. */
export async function registerProxy(
  coordinator: Coordinator,
  type: string,
  self: Endpoint,
  options?: RegistrationOptions,
): Promise<void> {
  const path = proxyPath(type, self);
  try {
    await ensureNode(coordinator, proxiesPath(type));
    await createOwnNode(coordinator, path, undefined, options);
  } catch (error) {
    throw registrationError("Failed to register_proxy", error);
  }
  log.info(`proxy created: ${path}`);
}

/** Makes a jubavisor known. */
export async function registerSupervisor(
  coordinator: Coordinator,
  self: Endpoint,
  options?: RegistrationOptions,
): Promise<void> {
  try {
    await createOwnNode(coordinator, supervisorPath(self), undefined, options);
  } catch (error) {
    throw registrationError("Failed to register_supervisor", error);
  }
}

/** The endpoints among a directory's children, in byte order of their names; none when there is no directory. */
export async function listEndpoints(coordinator: Coordinator, directory: string): Promise<Endpoint[]> {
  return (await listNames(coordinator, directory)).map(parseEndpoint).filter((endpoint) => endpoint !== undefined);
}

/** Names of a directory's children in byte order; none when there is no directory. */
export async function listNames(coordinator: Coordinator, directory: string): Promise<string[]> {
  try {
    return await coordinator.children(directory);
  } catch (error) {
    if (isCoordinationError(error, "no_node")) return [];
    throw error;
  }
}

/** One server's part in its cluster. */
export class Membership {
  /** The cluster's directories. */
  readonly paths: ClusterPaths;
  /** Where the others reach this server. */
  readonly self: Endpoint;
  readonly #coordinator: Coordinator;
  readonly #options: RegistrationOptions;
  /** Whether the server is registered as active; aborted when it is not any more. */
  #active: AbortController | undefined;

  constructor(
    coordinator: Coordinator,
    type: string,
    name: string,
    self: Endpoint,
    options: RegistrationOptions = {},
  ) {
    this.#coordinator = coordinator;
    this.#options = options;
    this.paths = new ClusterPaths(type, name);
    this.self = self;
  }

  /** Takes the server's places on the hash ring; before {@link registerNode}. */
  async registerRing(): Promise<void> {
    try {
      await ensureNode(this.#coordinator, this.paths.ring);
      const data = new TextEncoder().encode(formatEndpoint(this.self));
      for (const place of ringPlaces(this.self)) {
        await createOwnNode(this.#coordinator, `${this.paths.ring}/${place}`, data, this.#options);
      }
    } catch (error) {
      throw registrationError("Failed to register cht node", error);
    }
  }

  /** Makes the server known; call it once the server listens. */
  async registerNode(): Promise<void> {
    const path = this.paths.node(this.self);
    try {
      await ensureNode(this.#coordinator, this.paths.root);
      await ensureNode(this.#coordinator, this.paths.masterLock);
      await ensureNode(this.#coordinator, this.paths.nodes);
      await createOwnNode(this.#coordinator, path, undefined, this.#options);
    } catch (error) {
      throw registrationError("Failed to register_actor", error);
    }
    log.info(`actor created: ${path}`);
  }

  /** Calls `onDeleted` once if somebody deletes the server's node: the request to stop. */
  watchNode(onDeleted: () => void, signal: AbortSignal): void {
    const path = this.paths.node(this.self);
    log.info(`watch start: ${path}`);
    void this.#watchDeletion(path, signal, () => {
      log.info(`My actor [${path}] was deleted, preparing for finish`);
      onDeleted();
    });
  }

  /** Calls `onDeleted` once if a node is deleted or missing. Resolves when it is watched, if there is a connection. */
  async #watchDeletion(path: string, signal: AbortSignal, onDeleted: () => void): Promise<void> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    let armed = false;
    const deleted = (): void => {
      if (either.aborted) return;
      ended.abort();
      onDeleted();
    };
    const arm = async (): Promise<void> => {
      armed = true;
      try {
        const stat = await this.#coordinator.exists(path, (event) => {
          if (event.type === "deleted") deleted();
          else if (!either.aborted) void arm();
        });
        if (stat === null) deleted();
      } catch {
        // Without connection: once it is back. Without session the server ends anyway.
        armed = false;
      }
    };
    this.#coordinator.onSession((event) => {
      if (event === "recovered" && !armed) void arm();
    }, either);
    await arm();
  }

  /** Whether this server is registered as having an up-to-date model. */
  get active(): boolean {
    return this.#active !== undefined;
  }

  /** Tells the proxies that this server's model is up to date. Calls `onExcluded` if another server takes that back. */
  async registerActive(onExcluded: () => void = () => {}): Promise<void> {
    if (this.active) return;
    const path = this.paths.active(this.self);
    try {
      await ensureNode(this.#coordinator, this.paths.actives);
      await createOwnNode(this.#coordinator, path, undefined, this.#options);
    } catch (error) {
      throw registrationError("Failed to register_active", error);
    }
    const active = this.#active = new AbortController();
    log.info(`active created: ${path}`);
    await this.#watchDeletion(path, active.signal, () => {
      this.#active = undefined;
      onExcluded();
    });
  }

  /** Tells the proxies that this server's model is out of date. */
  async unregisterActive(): Promise<void> {
    if (this.#active === undefined) return;
    this.#active.abort();
    this.#active = undefined;
    const path = this.paths.active(this.self);
    await this.#removeActive(path);
    log.info(`active removed: ${path}`);
  }

  /** Tells all that another server's model is out of date; only for the holder of the master lock. */
  async exclude(server: Endpoint): Promise<void> {
    await this.#removeActive(this.paths.active(server));
  }

  async #removeActive(path: string): Promise<void> {
    try {
      await this.#coordinator.delete(path);
    } catch (error) {
      if (!isCoordinationError(error, "no_node")) throw error;
    }
  }

  /** All running servers of the cluster, this one included. */
  nodes(): Promise<Endpoint[]> {
    return listEndpoints(this.#coordinator, this.paths.nodes);
  }

  /** All servers of the cluster with an up-to-date model. */
  actives(): Promise<Endpoint[]> {
    return listEndpoints(this.#coordinator, this.paths.actives);
  }
}

/** Creates an ephemeral node, waiting for that of a dead predecessor to go. */
async function createOwnNode(
  coordinator: Coordinator,
  path: string,
  data: Uint8Array | undefined,
  options: RegistrationOptions = {},
): Promise<void> {
  const clock = options.clock ?? systemClock;
  const deadline = clock.now() + (options.patienceMs ?? coordinator.sessionTimeoutMs + EXPIRY_SLACK_MS);
  let told = false;
  while (true) {
    let failure: unknown;
    try {
      await coordinator.create(path, "ephemeral", data);
      return;
    } catch (error) {
      if (!mayHaveSucceeded(error) && !isCoordinationError(error, "node_exists")) throw error;
      failure = error;
    }
    const woken = new AbortController();
    const stat = await coordinator.exists(path, () => woken.abort());
    if (stat !== null && stat.ephemeralOwner === coordinator.sessionId) return;
    const left = deadline - clock.now();
    if (left <= 0) throw failure;
    if (stat === null) continue;
    if (!told) log.warn(`${path} exists; waiting ${Math.ceil(left / 1000)} sec for its owner's session to end`);
    told = true;
    await sleepUnless(woken.signal, clock, left, options.signal);
  }
}

/** Sleeps, or returns at once when `woken` aborts. */
async function sleepUnless(woken: AbortSignal, clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal === undefined ? woken : AbortSignal.any([woken, signal]));
  } catch {
    signal?.throwIfAborted();
  }
}

/** Whether a failed creation may have taken effect. */
function mayHaveSucceeded(error: unknown): boolean {
  return isCoordinationError(error, "connection_loss") || isCoordinationError(error, "operation_timeout");
}

function registrationError(message: string, cause: unknown): CoordinationError {
  if (!(cause instanceof CoordinationError)) throw cause;
  return new CoordinationError(message, cause.code, cause.path, cause);
}
