/**
 * The published set-up of a cluster on one host: proxy, jubavisor, jubactl; with a real ZooKeeper and real servers.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import { defaultAddress } from "../../lib/server/network_address.ts";
import { sourceArgs } from "../../scripts/source_programs.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { runProgram, ServerProcess } from "../support/server_process.ts";
import { until } from "../support/until.ts";
import { encodeValue, showValue, type WireValue } from "../support/wire_value.ts";
import { freePort, ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

const config = `{"method":"AROW","parameter":{"regularization_weight":1.0},"converter":{}}`;

Deno.test({
  name: "jubavisor and jubactl run a cluster behind a proxy as published",
  ignore: zookeeperMissing !== undefined,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    const directory = await Deno.makeTempDir();
    const bin = `${directory}/bin`;
    try {
      await writePrograms(bin);
      await Deno.writeTextFile(`${directory}/shogun.json`, config);
      const zookeeper = ["--zookeeper", ensemble.hosts];
      const cluster = ["--type=classifier", "--name=shogun", ...zookeeper];
      const jubaconfig = ["--cmd", "write", "--file", `${directory}/shogun.json`, ...cluster];
      assertEquals((await runProgram("jubaconfig", { args: jubaconfig, bin })).code, 0);

      const base = threeFreePorts();
      const { proxy, supervisor, stop } = await start(base, ensemble.hosts, directory, bin);
      try {
        await using session = await connectZookeeper({ hosts: ensemble.hosts, sessionTimeoutMs: 5000 });
        let host = "";
        await until(async () => {
          const names = await session.children("/jubatus/supervisors");
          host = names[0]?.split("_")[0] ?? "";
          return host !== "";
        });
        const jubactl = async (command: string, ...more: string[]): Promise<string> => {
          const args = ["-c", command, "--server=jubaclassifier", ...cluster, ...more];
          const { code, stdout } = await runProgram("jubactl", { args, bin });
          return `${stdout}${code}`;
        };

        const sent = (command: string, result = "ok"): string =>
          `sending ${command} / jubaclassifier/shogun to ${host}_${base}...${result}.\n`;
        assertEquals(await jubactl("start", "--datadir", directory), `${sent("start")}0`);
        const actives = "/jubatus/actors/classifier/shogun/actives";
        await until(async () => (await session.children(actives).catch(() => [])).length === 1);
        const status = "active jubaclassifier_proxy members:\n" +
          ` 127.0.0.1_${base + 1}\nactive jubavisor members:\n ${host}_${base}\n`;
        // The proxy has the first port of the pool.
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
        const log = await Deno.readTextFile(`${directory}/jubaclassifier.shogun.${base + 2}.log`);
        assertMatch(log, /jubaclassifier RPC server startup[^]*stopping RPC server/);

        assertEquals(await jubactl("start", "--datadir", directory), `${sent("start")}0`);
        supervisor.kill("SIGTERM");
        assertEquals((await supervisor.status).code, 0);
        assertEquals(await jubactl("start"), "255");
      } finally {
        await stop();
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

/** Programs that run the sources, and may reach this host under the address that its servers tell each other. */
async function writePrograms(bin: string): Promise<void> {
  await Deno.mkdir(bin);
  for (const name of ["jubaclassifier", "jubaclassifier_proxy", "jubavisor", "jubactl", "jubaconfig"]) {
    const words = [Deno.execPath(), ...await sourceArgs(name, `+${defaultAddress()}`)];
    const command = words.map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  }
}

/** The proxy at the port behind that of jubavisor. */
async function start(base: number, hosts: string, directory: string, bin: string) {
  const proxy = await ServerProcess.start("jubaclassifier_proxy", { args: ["-z", hosts], port: base + 1, bin });
  const supervisor = new Deno.Command(`${bin}/jubavisor`, {
    args: ["-p", `${base}`, "-z", hosts, "-l", directory],
    env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = async (): Promise<void> => {
    try {
      supervisor.kill("SIGTERM");
    } catch {
      // It has ended as it should.
    }
    await supervisor.status;
    await proxy.stop();
  };
  return { proxy, supervisor, stop };
}

async function call(to: ServerProcess, method: string, ...params: WireValue[]): Promise<string> {
  using connection = await RawConnection.open(to);
  const answer = await connection.exchange(encodeValue([0n, 1n, method, params]), 1);
  return showValue((answer!.messages[0] as WireValue[]).slice(2));
}

/** The first of three ports in a row that nothing listens on. */
function threeFreePorts(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = freePort();
    try {
      for (const port of [first + 1, first + 2]) Deno.listen({ hostname: "0.0.0.0", port }).close();
      return first;
    } catch {
      // Try elsewhere.
    }
  }
  throw new Error("no three free ports in a row");
}
