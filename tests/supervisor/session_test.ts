/** What jubavisor does when it loses ZooKeeper: its servers must not go on without it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import { writeSourcePrograms } from "../../scripts/source_programs.ts";
import { freePort } from "../support/free_port.ts";
import { runProgram, ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { logged } from "../support/test_cluster.ts";
import { until } from "../support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing, type ZookeeperServer } from "../support/zookeeper_server.ts";

const SESSION_MS = 2000;
/** A server that ends when it is told to, and not because of ZooKeeper. */
const SERVER = `#!/bin/sh
trap 'echo told to end; kill $!; exit' TERM
echo running
sleep 1000 &
wait
`;

function test(
  name: string,
  run: (visor: ServerProcess, zookeeper: ZookeeperServer, serverLog: () => string) => Promise<void>,
): void {
  Deno.test({
    name: `jubavisor ${name}`,
    ignore: zookeeperMissing !== undefined,
    fn: async () => {
      await using ensemble = await ZookeeperEnsemble.start(1, 200, SESSION_MS);
      using temporary = new TemporaryDirectory();
      const bin = temporary.path;
      await writeSourcePrograms(bin);
      temporary.write("jubaclassifier", SERVER);
      const port = freePort();
      await using visor = await ServerProcess.start("jubavisor", {
        args: ["-p", `${port}`, "-z", ensemble.hosts, "-l", bin],
        port,
        spelledOut: true,
        bin,
        env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
      });
      {
        await using session = await connectZookeeper({ hosts: ensemble.hosts, sessionTimeoutMs: 1000 });
        await until(async () => (await session.children("/jubatus/supervisors")).length === 1);
      }
      const words = ["-c", "start", "-s", "jubaclassifier", "-t", "classifier", "-n", "x", "-z", ensemble.hosts];
      assertEquals((await runProgram("jubactl", { args: words, bin })).code, 0);
      const log = temporary.list().find((file) => file.endsWith(".log"))!;
      await run(visor, ensemble.server, () => Deno.readTextFileSync(`${bin}/${log}`));
    },
  });
}

test("goes on with its servers when ZooKeeper comes back before its session ends", async (visor, zookeeper, log) => {
  await zookeeper.stop();
  await logged(visor, "ZooKeeper session lost");
  await zookeeper.start();
  await logged(visor, "ZooKeeper session recovered before timeout");
  assertEquals([visor.running, log()], [true, "running\n"]);
  const { code } = await visor.stop();
  assertEquals([code, log()], [0, "running\ntold to end\n"]);
});

test("ends its servers and exits 255 when ZooKeeper stays away", async (visor, zookeeper, log) => {
  await zookeeper.stop();
  const { code, stdout } = await visor.result;
  assertEquals([code, log()], [255, "running\ntold to end\n"]);
  assertStringIncludes(stdout, "ZooKeeper session recovery timed out: state CLOSED_STATE(0)");
  assertStringIncludes(stdout, "exited pid: ");
});

test("ends its servers and exits 255 when ZooKeeper answers no more", async (visor, zookeeper, log) => {
  zookeeper.freeze();
  const { code } = await visor.result;
  assertEquals([code, log()], [255, "running\ntold to end\n"]);
});

test("ends its servers and exits 255 when it was stopped beyond its session", async (visor, zookeeper, log) => {
  visor.signal("SIGSTOP");
  await using session = await connectZookeeper({ hosts: zookeeper.address, sessionTimeoutMs: 1000 });
  await until(async () => (await session.children("/jubatus/supervisors")).length === 0);
  visor.signal("SIGCONT");
  const { code, stdout } = await visor.result;
  assertEquals([code, log()], [255, "running\ntold to end\n"]);
  assertStringIncludes(stdout, "ZooKeeper session expired");
});
