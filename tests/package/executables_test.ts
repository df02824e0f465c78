import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { IMPLEMENTATION_VERSION } from "../../lib/base/version.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { RpcClient } from "../../lib/rpc/client.ts";
import { ClassifierClient } from "../../mod.ts";
import { root } from "../../scripts/roles.ts";
import { executables, runScript } from "../support/executables.ts";
import { freePort } from "../support/free_port.ts";
import { runProgram } from "../support/server_process.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { until } from "../support/until.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";
import { Jail, jailObstacle } from "./jail.ts";

const bin = await executables(["jubaclassifier", "jubaregression", "jubavisor"]);
const ignore = bin === undefined;
const obstacle = jailObstacle();
if (obstacle !== undefined) console.log(`the test in an empty directory tree is skipped: ${obstacle}`);

const config = await Deno.readTextFile(`${root}scripts/shogun.json`);
/** A range reserved for documentation. */
const outside = "192.0.2.1";

Deno.test({
  name: "an executable learns, saves and loads in an empty directory tree without network",
  ignore: ignore || obstacle !== undefined,
  fn: async () => {
    await using jail = await Jail.make(`${bin}/jubaclassifier`, { "/shogun.json": config });
    jail.start(["-f", "/shogun.json", "-d", "/data", "-b", "127.0.0.1"]);
    const { success, stdout, stderr } = await jail.run(`${root}tests/package/use_classifier.ts`);
    assert(success, new TextDecoder().decode(stderr) + await jail.stop());
    const { best, paths } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([best, paths], ["Tokugawa", ["/data/127.0.0.1_9199_classifier_learned.jubatus"]]);
  },
});

Deno.test({
  name: "executables with the same permissions are one file that knows by its name what it is",
  ignore,
  fn: async () => {
    for (const name of ["jubaclassifier", "jubaregression", "jubavisor"]) {
      const { stderr } = await runProgram(name, { args: ["--help"], bin: bin! });
      assertStringIncludes(stderr, `usage: ${bin}/${name} `);
    }
    const [one, other] = ["jubaclassifier", "jubaregression"].map((name) => Deno.statSync(`${bin}/${name}`));
    assertEquals(one!.ino, other!.ino);
    await Deno.link(`${bin}/jubaclassifier`, `${bin}/learner`);
    const { code, stderr } = await runProgram("learner", { bin: bin! });
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      "this file must be called jubaclassifier, jubaregression, jubastat or begin so, not learner",
    );
    const { stdout } = await runProgram("jubaregression", { args: ["--version"], bin: bin! });
    assertMatch(stdout, /^jubatus-1\.1\.1 \(jubaregression\)\njubatus-deno-\S+ \((commit \S+, )?Deno \S+, \S+\)\n$/);
    assertStringIncludes(stdout, `-${IMPLEMENTATION_VERSION} `);
  },
});

Deno.test({
  name: "an executable says which addresses it was built for when ZooKeeper has another",
  ignore,
  fn: async () => {
    const start = performance.now();
    for (const [host, hint] of [[outside, `--net=+${outside}\``], ["zk.invalid", "--net=+zk.invalid\` (a host name"]]) {
      const args = ["-z", `${host}:2181`, "-n", "shogun"];
      const { code, stdout } = await runProgram("jubaclassifier", { args, bin: bin! });
      assertEquals(code, 1, stdout);
      assertStringIncludes(stdout, `network access to ${host}:2181 is not permitted`);
      assertStringIncludes(stdout, "built for 0.0.0.0,[::],localhost,127.0.0.0/8,");
      assertStringIncludes(stdout, hint!);
    }
    assert(performance.now() - start < 10_000, "it did not wait for the timeout");
  },
});

Deno.test({
  name: "an executable says which addresses it was built for when it shall listen on another",
  ignore,
  fn: async () => {
    const args = ["-f", `${root}scripts/shogun.json`, "-b", outside];
    const { code, stdout } = await runProgram("jubaclassifier", { args, bin: bin! });
    assertEquals(code, 1, stdout);
    assertMatch(stdout, /server failed to start: bind failed: network access to 192\.0\.2\.1:9199 is not permitted/);
  },
});

Deno.test({
  name: "compile narrows the network when it is given a list",
  ignore,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      const { success, output } = await runScript("compile", [
        "--only=jubaconfig",
        "--net=10.1.0.0/16",
        `--output=${directory}`,
      ]);
      assert(success, output);
      assertMatch(
        output,
        /^\[1\/1\] jubaconfig for \S+\n.*\n\nexecutable +size +permissions\njubaconfig +[\d.]+ MB +net/s,
      );
      const args = ["-c", "list", "-z", "10.2.0.1:2181"];
      const { code, stdout } = await runProgram("jubaconfig", { args, bin: directory });
      assertEquals(code, 1, stdout);
      assertStringIncludes(stdout, "10.2.0.1:2181 is not permitted: this executable was built for 10.1.0.0/16;");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "an executable goes into the background with --daemon",
  ignore: ignore || Deno.build.os !== "linux",
  fn: async () => {
    const directory = await Deno.makeTempDir();
    const port = freePort();
    const args = ["-D", "-f", `${root}scripts/shogun.json`, "-d", directory, "-b", "127.0.0.1", "-p", `${port}`];
    // Without PATH, as services may be started.
    const { code, stdout, stderr } = await runProgram("jubaclassifier", { args, bin: bin!, env: { PATH: "" } });
    assertEquals(code, 0, stdout + stderr);
    await (await connected(port)).close();
    await using client = await ClassifierClient.connect({ host: "127.0.0.1", port });
    const [status] = (await client.get_status()).values();
    Deno.kill(Number(status!.get("pid")), "SIGTERM");
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "jubavisor starts its servers and refuses any other program",
  ignore: ignore || zookeeperMissing !== undefined,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start();
    using logs = new TemporaryDirectory();
    const port = freePort();
    const jubavisor = new Deno.Command(`${bin}/jubavisor`, {
      args: ["-z", ensemble.hosts, "-p", `${port}`, "-l", logs.path],
      env: { PATH: `${bin}:/usr/bin:/bin` },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const answers: number[] = [];
    try {
      await using client = await connected(port);
      for (
        const target of ["sh/shogun", "/bin/sh", "../../bin/sh/shogun", "jubaclassifier/shogun"]
      ) {
        const params = (writer: Writer): void => {
          writer.writeArrayHeader(3);
          writer.writeByteString(target);
          writer.writeInt(1);
          writer.writeArrayHeader(0);
        };
        answers.push(await client.call("start", params, (result) => result.readInteger()));
      }
    } finally {
      jubavisor.kill("SIGTERM");
    }
    const said = new TextDecoder().decode((await jubavisor.output()).stdout);
    // The last one is started, and ends since there is no configuration.
    assertEquals(answers, [-1, -1, -1, -1], said);
    assertStringIncludes(said, "only juba* programs are started, not 'sh'");
    assertStringIncludes(said, "not of the form PROGRAM/NAME: '/bin/sh'");
    assertMatch(said, /forking jubaclassifier with port \d+[^]* jubaclassifier with port \d+ has ended at once: see /);
  },
});

/** A client of a server that is starting. */
async function connected(port: number): Promise<RpcClient> {
  const client = new RpcClient({ host: "127.0.0.1", port });
  await until(() => client.connect().then(() => true, () => false));
  return client;
}

Deno.test({
  name: "package makes an archive whose checksums are right and whose programs run",
  ignore: ignore || Deno.build.os !== "linux",
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      const made = await runScript("package", ["--only=jubaconv", `--output=${directory}`]);
      assert(made.success, made.output);
      const name = `jubatus-deno-${IMPLEMENTATION_VERSION}-${Deno.build.target}`;
      assertMatch(made.output, new RegExp(`\npackage +size\n${name}\\.tar\\.gz +[\\d.]+ MB\n$`));
      const shell = `cd "$0" && sha256sum -c --quiet SHA256SUMS && tar -xzf ${name}.tar.gz && cd ${name} && ` +
        `sha256sum -c --quiet SHA256SUMS && find * -type f | sort && echo '{"a":1}' | bin/jubaconv -o json`;
      const { stdout, stderr } = await new Deno.Command("sh", { args: ["-c", shell, directory] }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      assertEquals(new TextDecoder().decode(stdout).split("\n").slice(0, 9), [
        "LICENSE",
        "SHA256SUMS",
        "bin/jubaconv",
        "lib/sysusers.d/jubatus.conf",
        "share/bash-completion/completions/jubaconv",
        "share/fish/vendor_completions.d/jubaconv.fish",
        "share/jubatus/example/shogun.json",
        "share/man/man1/jubaconv.1",
        "share/zsh/site-functions/_jubaconv",
      ]);
      assertMatch(new TextDecoder().decode(stdout), /\{\s*"a": 1\s*\}\s*$/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("compile says what is missing when there is no base runtime, and leaves nothing behind", async () => {
  const directory = await Deno.makeTempDir();
  const env = { DENORT_BIN: "/nonexistent/denort", TMPDIR: directory };
  const { success, output } = await runScript("compile", ["--only=jubaconv", `--output=${directory}`], env);
  const left = [...Deno.readDirSync(directory)];
  await Deno.remove(directory, { recursive: true });
  assertEquals([success, left], [false, []]);
  assertStringIncludes(
    output,
    "DENORT_BIN is /nonexistent/denort, which is no base runtime (denort) that can be read.",
  );
  assertStringIncludes(output, "DENORT_BIN=/path/to/denort deno task compile");
});

Deno.test("compile names what there is when asked for something else", async () => {
  const other = await runScript("compile", ["--only=jubagraph"]);
  assertStringIncludes(other.output, "no such executable: jubagraph; there are jubaclassifier,");
  const windows = await runScript("compile", ["--only=jubastat", "--target=x86_64-pc-windows-msvc"]);
  assertStringIncludes(windows.output, "jubastat is not made for x86_64-pc-windows-msvc; there are jubactl,");
  const range = await runScript("compile", ["--net=fc00::/7"]);
  assertStringIncludes(range.output, "--net: fc00::/7: ranges of IPv6 addresses cannot be granted");
  assertEquals([other.success, windows.success, range.success], [false, false, false]);
});
