import { byteStringOfText } from "../lib/base/byte_string.ts";
import { log } from "../lib/base/log.ts";
import type { Coordinator } from "../lib/cluster/coordinator.ts";
import { ensureNode, listNames } from "../lib/cluster/membership.ts";
import { ClusterPaths, parseEndpoint, proxiesPath, SUPERVISORS } from "../lib/cluster/paths.ts";
import type { Reader } from "../lib/msgpack/reader.ts";
import type { Writer } from "../lib/msgpack/writer.ts";
import { RpcClient } from "../lib/rpc/client.ts";
import { diagnostic } from "../lib/server/fatal.ts";
import { type RequestOrigin, type ServerArguments, writeServerArguments } from "../lib/supervisor/server_arguments.ts";
import type { OptionValues } from "./options.ts";
import { type ToolContext, zookeeperHosts } from "./zookeeper_tool.ts";

/** What a call to a jubavisor or server may take. */
const CALL_TIMEOUT_MS = 10_000;

/** What jubactl was told. */
interface Request {
  readonly command: string;
  readonly program: string;
  readonly name: string;
  readonly type: string;
  readonly hosts: string;
  readonly options: OptionValues;
  readonly context: ToolContext;
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
  try {
    await using coordinator = await context.connect(hosts);
    return await run(coordinator, { command, program, name, type, hosts, options, context });
  } catch (error) {
    context.print(`${diagnostic(error)}\n\n`);
    return 1;
  }
}

/** `start` and `stop`: asks every jubavisor in turn. */
async function control(coordinator: Coordinator, request: Request): Promise<number> {
  const { command, options, context } = request;
  const target = `${request.program}/${request.name}`;
  if (command === "start") {
    const paths = new ClusterPaths(request.type, request.name);
    for (const path of [paths.root, paths.nodes]) {
      await ensureNode(coordinator, path).catch((error) => log.error(error.message));
    }
  }
  const supervisors = await listNames(coordinator, SUPERVISORS);
  if (supervisors.length === 0) {
    log.info(`no server to ${command} ${target}`);
    return 255;
  }
  const args = serverArguments(options);
  const origin: RequestOrigin = { type: request.type, zookeeper: request.hosts, target };
  const shares = share(options.number("num"), supervisors.length);
  let code = 0;
  for (const [i, supervisor] of supervisors.entries()) {
    context.print(`sending ${command} / ${target} to ${supervisor}...`);
    const outcome = await call(supervisor, command, (writer) => {
      writer.writeArrayHeader(command === "start" ? 3 : 2);
      writer.writeByteString(byteStringOfText(target));
      writer.writeInt(shares[i]!);
      if (command === "start") writeServerArguments(writer, args, origin);
    }, (result) => result.readInteger());
    context.print(outcome === 0 ? "ok.\n" : "failed.\n");
    if (outcome === 0) continue;
    code = 1;
    log.error(`can't do '${command} ${target}' in ${spaced(supervisor)}:${outcome}`);
  }
  return code;
}

/** `save` and `load`: asks every server in turn. */
async function transfer(coordinator: Coordinator, request: Request): Promise<number> {
  const { command, name, options, context } = request;
  const id = options.string("id") === "" ? name : options.string("id");
  const servers = await listNames(coordinator, new ClusterPaths(request.type, name).nodes);
  if (servers.length === 0) log.info(`no server to ${command} ${name}`);
  let code = 0;
  for (const server of servers) {
    context.print(`sending ${command} / ${name} to ${server}...`);
    const outcome = await call(server, command, (writer) => {
      writer.writeArrayHeader(2);
      writer.writeByteString(byteStringOfText(name));
      writer.writeByteString(byteStringOfText(id));
    }, isSuccess);
    context.print(outcome === true ? "ok.\n" : "failed.\n");
    if (outcome === true) continue;
    code = 1;
    const reason = outcome === false ? "" : `: ${outcome}`;
    log.error(`can't do '${command} ${name}' in ${spaced(server)}${reason}`);
  }
  return code;
}

/** `status`: who is registered. */
async function status(coordinator: Coordinator, { type, name, context }: Request): Promise<number> {
  const blocks = [
    ["jubaproxy", proxiesPath(type)],
    ["jubavisor", SUPERVISORS],
    [name, new ClusterPaths(type, name).nodes],
  ] as const;
  for (const [what, directory] of blocks) {
    context.print(`\x1b[34mactive ${what} members:\x1b[0m\n`);
    for (const member of await listNames(coordinator, directory)) context.print(`${member}\n`);
  }
  return 0;
}

/** One call to the process registered as `member`: its result, or why there is none. */
async function call<Result>(
  member: string,
  method: string,
  params: (writer: Writer) => void,
  read: (result: Reader) => Result,
): Promise<Result | string> {
  const endpoint = parseEndpoint(member);
  if (endpoint === undefined) return `not of the form IP_PORT: ${member}`;
  try {
    await using client = new RpcClient({ ...endpoint, timeoutMs: CALL_TIMEOUT_MS });
    return await client.call(method, params, read);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `save` returns paths by server, `load` whether it worked. */
function isSuccess(result: Reader): boolean {
  if (result.peek() === "boolean") return result.readBoolean();
  result.skip();
  return true;
}

/** Spreads `count` processes over the jubavisors; one on each when `count` is 0. */
function share(count: number, supervisors: number): number[] {
  const total = count === 0 ? supervisors : count;
  const least = Math.floor(total / supervisors);
  return Array.from({ length: supervisors }, (_, i) => i < total % supervisors ? least + 1 : least);
}

/** `IP PORT`, as the log names processes. */
function spaced(member: string): string {
  return member.replace("_", " ");
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
