import { textOf } from "../lib/base/byte_string.ts";
import { log } from "../lib/base/log.ts";
import type { Rolling } from "../lib/base/rolling_file.ts";
import type { Coordinator } from "../lib/cluster/coordinator.ts";
import { prepareSupervisorTree, registerSupervisor } from "../lib/cluster/membership.ts";
import { guardSession } from "../lib/cluster/session_guard.ts";
import { connectZookeeper } from "../lib/cluster/zookeeper.ts";
import { TypeMismatchError } from "../lib/msgpack/errors.ts";
import { RpcServer } from "../lib/rpc/server.ts";
import { enterDaemonMode } from "../lib/server/daemon.ts";
import { Dispatcher } from "../lib/server/dispatcher.ts";
import { diagnostic, listenError, realPath } from "../lib/server/fatal.ts";
import { reloadLogConfig } from "../lib/server/log_config.ts";
import { stdoutWriter } from "../lib/server/log_sinks.ts";
import { chooseListenAddress, defaultAddress } from "../lib/server/network_address.ts";
import { startLog } from "../lib/server/server_options.ts";
import { readZookeeperAuth } from "../lib/server/zookeeper_auth.ts";
import { logZookeeper, reopenZookeeperLog } from "../lib/server/zookeeper_log.ts";
import { PortPool } from "../lib/supervisor/port_pool.ts";
import { readServerArguments, type ServerArguments } from "../lib/supervisor/server_arguments.ts";
import { processSpawner } from "../lib/supervisor/server_process.ts";
import { Supervisor } from "../lib/supervisor/supervisor.ts";
import type { OptionValues } from "./options.ts";
import type { ProgramContext } from "./program.ts";

/** What the original asks for; the ensemble grants less. */
const SESSION_TIMEOUT_MS = 1_024_000;
/** The original waits for its session timeout. */
const CONNECT_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 10_240_000;
/** Servers get the ports that follow jubavisor's own. */
const PORTS = 16;
/** Former logs that are kept of each server. */
const CHILD_LOGS = 5;

/** The work of jubavisor; returns the exit code. */
export async function jubavisorMain(options: OptionValues, { program, signals }: ProgramContext): Promise<number> {
  const port = options.number("rpc-port");
  const hosts = options.string("zookeeper");
  const variables = {
    JUBATUS_PID: String(Deno.pid),
    JUBATUS_PROCESS: program,
    JUBATUS_HOST: "",
    JUBATUS_PORT: String(port),
  };
  const logConfig = startLog(options, variables);
  const logdir = realPath(options.string("logdir"));
  const authFile = options.string("zookeeper_auth");
  const auth = readZookeeperAuth(authFile);
  const zookeeperAuth = authFile === "" ? "" : realPath(authFile);
  const daemon = options.flag("daemon");
  if (daemon) enterDaemonMode({ logConfig, logdir });
  const zookeeperLogFile = daemon ? `${logdir}/jubavisor.zklog` : "";
  logZookeeper(zookeeperLogFile);
  signals.onHangup(() => {
    if (logConfig !== "") reloadLogConfig(logConfig, variables);
    reopenZookeeperLog();
  });
  log.info(daemon ? `starting with daemon mode on port ${port}` : ` starting with interactive mode on port ${port}`);
  if (daemon) log.info(`writing ZooKeeper logs to ${zookeeperLogFile}`);

  let coordinator: Coordinator;
  try {
    coordinator = await connectZookeeper({
      hosts,
      auth,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
  } catch (error) {
    stdoutWriter().write(`${diagnostic(error)}\n\n`);
    return 1;
  }
  await using session = coordinator;
  await prepareSupervisorTree(session);

  const supervisor = new Supervisor({
    zookeeper: hosts,
    zookeeperAuth,
    ports: new PortPool(port + 1, PORTS),
    isListening,
    spawn: processSpawner({ logdir, rolling: childLogs(options.number("child_log_bytes")), ...ownDirectory() }),
  });
  await using _server = listen(supervisor, port);
  const registering = register(session, port, signals.stop);
  signals.serverIsUp();
  const code = await end(session, signals.stop);
  log.info("stopping RPC server");
  await supervisor.stopAll();
  await registering;
  return code;
}

function childLogs(maxBytes: number): Rolling | undefined {
  return maxBytes === 0 ? undefined : { maxBytes, backups: CHILD_LOGS };
}

/** Where the servers of the same installation lie; a program that is run from source has none. */
function ownDirectory(): { programDirectory?: string } {
  if (!Deno.build.standalone) return {};
  const path = Deno.execPath();
  return { programDirectory: path.slice(0, path.lastIndexOf("/")) };
}

/** Whether a server accepts connections, as far as this program may try that. */
async function isListening(port: number, { bindInterface }: ServerArguments): Promise<boolean> {
  try {
    const hostname = bindInterface === "" ? "127.0.0.1" : chooseListenAddress("", bindInterface).advertisedAddress;
    (await Deno.connect({ hostname, port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Serves `start` and `stop`. */
function listen(supervisor: Supervisor, port: number): RpcServer {
  const dispatcher = new Dispatcher();
  dispatcher.add("start", async (params, result) => {
    if (params.atEnd || params.readArrayHeader() < 3) throw new TypeMismatchError();
    const target = textOf(params.readByteString());
    const count = params.readIntegerWithin(0, 0xffffffff);
    result.writeInt(await supervisor.start(target, count, readServerArguments(params)));
  });
  dispatcher.add("stop", async (params, result) => {
    if (params.atEnd || params.readArrayHeader() < 2) throw new TypeMismatchError();
    const target = textOf(params.readByteString());
    params.readIntegerWithin(0, 0xffffffff);
    result.writeInt(await supervisor.stop(target));
  });
  try {
    return new RpcServer(dispatcher, { port, idleTimeoutMs: IDLE_TIMEOUT_MS });
  } catch (error) {
    throw listenError(error, port, "jubavisor");
  }
}

/** Makes this jubavisor known, once the node of a predecessor has gone. One that fails works on unknown. */
async function register(coordinator: Coordinator, port: number, signal: AbortSignal): Promise<void> {
  try {
    await registerSupervisor(coordinator, { host: defaultAddress(), port }, { signal });
  } catch (error) {
    if (!signal.aborted) log.error(error instanceof Error ? `${error.message}: ${error.cause}` : String(error));
  }
}

/** Waits for the end: code 0 when asked to stop, 255 when the session is lost. */
function end(coordinator: Coordinator, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(0);
    signal.addEventListener("abort", () => resolve(0), { once: true });
    guardSession(coordinator, () => resolve(255), { signal });
  });
}
