import { byteStringOfText } from "../lib/base/byte_string.ts";
import { log } from "../lib/base/log.ts";
import type { Coordinator } from "../lib/cluster/coordinator.ts";
import { ensureNode, listNames } from "../lib/cluster/membership.ts";
import { ClusterPaths, parseEndpoint, proxiesPath, SUPERVISORS } from "../lib/cluster/paths.ts";
import type { Reader } from "../lib/msgpack/reader.ts";
import type { Writer } from "../lib/msgpack/writer.ts";
import { RpcClient } from "../lib/rpc/client.ts";
import { diagnostic } from "../lib/server/fatal.ts";
import { readZookeeperAuth } from "../lib/server/zookeeper_auth.ts";
import { type RequestOrigin, type ServerArguments, writeServerArguments } from "../lib/supervisor/server_arguments.ts";
import type { OptionValues } from "./options.ts";
import { type ToolContext, zookeeperHosts } from "./zookeeper_tool.ts";

/** What a call to a jubavisor or server may take. */
const CALL_TIMEOUT_MS = 10_000;
/** Exit code when no process is registered that could be called. */
const NOBODY_THERE = 255;

/** What jubactl was told. */
interface Request {
  readonly command: string;
  readonly program: string;
  readonly name: string;
  readonly type: string;
  readonly hosts: string;
  /** Results are one JSON value instead of lines for people. */
  readonly json: boolean;
  readonly options: OptionValues;
  readonly context: ToolContext;
}

/** What came of the call to one process. */
interface Result {
  /** Its `IP_PORT`. */
  readonly to: string;
  readonly ok: boolean;
  /** Why not. */
  readonly error?: string;
}

const commands: ReadonlyMap<string, (coordinator: Coordinator, request: Request) => Promise<number>> = new Map([
  ["start", control],
  ["stop", control],
  ["save", transfer],
  ["load", transfer],
  ["status", status],
]);

/**
 * The work of jubactl; returns the exit code. Unlike the original it goes on with the others when one
 * process cannot be reached, and exits 1 when anything failed.
 */
export async function jubactlMain(options: OptionValues, context: ToolContext): Promise<number> {
  const command = options.string("cmd");
  const hosts = zookeeperHosts(options.string("zookeeper"), context);
  if (hosts === undefined) return 1;
  const run = commands.get(command);
  if (run === undefined) {
    context.print(`unknown cmd: ${command}\n${context.usage}`);
    return 1;
  }
  const [program, name, type] = [options.string("server"), options.string("name"), options.string("type")];
  const json = options.flag("json");
  const auth = readZookeeperAuth(options.string("zookeeper_auth"));
  try {
    await using coordinator = await context.connect(hosts, auth);
    return await run(coordinator, { command, program, name, type, hosts, json, options, context });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.print(json ? `${JSON.stringify({ command, error: message })}\n` : `${diagnostic(error)}\n\n`);
    return 1;
  }
}

/** `start` and `stop`: asks every jubavisor in turn. */
async function control(coordinator: Coordinator, request: Request): Promise<number> {
  const { command, options } = request;
  const target = `${request.program}/${request.name}`;
  if (command === "start") {
    const paths = new ClusterPaths(request.type, request.name);
    for (const path of [paths.root, paths.nodes]) {
      await ensureNode(coordinator, path).catch((error) => log.error(error.message));
    }
  }
  const supervisors = await listNames(coordinator, SUPERVISORS);
  const args = serverArguments(options);
  const origin: RequestOrigin = { type: request.type, zookeeper: request.hosts, target };
  const shares = share(options.number("num"), supervisors.length);
  const results: Result[] = [];
  for (const [i, supervisor] of supervisors.entries()) {
    results.push(
      await attempt(request, target, supervisor, () =>
        call(supervisor, command, (writer) => {
          writer.writeArrayHeader(command === "start" ? 3 : 2);
          writer.writeByteString(byteStringOfText(target));
          writer.writeInt(shares[i]!);
          if (command === "start") writeServerArguments(writer, args, origin);
        }, (result) => {
          const outcome = result.readInteger();
          if (outcome !== 0) throw new Error(String(outcome));
        })),
    );
  }
  return finish(request, target, results);
}

/** `save` and `load`: asks every server in turn. */
async function transfer(coordinator: Coordinator, request: Request): Promise<number> {
  const { command, name, options } = request;
  const id = options.string("id") === "" ? name : options.string("id");
  const servers = await listNames(coordinator, new ClusterPaths(request.type, name).nodes);
  const results: Result[] = [];
  for (const server of servers) {
    results.push(
      await attempt(request, name, server, () =>
        call(server, command, (writer) => {
          writer.writeArrayHeader(2);
          writer.writeByteString(byteStringOfText(name));
          writer.writeByteString(byteStringOfText(id));
        }, (result) => {
          // `load` says whether it worked; `save` names its files.
          if (result.peek() === "boolean" && !result.readBoolean()) throw new Error("false");
        })),
    );
  }
  return finish(request, name, results);
}

/** `status`: who is registered. */
async function status(coordinator: Coordinator, request: Request): Promise<number> {
  const { type, name, json, context } = request;
  const [proxies, supervisors, servers] = [
    await listNames(coordinator, proxiesPath(type)),
    await listNames(coordinator, SUPERVISORS),
    await listNames(coordinator, new ClusterPaths(type, name).nodes),
  ];
  if (json) {
    context.print(`${JSON.stringify({ command: "status", proxies, supervisors, servers })}\n`);
    return 0;
  }
  const [blue, plain] = context.isTerminal ? ["\x1b[34m", "\x1b[0m"] : ["", ""];
  // As published; 1.1.1 itself calls the proxies of any type "jubaproxy", and does not indent.
  for (
    const [what, members] of [[`juba${type}_proxy`, proxies], ["jubavisor", supervisors], [name, servers]] as const
  ) {
    context.print(`${blue}active ${what} members:${plain}\n`);
    for (const member of members) context.print(` ${member}\n`);
  }
  return 0;
}

/** Makes one call and tells how it went. */
async function attempt(
  { command, json, context }: Request,
  target: string,
  member: string,
  make: () => Promise<void>,
): Promise<Result> {
  if (!json) context.print(`sending ${command} / ${target} to ${member}...`);
  let result: Result;
  try {
    await make();
    result = { to: member, ok: true };
  } catch (error) {
    result = { to: member, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
  if (!json) context.print(result.ok ? "ok.\n" : "failed.\n");
  if (!result.ok) log.error(`can't do '${command} ${target}' in ${member.replace("_", " ")}:${result.error}`);
  return result;
}

/** Tells that there was nobody to call, or prints the results; returns the exit code. */
function finish({ command, json, context }: Request, target: string, results: readonly Result[]): number {
  if (json) context.print(`${JSON.stringify({ command, target, results })}\n`);
  if (results.length === 0) {
    log.info(`no server to ${command} ${target}`);
    return NOBODY_THERE;
  }
  return results.every((result) => result.ok) ? 0 : 1;
}

/** One call to the process registered as `member`; throws when it fails. */
async function call(
  member: string,
  method: string,
  params: (writer: Writer) => void,
  check: (result: Reader) => void,
): Promise<void> {
  const endpoint = parseEndpoint(member);
  if (endpoint === undefined) throw new Error(`not of the form IP_PORT: ${member}`);
  await using client = new RpcClient({ ...endpoint, timeoutMs: CALL_TIMEOUT_MS });
  await client.call(method, params, check);
}

/** Spreads `count` processes over the jubavisors; one on each when `count` is 0. */
function share(count: number, supervisors: number): number[] {
  const total = count === 0 ? supervisors : count;
  const least = Math.floor(total / supervisors);
  return Array.from({ length: supervisors }, (_, i) => i < total % supervisors ? least + 1 : least);
}

function serverArguments(options: OptionValues): ServerArguments {
  return {
    bindInterface: options.string("listen_if"),
    timeoutSec: options.number("timeout"),
    zookeeperTimeoutSec: options.number("zookeeper_timeout"),
    interconnectTimeoutSec: options.number("interconnect_timeout"),
    threads: options.number("thread"),
    datadir: options.string("datadir"),
    logdir: options.string("logdir"),
    logConfig: options.string("log_config"),
    intervalSec: options.number("interval_sec"),
    intervalCount: options.number("interval_count"),
    mixer: options.string("mixer"),
  };
}
