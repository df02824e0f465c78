/**
 * `deno task walkthrough`: the published set-up of a cluster, command by command, on this machine. Starts what it
 * needs, ZooKeeper included, shows each command with its output, and stops everything again.
 *
 * @module
 */
import { ClassifierClient } from "../mod.ts";
import { freePort } from "../tests/support/free_port.ts";
import { runProgram, ServerProcess } from "../tests/support/server_process.ts";
import { until } from "../tests/support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing, zookeeperShell } from "../tests/support/zookeeper_server.ts";
import { parseOptions, readCommandLine } from "./command_line.ts";
import { importFlags } from "./registry.ts";
import { root } from "./roles.ts";
import { formatTable } from "./text_table.ts";

readCommandLine(
  `Sets up a cluster on this machine as published, command by command, and takes it down again.

  deno task walkthrough
`,
  (args) => parseOptions(args, {}),
);

/** The example's name, in the cluster and on command lines. */
const NAME = "shogun";
const NODES = `/jubatus/actors/classifier/${NAME}/nodes`;
/** Nothing here is meant for other machines. */
const HERE = "--listen_addr=127.0.0.1";
/** How a program's name is typed. */
const TYPED = Deno.env.get("JUBATUS_BIN") ? "" : "deno task ";

/** Aborts on Ctrl-C and SIGTERM; what was started is stopped all the same. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => interrupted.abort());

if (zookeeperMissing !== undefined) {
  console.error(`The walkthrough needs ZooKeeper: ${zookeeperMissing}. On Debian: apt-get install zookeeper`);
  Deno.exit(1);
}
try {
  await walk();
} catch (error) {
  const isWanted = interrupted.signal.aborted;
  console.error(`\n${isWanted ? "Interrupted." : (error as Error).message}\n\nEverything is stopped.`);
  Deno.exit(isWanted ? 130 : 1);
}
console.log("\nEverything is stopped.");
Deno.exit(0);

async function walk(): Promise<void> {
  await using ensemble = await ZookeeperEnsemble.start(1, 500);
  const zookeeper = `localhost:${ensemble.server.port}`;
  say(
    "Three classifier servers learn together behind one proxy. ZooKeeper keeps track of who is there; one has been " +
      `started for this walkthrough, ${zookeeper}. First the configuration goes there, for all servers of a cluster.`,
  );
  await run("jubaconfig", [
    "--cmd",
    "write",
    `--zookeeper=${zookeeper}`,
    "--file",
    "scripts/shogun.json",
    "--name",
    NAME,
    "--type",
    "classifier",
  ]);

  say("Clients talk to a proxy, which knows the servers of every cluster of its type.");
  const proxyPort = freePort(9198);
  await using proxy = await startInBackground("jubaclassifier_proxy", proxyPort, [`--zookeeper=${zookeeper}`]);
  await until(() => isLogged(proxy, "RPC server startup"));
  showLog(proxy, /proxy created|RPC server startup/);

  say("The servers of a cluster share a name. They may be started at the same time.");
  await using servers = new AsyncDisposableStack();
  const members: ServerProcess[] = [];
  for (const wanted of [9180, 9181, 9182]) {
    const args = [`--name=${NAME}`, `--zookeeper=${zookeeper}`];
    members.push(servers.use(await startInBackground("jubaclassifier", freePort(wanted), args)));
  }
  for (const member of members) await until(() => isLogged(member, "active created"));
  for (const member of members) showLog(member, /actor created|I become active|active created/);

  say("Each server has made itself known in ZooKeeper.");
  type(`zkCli.sh -server ${zookeeper} ls ${NODES}`);
  show(await zookeeperShell(zookeeper, "ls", NODES));

  say(
    "A client sees one server, the proxy. One of the three servers gets the examples; the others learn of them when " +
      "the servers MIX, which they do at most 16 seconds after an update, or when there are 512 of them.",
  );
  await runShogun(proxyPort);

  say("Any server can be asked to MIX at once. This client is the one in mod.ts; do_mix is there in every other, too.");
  const { port } = members[0]!;
  await using client = await ClassifierClient.connect({ port, name: NAME });
  type(`const client = await ClassifierClient.connect({ port: ${port}, name: "${NAME}" });`, ">");
  type("await client.do_mix()", ">");
  show(String(await client.do_mix()));

  say("Who is there? The servers that jubactl names are those in ZooKeeper.");
  const target = ["--server=jubaclassifier", "--type=classifier", `--name=${NAME}`, `--zookeeper=${zookeeper}`];
  await run("jubactl", ["-c", "status", ...target]);

  say("Asked through the proxy, all servers tell their status. All have the same version of the model.");
  await using throughProxy = await ClassifierClient.connect({ port: proxyPort, name: NAME });
  type(`const client = await ClassifierClient.connect({ port: ${proxyPort}, name: "${NAME}" });`, ">");
  type("await client.get_status()", ">");
  show(statusTable(await throughProxy.get_status()));

  say("SIGTERM stops a server: it finishes what it does, then leaves the cluster.");
  for (const member of members) await stop(member);
  type(`zkCli.sh -server ${zookeeper} ls ${NODES}`);
  show(await zookeeperShell(zookeeper, "ls", NODES));
  await stop(proxy);
}

/** Runs a program to its end and shows what it prints; throws when it fails. */
async function run(name: string, args: readonly string[]): Promise<void> {
  type([TYPED + name, ...args].join(" "));
  const { code, stdout, stderr } = await runProgram(name, { args });
  goOn();
  show(withoutConnection(stderr) + stdout);
  if (code !== 0) throw new Error(`${name} failed with exit code ${code}`);
}

async function startInBackground(name: string, port: number, args: readonly string[]): Promise<ServerProcess> {
  const all = [...args, `--rpc-port=${port}`, HERE];
  type(`${[TYPED + name, ...all].join(" ")} &`);
  goOn();
  return await ServerProcess.launch(name, { args: all, port, spelledOut: true });
}

async function runShogun(port: number): Promise<void> {
  const args = ["--port", String(port), "--name", NAME];
  type(`deno task shogun ${args.join(" ")}`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...await importFlags(), `${root}scripts/shogun.ts`, ...args],
    stdin: "null",
    signal: interrupted.signal,
  }).spawn().status;
  goOn();
  if (!success) throw new Error("the client failed");
}

/** Stops a server and shows how it went. */
async function stop(server: ServerProcess): Promise<void> {
  type(`kill ${server.pid}`);
  const { code } = await server.stop();
  showLog(server, /caught SIG|leaving from|stopping RPC/);
  if (code !== 0) throw new Error(`${server.name} ended with exit code ${code}`);
}

/** Whether a server has logged this; throws when it never will. */
function isLogged(server: ServerProcess, text: string): boolean {
  goOn();
  if (!server.running) throw new Error(`${server.name} has ended:\n${server.output}`);
  return server.output.includes(text);
}

/** Throws when the user has had enough. */
function goOn(): void {
  interrupted.signal.throwIfAborted();
}

function statusTable(status: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  const keys = ["pid", "update_count", "num_classes", "num_features", "model_version", "linear_mixer.count"];
  const servers = [...status.keys()].sort();
  const rows = servers.map((server) => [server, ...keys.map((key) => status.get(server)!.get(key) ?? "-")]);
  return formatTable([["", ...keys], ...rows], { rightFrom: 1 });
}

/** A program's log but for the lines that every program with a connection to ZooKeeper writes. */
function withoutConnection(log: string): string {
  return log.split("\n").filter((line) => !/ZooKeeper (event|session)/.test(line)).join("\n");
}

/** The lines of a server's log that matter here. */
function showLog(server: ServerProcess, what: RegExp): void {
  show(server.output.split("\n").filter((line) => what.test(line)).join("\n"));
}

/** A sentence or two, wrapped. */
function say(text: string): void {
  console.log(`\n${text.replace(/(.{1,110})(?: |$)/g, "$1\n").trimEnd()}\n`);
}

/** A line as one would type it. */
function type(line: string, prompt = "$"): void {
  console.log(`${prompt} ${line}`);
}

function show(output: string): void {
  if (output.trim() !== "") console.log(output.trimEnd());
}
