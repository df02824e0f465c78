/**
 * The published set-up of a cluster on one host: proxy, jubavisor, jubactl; with a real ZooKeeper and real servers.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import { writeSourcePrograms } from "../../scripts/source_programs.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { runProgram, ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { until } from "../support/until.ts";
import { encodeValue, showValue, type WireValue } from "../support/wire_value.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

/** Options of jubactl that servers are started with, and that they tell in their logs. */
const OPTIONS = ["-T", "21", "-C", "3", "-S", "22", "-I", "23", "-Z", "24", "-R", "25"];
const config = `{"method":"AROW","parameter":{"regularization_weight":1.0},"converter":{}}`;

Deno.test({
  name: "jubavisor and jubactl run a cluster behind a proxy as published",
  ignore: zookeeperMissing !== undefined,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    // Of the sources: executables are not built for whatever address this host has, and its servers tell each other.
    const bin = `${directory}/bin`;
    await writeSourcePrograms(bin);
    const cluster = ["--type=classifier", "--name=shogun"];
    const file = temporary.write("shogun.json", config);
    const jubaconfig = ["--cmd", "write", "--file", file, "--zookeeper", ensemble.hosts, ...cluster];
    assertEquals((await runProgram("jubaconfig", { args: jubaconfig, bin })).code, 0);

    const base = threeFreePorts();
    await using proxy = await ServerProcess.start("jubaclassifier_proxy", {
      args: ["-z", ensemble.hosts],
      // The first port of jubavisor's pool, which it passes over.
      port: base + 1,
      bin,
    });
    await using supervisor = await ServerProcess.start("jubavisor", {
      args: ["-p", `${base}`, "-z", ensemble.hosts, "-l", directory, "--child_log_bytes", "1500"],
      port: base,
      spelledOut: true,
      bin,
      env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
    });
    await using session = await connectZookeeper({ hosts: ensemble.hosts, sessionTimeoutMs: 5000 });
    let host = "";
    await until(async () => {
      const names = await session.children("/jubatus/supervisors");
      host = names[0]?.split("_")[0] ?? "";
      return host !== "";
    });
    const jubactl = async (command: string, ...more: string[]): Promise<string> => {
      const args = ["-c", command, "--server=jubaclassifier", ...cluster, ...more];
      const { code, stdout } = await runProgram("jubactl", { args, bin, env: { ZK: ensemble.hosts } });
      return `${stdout}${code}`;
    };

    const sent = (command: string, result = "ok"): string =>
      `sending ${command} / jubaclassifier/shogun to ${host}_${base}...${result}.\n`;
    assertEquals(await jubactl("start", "--datadir", directory, ...OPTIONS), `${sent("start")}0`);
    const actives = "/jubatus/actors/classifier/shogun/actives";
    await until(async () => (await session.children(actives).catch(() => [])).length === 1);
    const status = "active jubaclassifier_proxy members:\n" +
      ` 127.0.0.1_${base + 1}\nactive jubavisor members:\n ${host}_${base}\n`;
    const server = `${host}_${base + 2}`;
    assertEquals(await jubactl("status"), `${status}active shogun members:\n ${server}\n0`);
    assertEquals(await call(proxy, "set_label", "shogun", "徳川"), "[null,true]");

    assertEquals(await jubactl("save"), `sending save / shogun to ${server}...ok.\n0`);
    assertEquals(await call(proxy, "clear", "shogun"), "[null,true]");
    assertEquals(await jubactl("load"), `sending load / shogun to ${server}...ok.\n0`);
    assertEquals(await jubactl("load", "--id", "nosuch"), `sending load / shogun to ${server}...failed.\n1`);
    assertMatch(await call(proxy, "get_labels", "shogun"), /":0/);

    assertEquals(await jubactl("start"), `${sent("start")}0`, "one runs already");
    assertEquals(await jubactl("start", "--num", "40"), `${sent("start", "failed")}1`);
    // Without a configuration a server ends at once.
    const failed = sent("start", "failed").replace("shogun", "none");
    assertEquals(await jubactl("start", "--name=none"), `${failed}1`);
    assertEquals(await jubactl("stop"), `${sent("stop")}0`);
    assertEquals(await jubactl("status"), `${status}active shogun members:\n0`);
    const logName = `jubaclassifier.shogun.${base + 2}.log`;
    const logs = temporary.list().filter((name) => name.startsWith(logName)).reverse();
    assert(logs.length > 1, "a new file after 1500 bytes");
    const log = logs.map((name) => Deno.readTextFileSync(`${directory}/${name}`)).join("");
    assertMatch(log, /jubaclassifier RPC server startup[^]*stopping RPC server/);
    const told = [...log.matchAll(/^ {4}(\w.*?) +: (.*)$/gm)].map(([, key, value]) => `${key}: ${value}`);
    assertEquals(told.filter((line) => !/^(pid|user)/.test(line)), [
      "mode: multinode mode",
      "timeout: 21",
      "thread: 3",
      `datadir: ${directory}`,
      "logdir: ",
      "log config: ",
      `zookeeper: ${ensemble.hosts}`,
      "name: shogun",
      "interval sec: 22",
      "interval count: 23",
      "zookeeper timeout: 24",
      "interconnect timeout: 25",
    ]);

    assertEquals(await jubactl("start", "--datadir", directory), `${sent("start")}0`);
    assertEquals((await supervisor.stop()).code, 0);
    assertEquals(await session.children("/jubatus/supervisors"), []);
    assertEquals(await session.children("/jubatus/actors/classifier/shogun/nodes"), [], "its servers have ended");
    assertEquals(await jubactl("start"), "255");
  },
});

async function call(to: ServerProcess, method: string, ...params: WireValue[]): Promise<string> {
  using connection = await RawConnection.open(to);
  const answer = await connection.exchange(encodeValue([0n, 1n, method, params]), 1);
  return showValue((answer!.messages[0] as WireValue[]).slice(2));
}

/** The first of three ports in a row that nothing listens on; below those that the system gives to anybody. */
function threeFreePorts(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    using listeners = new DisposableStack();
    try {
      for (const port of [first, first + 1, first + 2]) listeners.use(Deno.listen({ hostname: "0.0.0.0", port }));
      return first;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("no three free ports in a row");
}
