/** The published set-up of a cluster of three hosts, with its addresses, its ports and the lines it prints. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { importFlags } from "../../scripts/registry.ts";
import { root } from "../../scripts/roles.ts";
import { writeSourcePrograms } from "../../scripts/source_programs.ts";
import { type Host, HostNetwork, hostsMissing } from "../support/host_network.ts";
import { type ProgramResult, runProgram, ServerProcess } from "../support/server_process.ts";
import { logged } from "../support/test_cluster.ts";
import { until } from "../support/until.ts";
import { zookeeperMissing, zookeeperServerArgs, zookeeperWordArgs } from "../support/zookeeper_server.ts";

const addresses = ["192.168.0.11", "192.168.0.12", "192.168.0.13"];
const terminalAddress = "192.168.0.1";
const zookeeper = addresses.map((address) => `${address}:2181`).join(",");
const target = ["--server=jubaclassifier", "--type=classifier", "--name=shogun", "--zookeeper", zookeeper];

/** The programs of a host are little scripts that enter its network first. */
async function installPrograms(host: Host, programs: string, directory: string): Promise<string> {
  const bin = `${directory}/${host.address}`;
  await Deno.mkdir(bin);
  for (const { name } of Deno.readDirSync(programs)) {
    if (!name.startsWith("juba")) continue;
    const script = `#!/bin/sh\nexec ${host.prefix.join(" ")} ${programs}/${name} "$@"\n`;
    await Deno.writeTextFile(`${bin}/${name}`, script, { mode: 0o755 });
  }
  return bin;
}

/** Starts a ZooKeeper server on each host, and waits for the ensemble. They end with their hosts. */
async function startEnsemble(hosts: readonly Host[], directory: string): Promise<void> {
  for (const [i, host] of hosts.entries()) {
    const data = `${directory}/zookeeper-${i + 1}`;
    await Deno.mkdir(data);
    await Deno.writeTextFile(`${data}/myid`, `${i + 1}\n`);
    await Deno.writeTextFile(
      `${data}/zoo.cfg`,
      [
        "tickTime=500",
        "initLimit=40",
        "syncLimit=10",
        `dataDir=${data}`,
        "clientPort=2181",
        "4lw.commands.whitelist=srvr",
        ...addresses.map((address, j) => `server.${j + 1}=${address}:2888:3888`),
        "",
      ].join("\n"),
    );
    spawnOn(host, "java", zookeeperServerArgs(`${data}/zoo.cfg`)).unref();
  }
  for (const host of hosts) {
    await until(async () => {
      const args = zookeeperWordArgs("127.0.0.1", 2181, "srvr");
      const [program, ...prefix] = host.prefix;
      const { stdout } = await new Deno.Command(program!, { args: [...prefix, "java", ...args] }).output();
      return /Mode: (leader|follower)/.test(new TextDecoder().decode(stdout));
    });
  }
}

function spawnOn(host: Host, program: string, args: readonly string[]): Deno.ChildProcess {
  const [ip, ...prefix] = host.prefix;
  const nothing = { stdin: "null", stdout: "null", stderr: "null" } as const;
  return new Deno.Command(ip!, { args: [...prefix, program, ...args], ...nothing }).spawn();
}

/** What `jubactl -c status` prints when these are there. */
function status(members: { proxies: number; supervisors: number; servers: readonly number[] }): string {
  const block = (what: string, ports: readonly number[]): string[] => [
    `active ${what} members:`,
    ...addresses.flatMap((address) => ports.map((port) => ` ${address}_${port}`)),
  ];
  return [
    ...block("jubaclassifier_proxy", members.proxies ? [9199] : []),
    ...block("jubavisor", members.supervisors ? [9198] : []),
    ...block("shogun", members.servers),
    "",
  ].join("\n");
}

/** What jubactl prints when a command succeeds everywhere. */
function sent(command: string, what: string, port: number): string {
  return addresses.map((address) => `sending ${command} / ${what} to ${address}_${port}...ok.\n`).join("");
}

Deno.test({
  name: "jubactl, jubavisor, proxies and servers do what the published set-up shows on three hosts",
  ignore: hostsMissing !== undefined || zookeeperMissing !== undefined,
  // The ensemble ends with its hosts, not by itself.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "juba-hosts." }));
    await using cleaning = new AsyncDisposableStack();
    cleaning.defer(() => Deno.remove(directory, { recursive: true }));
    const network = cleaning.use(await HostNetwork.create([...addresses, terminalAddress]));
    const hosts = network.hosts.slice(0, addresses.length);
    const terminal = network.hosts.at(-1)!;

    let programs = Deno.env.get("JUBATUS_BIN");
    if (programs) programs = await Deno.realPath(programs);
    else await writeSourcePrograms(programs = `${directory}/programs`);
    const bins = await Promise.all(network.hosts.map((host) => installPrograms(host, programs, directory)));
    // jubavisor finds the servers that it starts by their names.
    const env = { PATH: `${programs}:${Deno.env.get("PATH")}` };

    const onTerminal = (name: string, ...args: string[]): Promise<ProgramResult> =>
      runProgram(name, { bin: bins.at(-1)!, args, env });
    const jubactl = async (command: string, ...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await onTerminal("jubactl", "-c", command, ...target, ...args);
      assertEquals(code, 0, `jubactl -c ${command}: ${stdout}${stderr}`);
      return stdout;
    };
    const statusBecomes = (expected: string): Promise<void> => until(async () => await jubactl("status") === expected);
    const startEverywhere = async (name: string, ...args: string[]): Promise<ServerProcess[]> => {
      const started = [];
      for (const bin of bins.slice(0, hosts.length)) {
        started.push(cleaning.use(await ServerProcess.launch(name, { bin, args, env, spelledOut: true })));
      }
      return started;
    };

    await t.step("jubaconfig writes the configuration into the ensemble", async () => {
      await startEnsemble(hosts, directory);
      const file = `${root}scripts/shogun.json`;
      const args = ["--cmd", "write", "--file", file, "--name", "shogun", "--type", "classifier"];
      const { code, stdout, stderr } = await onTerminal("jubaconfig", ...args, "--zookeeper", zookeeper);
      assertEquals([code, stdout], [0, ""], stderr);
    });

    await t.step("proxies and jubavisors make themselves known", async () => {
      for (const proxy of await startEverywhere("jubaclassifier_proxy", "--zookeeper", zookeeper)) {
        await logged(proxy, "RPC server startup");
      }
      // From sources, a program may not start itself again.
      const daemon = Deno.env.get("JUBATUS_BIN") ? ["--daemon"] : [];
      const supervisors = await startEverywhere(
        "jubavisor",
        "--zookeeper",
        zookeeper,
        "--logdir",
        directory,
        ...daemon,
      );
      if (daemon.length > 0) {
        for (const { result } of supervisors) assertEquals(await result, { code: 0, stdout: "", stderr: "" });
      }
      await statusBecomes(status({ proxies: 1, supervisors: 1, servers: [] }));
    });

    await t.step("jubactl starts a server on each host, on the port after that of the proxy", async () => {
      assertEquals(
        await jubactl("start", "--datadir", directory, "--interval_sec", "1"),
        sent("start", "jubaclassifier/shogun", 9198),
      );
      await statusBecomes(status({ proxies: 1, supervisors: 1, servers: [9200] }));
      // There are as many as wanted.
      assertEquals(await jubactl("start"), sent("start", "jubaclassifier/shogun", 9198));
      assertEquals(await jubactl("status"), status({ proxies: 1, supervisors: 1, servers: [9200] }));
    });

    await t.step("a client learns and asks through any proxy", async () => {
      const args = ["--host", addresses[1]!, "--port", "9199", "--name", "shogun"];
      const [ip, ...prefix] = terminal.prefix;
      const { success, stdout, stderr } = await new Deno.Command(ip!, {
        args: [...prefix, Deno.execPath(), "run", "-A", ...await importFlags(), `${root}scripts/shogun.ts`, ...args],
        stdin: "null",
      }).output();
      const output = new TextDecoder().decode(stdout);
      assert(success, output + new TextDecoder().decode(stderr));
      assertStringIncludes(output, "9 of 9 names it had not seen are right");
    });

    await t.step("jubactl saves and loads the model of each server", async () => {
      assertEquals(await jubactl("save"), sent("save", "shogun", 9200));
      for (const address of addresses) {
        assert((await Deno.stat(`${directory}/${address}_9200_classifier_shogun.jubatus`)).isFile);
      }
      assertEquals(await jubactl("load"), sent("load", "shogun", 9200));
      assertEquals(await jubactl("save", "--id", "m2"), sent("save", "shogun", 9200));
      const missing = await onTerminal("jubactl", "-c", "load", ...target, "--id", "nosuch");
      assertEquals(missing.code, 1);
      assertEquals(missing.stdout, sent("load", "shogun", 9200).replaceAll("ok.", "failed."));
    });

    await t.step("jubactl stops them", async () => {
      assertEquals(await jubactl("stop"), sent("stop", "jubaclassifier/shogun", 9198));
      assertEquals(await jubactl("status"), status({ proxies: 1, supervisors: 1, servers: [] }));
      assertEquals(await jubactl("stop"), sent("stop", "jubaclassifier/shogun", 9198));
    });

    await t.step("a jubavisor takes its servers with it", async () => {
      assertEquals(await jubactl("start", "-N", "6"), sent("start", "jubaclassifier/shogun", 9198));
      await statusBecomes(status({ proxies: 1, supervisors: 1, servers: [9201, 9202] }));
      const pids = hosts.flatMap((host) => network.pids(host, "jubavisor"));
      assertEquals(pids.length, addresses.length);
      for (const pid of pids) Deno.kill(pid, "SIGTERM");
      await until(() => hosts.every((host) => network.pids(host, "jubavisor").length === 0));
      assertEquals(await jubactl("status"), status({ proxies: 1, supervisors: 0, servers: [] }));
    });
  },
});
