/**
 * `--zookeeper_auth` of all programs that have it: what they create is theirs.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CoordinationError } from "../../lib/cluster/coordinator.ts";
import { connectZookeeper } from "../../lib/cluster/zookeeper.ts";
import { writeSourcePrograms } from "../../scripts/source_programs.ts";
import { freePort } from "../support/free_port.ts";
import { runProgram, ServerProcess } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { call, statusOf } from "../support/test_cluster.ts";
import { until } from "../support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing, zookeeperShell } from "../support/zookeeper_server.ts";

const PASSWORD = "not to be seen";
const CLUSTER = "/jubatus/actors/classifier/shogun";
const config = `{"method":"AROW","parameter":{"regularization_weight":1.0},"converter":{}}`;

Deno.test({
  name: "programs with --zookeeper_auth make a cluster that others can look at and not touch",
  ignore: zookeeperMissing !== undefined,
  fn: async () => {
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    await using ensemble = await ZookeeperEnsemble.start();
    const { hosts } = ensemble;
    const bin = `${directory}/bin`;
    await writeSourcePrograms(bin);
    temporary.write("config.json", config);
    temporary.write("auth", `jubatus:${PASSWORD}\n`);
    // A relative path means the same for all, jubavisor's servers included.
    const auth = ["--zookeeper_auth", "auth"];
    const names = ["-t", "classifier", "-n", "shogun", "-z", hosts];
    const run = (program: string, ...args: string[]) => runProgram(program, { args, bin, directory });
    const write = ["-c", "write", "-f", "config.json", ...names];
    assertEquals((await run("jubaconfig", ...write, ...auth)).code, 0);

    const options = { bin, directory, env: { PATH: `${bin}:${Deno.env.get("PATH")}` } };
    await using proxy = await ServerProcess.start("jubaclassifier_proxy", {
      ...options,
      args: ["-z", hosts, ...auth],
    });
    const port = freePort();
    const args = ["-p", `${port}`, "-z", hosts, "-l", directory, ...auth];
    await using _visor = await ServerProcess.start("jubavisor", { ...options, port, args, spelledOut: true });
    await using session = await connectZookeeper({ hosts, sessionTimeoutMs: 10_000 });
    const children = (path: string): Promise<string[]> => session.children(path).catch(() => []);
    await until(async () => (await children("/jubatus/supervisors")).length === 1);
    const jubactl = (command: string, ...more: string[]) =>
      run("jubactl", "-c", command, "-s", "jubaclassifier", ...names, ...more);
    assertEquals((await jubactl("start", ...auth)).code, 0);
    await until(async () => (await children(`${CLUSTER}/actives`)).length === 1);
    assertEquals(await call(proxy, "set_label", "shogun", "x"), true);

    // The server's command line names the file, and nothing names the password.
    const [node] = await children(`${CLUSTER}/nodes`);
    const pid = (await statusOf({ port: Number(node!.split("_")[1]) })).get("pid");
    const words = await Deno.readTextFile(`/proc/${pid}/cmdline`);
    assertStringIncludes(words, `\0--zookeeper_auth\0${directory}/auth\0`);
    assert(!(words + await Deno.readTextFile(`/proc/${pid}/environ`)).includes(PASSWORD));

    const others = ["/jubatus", "/jubatus/config/classifier/shogun", `${CLUSTER}/nodes/${node}`];
    for (const path of others) {
      await assertRejects(() => session.set(path, new Uint8Array(1)), CoordinationError, "not authenticated (-102)");
      await assertRejects(() => session.delete(path), CoordinationError, "(-1");
      await assertRejects(() => session.create(`${path}/x`, "persistent"), CoordinationError, "not authenticated");
    }
    await assertRejects(() => session.delete(`${CLUSTER}/nodes/${node}`), CoordinationError, "not authenticated");
    assertEquals(new TextDecoder().decode((await session.get(others[1]!)).data), config);
    const acl = await zookeeperShell(hosts, "getAcl", CLUSTER);
    assertEquals(acl, ": r", "the last line of: jubatus all, world read");

    // Without the file: reading goes, and what writes says why it cannot.
    assertEquals((await run("jubaconfig", "-c", "read", ...names)).stdout, config);
    const status = await jubactl("status");
    assertEquals([status.code, status.stdout.split("\n").at(-2)], [0, ` ${node}`]);
    for (
      const [program, ...more] of [
        ["jubaconfig", ...write],
        ["jubaclassifier", "-n", "shogun", "-z", hosts, "-p", `${freePort()}`],
        ["jubaclassifier", "-n", "other", "-z", hosts, "-p", `${freePort()}`],
        ["jubaclassifier_proxy", "-z", hosts, "-p", `${freePort()}`],
      ] as const
    ) {
      const { code, stdout } = await run(program, ...more);
      assertEquals(code, 1, stdout);
      assertStringIncludes(stdout, "(#0) Message: only its owner may change /jubatus/");
      assertStringIncludes(stdout, ": see --zookeeper_auth");
    }

    assertEquals((await jubactl("stop", ...auth)).code, 0);
    assertEquals((await run("jubaconfig", "-c", "delete", ...names, ...auth)).code, 0);
  },
});

Deno.test("programs with --zookeeper_auth exit 1 when there are no credentials in the file", async () => {
  using temporary = new TemporaryDirectory();
  temporary.write("wrong", PASSWORD);
  for (
    const program of [
      ["jubaclassifier", "-n", "x"],
      ["jubaclassifier_proxy"],
      ["jubavisor"],
      ["jubactl", ..."-c status -s jubaclassifier -t classifier -n x".split(" ")],
      ["jubaconfig", "-c", "list"],
    ]
  ) {
    const run = async (file: string): Promise<(number | string)[]> => {
      const args = [...program.slice(1), "-z", "127.0.0.1:1", "--zookeeper_auth", file];
      const { code, stdout, stderr } = await runProgram(program[0]!, { args, directory: temporary.path });
      return [code, stdout, stderr];
    };
    assertEquals(await run("wrong"), [1, "", "--zookeeper_auth wrong is not one line user:password\n"]);
    assertEquals(await run("none"), [1, "", "can't read --zookeeper_auth none: No such file or directory\n"]);
  }
});
