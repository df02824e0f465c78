/**
 * The ZooKeeper log of programs that run: where it is, what it tells, and what it does not.
 *
 * @module
 */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { zookeeperLog, zookeeperLogFormat } from "../../lib/cluster/session_log.ts";
import { CoordinationError } from "../../lib/cluster/coordinator.ts";
import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import { importFlags } from "../../scripts/registry.ts";
import { root } from "../../scripts/roles.ts";
import { freePort } from "../support/free_port.ts";
import { runProgram, ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { call, logged, TestCluster } from "../support/test_cluster.ts";
import { until } from "../support/until.ts";
import { withoutZookeeperLog, zookeeperEvents } from "../support/zookeeper_log.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

const ignore = zookeeperMissing !== undefined;
const config = { method: "PA", converter: {} };
const START = ["ZOO_INFO@opening", "ZOO_INFO@connecting", "ZOO_INFO@connected"];

/** The log in a file, and that nothing else is in it. */
function eventsIn(path: string): string[] {
  const text = Deno.readTextFileSync(path);
  assertEquals(withoutZookeeperLog(text), "");
  return zookeeperEvents(text).map(({ event }) => event);
}

/** Where a server or proxy with `--logdir` writes. */
function fileOf({ name, port, pid }: ServerProcess, directory: string): string {
  return `${directory}/${name}.127.0.0.1_${port}.zklog.${pid}`;
}

Deno.test({
  name: "servers and proxies tell of their connection in --logdir, and go on in a new file after SIGHUP",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    const { hosts } = ensemble;
    await using cluster = await TestCluster.create(hosts, "logged", { config });
    const server = await cluster.start("-l", cluster.directory);
    const proxy = await cluster.startProxy("-l", `${cluster.directory}/.`);
    const files = [server, proxy].map((it) => fileOf(it, cluster.directory));

    const [opening, connecting, connected] = zookeeperEvents(Deno.readTextFileSync(files[0]!));
    assertEquals(opening, {
      pid: server.pid,
      event: "ZOO_INFO@opening",
      text: `session with ${hosts}, timeout wanted 10000 ms`,
    });
    assertEquals(connecting?.text, `to ${hosts}`);
    const [, id] = /^to (?:[\d.:]+), session 0x([0-9a-f]+), negotiated timeout 10000 ms$/.exec(connected!.text)!;
    const node = `${cluster.path("nodes")}/127.0.0.1_${server.port}`;
    assertEquals((await cluster.zk.exists(node))?.ephemeralOwner, id);

    // What requests, rounds and new members need of ZooKeeper is no event.
    await call(proxy, "set_label", "logged", "x");
    assertEquals(await call(server, "do_mix", "logged"), true);
    const second = await cluster.start();
    await call(proxy, "get_status", "logged");
    for (const file of files) assertEquals(eventsIn(file), START);

    for (const [i, program] of [server, proxy].entries()) {
      Deno.renameSync(files[i]!, `${files[i]}.1`);
      program.signal("SIGHUP");
      await until(() => Deno.readDirSync(cluster.directory).some(({ name }) => files[i]!.endsWith(name)));
      assertEquals(eventsIn(files[i]!), []);
    }
    await ensemble.server.stop();
    for (const program of [server, proxy]) await logged(program, "ZooKeeper session lost");
    await until(() => files.every((file) => eventsIn(file).includes("ZOO_WARN@connecting")));
    await ensemble.server.start();
    for (const program of [server, proxy]) await logged(program, "ZooKeeper session recovered before timeout");
    for (const [i, program] of [server, proxy].entries()) {
      const { code, stderr } = await program.stop();
      assertEquals([code, stderr], [0, ""]);
      const events = eventsIn(files[i]!);
      // A starting ZooKeeper may accept a connection and leave it unanswered.
      assertEquals(events.filter((event) => event !== "ZOO_ERROR@connecting"), [
        "ZOO_ERROR@disconnected",
        "ZOO_INFO@connecting",
        "ZOO_WARN@connecting",
        "ZOO_INFO@reconnected",
        "ZOO_INFO@closed",
      ]);
      const all = zookeeperEvents(Deno.readTextFileSync(files[i]!));
      const [loss, , refused] = all;
      assertMatch(loss!.text, /^from [\d.:]+: (the server has closed the connection|read ECONNRESET)$/);
      assertMatch(refused!.text, /^to [\d.:]+ failed: connect ECONNREFUSED/);
      assertMatch(all.at(-2)!.text, /session 0x[0-9a-f]+, negotiated timeout 10000 ms, attempts \d+$/);
      assertEquals(eventsIn(`${files[i]}.1`), START);
    }

    // Without --logdir it goes to standard error, and nothing of it to standard output.
    const { code, stdout, stderr } = await second.stop();
    assertEquals([code, withoutZookeeperLog(stderr), zookeeperEvents(stdout)], [0, "", []]);
    assertEquals(zookeeperEvents(stderr).at(-1)?.event, "ZOO_INFO@closed");
  },
});

Deno.test({
  name: "a server that was stopped beyond its session tells that it has expired",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    await using cluster = await TestCluster.create(ensemble.hosts, "expired", { config });
    const server = await cluster.start("-l", cluster.directory, "-Z", "1");
    server.signal("SIGSTOP");
    await until(async () => (await cluster.children("nodes")).length === 0);
    server.signal("SIGCONT");
    assertEquals((await server.result).code, 0);
    const events = eventsIn(fileOf(server, cluster.directory));
    assertEquals(events.slice(0, 4), [...START, "ZOO_ERROR@disconnected"]);
    assertEquals(events.at(-1), "ZOO_ERROR@expired");
  },
});

Deno.test({
  name: "jubavisor tells of its connection in --logdir as a daemon, on standard error otherwise; tools do not tell",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    const { hosts } = ensemble;
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    const logConfig = temporary.write(
      "log.xml",
      `<configuration><appender name="file" class="org.apache.log4j.FileAppender">
      <param name="File" value="${directory}/visor.log"/></appender>
      <root><level value="info"/><appender-ref ref="file"/></root></configuration>`,
    );
    const file = `${directory}/jubavisor.zklog`;
    temporary.write("jubavisor.zklog", "from before\n");
    const bin = Deno.env.get("JUBATUS_BIN");
    // From sources, a program that starts itself again needs all permissions.
    const [program, words] = bin
      ? [`${Deno.realPathSync(bin)}/jubavisor`, []]
      : [Deno.execPath(), ["run", "-qA", ...await importFlags(), `${root}cli/jubavisor.ts`]];
    const args = [...words, "-p", `${freePort()}`, "-z", hosts, "-l", ".", "-g", logConfig, "-d"];
    const started = await new Deno.Command(program, { args, cwd: directory, stdin: "null" }).output();
    assertEquals([started.code, started.stdout.length, started.stderr.length], [0, 0, 0]);
    await until(() => zookeeperEvents(Deno.readTextFileSync(file)).length === 3);
    const pid = zookeeperEvents(Deno.readTextFileSync(file))[0]!.pid;
    using cleaning = new DisposableStack();
    let running = true;
    cleaning.defer(() => running && Deno.kill(pid, "SIGKILL"));
    await until(() => Deno.readTextFileSync(`${directory}/visor.log`).includes("session established"));
    assertStringIncludes(Deno.readTextFileSync(`${directory}/visor.log`), `writing ZooKeeper logs to ${file}`);

    const status = ["-c", "status", "-s", "jubaclassifier", "-t", "classifier", "-n", "x", "-z", hosts];
    for (const [tool, words] of [["jubactl", status], ["jubaconfig", ["-c", "list", "-z", hosts]]] as const) {
      const { code, stdout, stderr } = await runProgram(tool, { args: words });
      assertEquals([code, zookeeperEvents(stdout + stderr)], [0, []]);
    }

    Deno.renameSync(file, `${file}.1`);
    Deno.kill(pid, "SIGHUP");
    await until(() => temporary.list().includes("jubavisor.zklog"));
    await ensemble.server.stop();
    await until(() => eventsIn(file).includes("ZOO_ERROR@connecting"));
    // Its session has minutes.
    await ensemble.server.start();
    await until(() => eventsIn(file).includes("ZOO_INFO@reconnected"));
    Deno.kill(pid, "SIGTERM");
    await until(() => eventsIn(file).at(-1) === "ZOO_INFO@closed");
    running = false;
    const before = Deno.readTextFileSync(`${file}.1`);
    assertEquals(withoutZookeeperLog(before), "from before\n");
    assertEquals(zookeeperEvents(before).map(({ event }) => event), START);

    const port = freePort();
    await using foreground = await ServerProcess.start("jubavisor", {
      args: ["-p", `${port}`, "-z", hosts, "-l", directory],
      port,
      spelledOut: true,
    });
    await logged(foreground, "session established");
    const { code, stdout, stderr } = await foreground.stop();
    assertEquals([code, zookeeperEvents(stdout), withoutZookeeperLog(stderr)], [0, [], ""]);
    assertEquals(zookeeperEvents(stderr).map(({ event }) => event), [...START, "ZOO_INFO@closed"]);
    assertEquals(zookeeperEvents(Deno.readTextFileSync(file)).at(-1)?.pid, pid);
  },
});

Deno.test({
  name: "a session whose credentials are refused tells so, and not what they are",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    let log = "";
    zookeeperLog.setSinks([{ write: (line) => log += line, format: zookeeperLogFormat }]);
    try {
      const auth = [{ scheme: "nosuch", auth: "not to be seen" }];
      await assertRejects(async () => {
        await using zk = await connectZookeeper({ hosts: ensemble.hosts, sessionTimeoutMs: 10_000, auth });
        await zk.exists("/");
      }, CoordinationError);
    } finally {
      zookeeperLog.setSinks([]);
    }
    const last = zookeeperEvents(log).at(-1);
    assertEquals(last?.event, "ZOO_ERROR@authentication_failed");
    assertEquals(last?.text, `${ensemble.hosts} refuses the credentials`);
    assertEquals(log.includes("not to be seen"), false);
  },
});
