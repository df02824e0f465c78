/**
 * What the tools that work on ZooKeeper have in common: jubaconfig and jubactl.
 *
 * @module
 */
import type { Coordinator } from "../lib/cluster/coordinator.ts";
import { connectZookeeper, type ZookeeperAuth } from "../lib/cluster/zookeeper.ts";

/** Session and connect timeout of the tools. */
const TOOL_TIMEOUT_MS = 10_000;

/** The world as a tool sees it; replaced in tests. */
export interface ToolContext {
  /** The usage text, for messages about wrong options. */
  readonly usage: string;
  /** Writes results: bytes as they are, text as UTF-8. */
  readonly print: (result: Uint8Array | string) => void;
  /** Whether results go to a terminal, and may be coloured. */
  readonly isTerminal?: boolean;
  /** Opens a session. */
  readonly connect: (hosts: string, auth: readonly ZookeeperAuth[]) => Promise<Coordinator>;
  /** Environment variable `ZK`; empty when not set. */
  readonly environmentHosts: string;
}

/** The real world. */
export function toolContext(usage: string): ToolContext {
  return {
    usage,
    print: printToStdout,
    isTerminal: Deno.stdout.isTerminal(),
    connect: (hosts, auth) => connectZookeeper({ hosts, auth, sessionTimeoutMs: TOOL_TIMEOUT_MS }),
    environmentHosts: Deno.env.get("ZK") ?? "",
  };
}

/** Where ZooKeeper is: the option, else the environment. Nothing is found: says so, in the words of 1.1.1. */
export function zookeeperHosts(option: string, context: ToolContext): string | undefined {
  const hosts = option !== "" ? option : context.environmentHosts;
  if (hosts !== "") return hosts;
  context.print(`can't get ZK location: set 'ZK' environment or specify '-z <somezkaddrs>\n\n${context.usage}\n`);
  return undefined;
}

/** A closed pipe is the reader's wish, not a failure. */
export function printToStdout(result: Uint8Array | string): void {
  const bytes = typeof result === "string" ? new TextEncoder().encode(result) : result;
  try {
    for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
