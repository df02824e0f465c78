/**
 * Where things are in the tree, the layout of Jubatus 1.1.1.
 *
 * @module
 */

/** Address under which a process is known to the others. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Node name of an endpoint: `HOST_PORT`. */
export function formatEndpoint(endpoint: Endpoint): string {
  return `${endpoint.host}_${endpoint.port}`;
}

/** The endpoint a node name stands for: host before the first `_`, port behind it; nothing when there is no port. */
export function parseEndpoint(name: string): Endpoint | undefined {
  const underscore = name.indexOf("_");
  const digits = /^\d{1,5}/.exec(name.slice(underscore + 1));
  if (underscore <= 0 || digits === null) return undefined;
  const port = Number(digits[0]);
  return port > 65535 ? undefined : { host: name.slice(0, underscore), port };
}

/** Root of everything. */
export const ROOT = "/jubatus";
/** Parent of one node per jubavisor. */
export const SUPERVISORS = "/jubatus/supervisors";
/** Parent of one directory per type of proxy. */
export const PROXIES = "/jubatus/jubaproxies";
/** Parent of one directory per type of server. */
export const ACTORS = "/jubatus/actors";
/** Parent of one directory of configurations per type of server. */
export const CONFIGS = "/jubatus/config";

/** Node of one jubavisor. */
export function supervisorPath(endpoint: Endpoint): string {
  return `${SUPERVISORS}/${formatEndpoint(endpoint)}`;
}

/** Parent of the proxies of one type. */
export function proxiesPath(type: string): string {
  return `${PROXIES}/${type}`;
}

/** Node of one proxy. */
export function proxyPath(type: string, endpoint: Endpoint): string {
  return `${PROXIES}/${type}/${formatEndpoint(endpoint)}`;
}

/** Parent of the clusters of one type. */
export function actorTypePath(type: string): string {
  return `${ACTORS}/${type}`;
}

/** Parent of the configurations of one type. */
export function configTypePath(type: string): string {
  return `${CONFIGS}/${type}`;
}

/** Holds the configuration text of one cluster. */
export function configPath(type: string, name: string): string {
  return `${CONFIGS}/${type}/${name}`;
}

/** The directories of one cluster. */
export class ClusterPaths {
  /** Parent of all below. */
  readonly root: string;
  /** Held for reading by servers, for writing by jubaconfig. */
  readonly configLock: string;
  /** Held by the master of a MIX round. */
  readonly masterLock: string;
  /** Parent of one node per running server. */
  readonly nodes: string;
  /** Parent of one node per server with an up-to-date model. */
  readonly actives: string;
  /** Parent of the virtual nodes of the hash ring. */
  readonly ring: string;
  /** Its version is the last id given out. */
  readonly idGenerator: string;

  constructor(type: string, name: string) {
    this.root = `${ACTORS}/${type}/${name}`;
    this.configLock = `${this.root}/config_lock`;
    this.masterLock = `${this.root}/master_lock`;
    this.nodes = `${this.root}/nodes`;
    this.actives = `${this.root}/actives`;
    this.ring = `${this.root}/cht`;
    this.idGenerator = `${this.root}/id_generator`;
  }

  /** A running server; deleting this node stops it. */
  node(endpoint: Endpoint): string {
    return `${this.nodes}/${formatEndpoint(endpoint)}`;
  }

  /** A server with an up-to-date model. */
  active(endpoint: Endpoint): string {
    return `${this.actives}/${formatEndpoint(endpoint)}`;
  }
}
