/**
 * Servers of a cluster, as processes, against a real ZooKeeper: what they do when they come, learn together and go. Long
 * because these steps of one life share servers and ensembles, which take their time to start.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { ClassifierClient } from "../../mod.ts";
import { freePort } from "../support/free_port.ts";
import { runProgram, ServerProcess } from "../support/server_process.ts";
import { call, logged, messagesOf, statusOf, TestCluster } from "../support/test_cluster.ts";
import { until } from "../support/until.ts";
import { WireCaller } from "../support/wire_call.ts";
import type { WireMap, WireValue } from "../support/wire_value.ts";
import { withoutZookeeperLog } from "../support/zookeeper_log.ts";
import { ZookeeperEnsemble, zookeeperMissing } from "../support/zookeeper_server.ts";

const ignore = zookeeperMissing !== undefined;

const numbers = { num_rules: [{ key: "*", type: "num" }] };
const pa = { method: "PA", converter: numbers };
const nn = {
  method: "NN",
  parameter: { method: "euclid_lsh", parameter: { hash_num: 64 }, nearest_neighbor_num: 3, local_sensitivity: 1 },
  converter: numbers,
};

/** One datum with one number. */
function datum(key: string, value: number): WireValue {
  return [[], [[key, value]], []];
}

function train(server: { readonly port: number }, label: string, key = "x", value = 1): Promise<WireValue> {
  return call(server, "train", "", [[label, datum(key, value)]]);
}

async function labelsOf(server: { readonly port: number }): Promise<string[]> {
  return ((await call(server, "get_labels", "")) as WireMap).entries.map(([label]) => String(label)).sort();
}

/** What a server thinks of one datum. */
async function scoresOf(server: { readonly port: number }): Promise<Map<string, number>> {
  await using client = await ClassifierClient.connect({ port: server.port });
  const [scores] = await client.classify([{ x: 2 }]);
  return new Map(scores!.map(({ label, score }) => [label, score]));
}

async function versionOf(server: { readonly port: number }): Promise<number> {
  return Number((await statusOf(server)).get("model_version"));
}

function endpoint(server: { readonly port: number }): string {
  return `127.0.0.1_${server.port}`;
}

/** The raw of a reply, as hex digits. */
function hex(value: WireValue): string {
  return Uint8Array.from(String(value), (unit) => unit.charCodeAt(0)).toHex();
}

Deno.test({
  name: "jubaclassifier in a cluster",
  ignore,
  fn: async (t) => {
    await using ensemble = await ZookeeperEnsemble.start(1, 500);
    const { hosts } = ensemble;

    await t.step("comes and goes in the order of 1.1.1 when it is the only server", async () => {
      await using cluster = await TestCluster.create(hosts, "alone", { config: pa });
      const server = await cluster.start();
      const self = endpoint(server);

      assertEquals(await cluster.children(), ["actives", "config_lock", "master_lock", "nodes"]);
      assertEquals(await cluster.children("nodes"), [self]);
      assertEquals(await cluster.children("actives"), [self]);
      assertMatch((await cluster.children("config_lock")).join(), /^rlock_\d{10}$/);
      assertEquals((await cluster.zk.exists(cluster.path("nodes", self)))!.dataLength, 0);

      await logged(server, "mixed with 1 servers");
      const { code, stdout, stderr } = await server.stop();
      assertEquals([code, withoutZookeeperLog(stderr)], [0, ""]);
      assertEquals(await cluster.children("nodes"), []);
      assertEquals(await cluster.children("actives"), []);
      assertEquals(await cluster.children("config_lock"), []);
      const root = cluster.path();
      const peer = `127.0.0.1:${server.port}`;
      const messages = messagesOf(stdout).map((message) => message.replace(/in [\d.e-]+ secs/, "in S secs"));
      const active = messages.indexOf(`active created: ${root}/actives/${self}`);
      assert(active > 0);
      // Registering goes on beside the round.
      messages.splice(active, 1);
      assertEquals(messages, [
        `starting jubaclassifier 1.1.1 RPC server at 127.0.0.1:${server.port}`,
        "got ZooKeeper event: type SESSION_EVENT(-1), state CONNECTED_STATE(3)",
        `ZooKeeper session established: connected to ${hosts}, negotiated timeout 10000 ms`,
        "joining to the cluster alone",
        `load config from zookeeper: ${hosts}`,
        "get config from zookeeper: /jubatus/config/classifier/alone",
        `config loaded: ${JSON.stringify(pa)}`,
        `start listening at port ${server.port}`,
        `actor created: ${root}/nodes/${self}`,
        `watch start: ${root}/nodes/${self}`,
        "registered group membership",
        "jubaclassifier RPC server startup",
        "start to get model from other server",
        "no other server available, I become active",
        `success to get_diff from [${peer}]`,
        "put_diff with 20 bytes finished my model is still up to date. versions [0th, 1st, 1st]",
        `success to put_diff to [${peer}]`,
        "mixed with 1 servers in S secs, 20 bytes (serialized data) has been put.",
        "caught SIGTERM",
        "stopping mixer thread",
        "leaving from the cluster alone",
        "stopping RPC server",
      ]);
    });

    await t.step("get_diff and get_model give the bytes of 1.1.1 when nothing has been learned", async () => {
      const cosine = { ...nn, method: "cosine", parameter: { nearest_neighbor_num: 3, local_sensitivity: 1 } };
      const rows = { method: "euclid_lsh", parameter: { hash_num: 64 }, nearest_neighbor_num: 3 };
      const pa1 = { sensitivity: 0.1, regularization_weight: 1 };
      const fresh: [type: string, config: unknown, diff: string][] = [
        ["classifier", pa, "9392019290910180929500918091809180809101"],
        ["classifier", nn, "92a190929500918091809180809101"],
        ["classifier", cosine, "93929280938080008080929500918091809180809101"],
        ["regression", { ...pa, method: "PA1", parameter: pa1 }, "92920192909101929500918091809180809101"],
        ["regression", { ...nn, parameter: rows }, "93a190a190929500918091809180809101"],
        [
          "regression",
          { ...cosine, parameter: { nearest_neighbor_num: 3 } },
          "939292809380800080a190929500918091809180809101",
        ],
      ];
      for (const [i, [type, config, diff]] of fresh.entries()) {
        const name = `fresh${i}`;
        await using cluster = await TestCluster.create(hosts, name, { type, config });
        const server = await cluster.start();
        await logged(server, "mixed with 1 servers");
        assertEquals(hex(await call(server, "get_diff", 0n)), diff, JSON.stringify(config));
        const [version, model] = await call(server, "get_model", 0n) as WireValue[];
        assertEquals(version, 1n);
        const id = `model-${name}`;
        await call(server, "save", "", id);
        const saved = await Deno.readFile(`${cluster.directory}/${endpoint(server)}_${type}_${id}.jubatus`);
        // The user data of the file: a version, then the model.
        assert(saved.toHex().endsWith(`9201${hex(model!)}`), name);
      }
    });

    await t.step("fetches the model and takes part when it joins others", async () => {
      await using cluster = await TestCluster.create(hosts, "joining", { config: pa });
      const first = await cluster.start();
      await train(first, "A");
      await train(first, "B", "x", -1);
      const second = await cluster.start();
      await logged(first, "put_diff", 2);
      assertEquals(await cluster.children("actives"), [endpoint(first), endpoint(second)].sort());
      assertStringIncludes(second.output, `from server[127.0.0.1:${first.port}] `);
      assertStringIncludes(second.output, "finished I got latest model. So I become active. versions [0th, 2nd, 2nd]");
      assertStringIncludes(first.output, "sending learning-model. size = ");
      assertEquals(await labelsOf(second), ["A", "B"]);
      assertEquals(await scoresOf(second), await scoresOf(first));
    });

    await t.step("do_mix makes all servers know what each has learned", async () => {
      await using cluster = await TestCluster.create(hosts, "forced", { config: pa });
      const servers = [await cluster.start(), await cluster.start(), await cluster.start()];
      for (const [i, server] of servers.entries()) await train(server, `L${i}`, `k${i}`);
      assertEquals(await call(servers[1]!, "do_mix", ""), true);
      const versions = await Promise.all(servers.map(versionOf));
      assertEquals(versions, [4, 4, 4]);
      for (const server of servers) {
        assertEquals(await labelsOf(server), ["L0", "L1", "L2"]);
        assertEquals((await statusOf(server)).get("linear_mixer.count"), "0");
      }
      assertStringIncludes(servers[1]!.output, "forced to mix by user RPC");
      assertMatch(servers[1]!.output, /mixed with 3 servers in [\d.]+ secs, \d+ bytes/);
      // All at once: each gets its turn.
      assertEquals(await Promise.all(servers.map((server) => call(server, "do_mix"))), [true, true, true]);
      assertEquals(await Promise.all(servers.map(versionOf)), [7, 7, 7]);
    });

    await t.step("mixes by itself when there are so many updates, or one is so old", async () => {
      await using cluster = await TestCluster.create(hosts, "triggers", { config: pa });
      const counting = await cluster.start("-i", "3");
      const waiting = await cluster.start("-s", "1");
      await train(counting, "A");
      await train(counting, "B", "x", -1);
      assertEquals((await statusOf(counting)).get("linear_mixer.count"), "2");
      assertEquals(await labelsOf(waiting), []);
      await train(counting, "A", "y");
      await until(async () => (await labelsOf(waiting)).length === 2);
      await until(() => counting.output.includes(".... mix done."));
      assertMatch(counting.output, /got ZooKeeper lock, starting mix[^]*\.\.\.\. mix done\. versions\[0th, 3rd, 3rd\]/);
      await until(async () => (await statusOf(counting)).get("linear_mixer.count") === "0");
      await train(waiting, "C");
      await until(async () => (await labelsOf(counting)).length === 3);
      assertMatch(waiting.output, /got ZooKeeper lock, starting mix/);
    });

    await t.step("leaves the actives and comes back when it is sent a difference of another version", async () => {
      await using cluster = await TestCluster.create(hosts, "foreign", { config: pa });
      const server = await cluster.start();
      const other = await cluster.start();
      // Version 9 of everything.
      const foreign = Uint8Array.fromHex("9392019290910980929500918091809180809109");
      assertEquals(await call(server, "put_diff", String.fromCharCode(...foreign)), 0n);
      await logged(server, "active removed");
      await logged(server, "active created", 2);
      assertMatch(
        server.output,
        /put_diff with 20 bytes finished I'm obsolete\. I become inactive\. versions \[0th, 2nd, 2nd\]/,
      );
      assertStringIncludes(server.output, `got model(serialized data) `);
      await until(async () => (await cluster.children("actives")).length === 2);
      await until(async () => await versionOf(server) === 3 && await versionOf(other) === 3);
    });

    await t.step("answers what is no difference with the errors of 1.1.1", async () => {
      await using cluster = await TestCluster.create(hosts, "nonsense", { config: pa });
      const server = await cluster.start();
      using caller = await WireCaller.open(server);
      assertEquals(await caller.call("put_diff", "\x92\x00\x00"), ["conversion failed", null]);
      assertEquals(await caller.call("put_diff", "\xc1"), ["parse error", null]);
      assertEquals(await caller.call("put_diff", ""), ["insufficient bytes", null]);
      assertEquals(await caller.call("put_diff", "\x92"), ["insufficient bytes", null]);
      assertEquals(await caller.call("put_diff", 0n), [2n, "std::bad_cast"]);
      for (const method of ["get_diff", "get_model", "put_diff"]) {
        assertEquals(await caller.call(method), [2n, "std::bad_cast"], method);
      }
      assertEquals(await caller.call("pull", ""), [1n, "pull"]);
      assertEquals(await cluster.children("actives"), [endpoint(server)]);
    });

    await t.step("mixes with those that answer when one server has died", async () => {
      await using cluster = await TestCluster.create(hosts, "dead", { config: pa });
      const server = await cluster.start();
      const doomed = await cluster.start();
      await doomed.stop("SIGKILL");
      await train(server, "A");
      assertEquals(await call(server, "do_mix"), true);
      assertEquals(await versionOf(server), 3);
      assertStringIncludes(server.output, `get_diff failed at 127.0.0.1:${doomed.port} : `);
      assertStringIncludes(server.output, `put_diff failed at 127.0.0.1:${doomed.port} : `);
      assertEquals((await cluster.children("nodes")).length, 2);
    });

    await t.step("get_status has all keys of 1.1.1", async () => {
      await using cluster = await TestCluster.create(hosts, "status", { config: pa });
      const server = await cluster.start("-I", "5");
      const status = await statusOf(server);
      // deno-fmt-ignore
      const keys = [
        "PROGNAME", "RSS", "SHR", "VERSION", "VIRT", "clock_time", "configpath", "connected_zookeeper", "datadir",
        "diff_document_count", "diff_num_document_frequencies", "diff_num_group_frequencies",
        "diff_num_group_total_lengths", "diff_num_weights", "interconnect_timeout", "interval_count", "interval_sec",
        "is_standalone", "last_loaded", "last_loaded_path", "last_saved", "last_saved_path", "linear_mixer.count",
        "linear_mixer.is_obsolete", "linear_mixer.is_running", "linear_mixer.ticktime", "log_config", "logdir",
        "master_document_count", "master_num_document_frequencies", "master_num_group_frequencies",
        "master_num_group_total_lengths", "master_num_weights", "mixer", "model_version", "name", "num_classes",
        "num_features", "num_features_diff", "pid", "start_time", "storage", "threadnum", "timeout", "type",
        "update_count", "uptime", "use_cht", "user", "weight_manager_version", "zk", "zookeeper_timeout",
      ];
      assertEquals([...status.keys()].sort(), keys);
      const expected = {
        configpath: "/jubatus/config/classifier/status",
        connected_zookeeper: hosts,
        interconnect_timeout: "5",
        is_standalone: "0",
        mixer: "linear_mixer",
        name: "status",
        storage: "local_storage_mixture",
        use_cht: "0",
        zk: hosts,
        "linear_mixer.is_obsolete": "0",
        "linear_mixer.is_running": "1",
      };
      for (const [key, value] of Object.entries(expected)) assertEquals(status.get(key), value, key);
    });

    await t.step("stops when somebody deletes its node", async () => {
      await using cluster = await TestCluster.create(hosts, "deleted", { config: pa });
      const server = await cluster.start();
      const node = cluster.path("nodes", endpoint(server));
      await cluster.zk.delete(node);
      assertEquals((await server.result).code, 0);
      assertStringIncludes(server.output, `My actor [${node}] was deleted, preparing for finish`);
    });

    await t.step("SIGINT stops it as SIGTERM does", async () => {
      await using cluster = await TestCluster.create(hosts, "interrupted", { config: pa });
      const server = await cluster.start();
      const { code, stdout } = await server.stop("SIGINT");
      assertEquals(code, 0);
      assertEquals(messagesOf(stdout).slice(-4), [
        "caught SIGINT",
        "stopping mixer thread",
        "leaving from the cluster interrupted",
        "stopping RPC server",
      ]);
    });

    await t.step("says how many updates it takes with it when it leaves", async () => {
      await using cluster = await TestCluster.create(hosts, "leaving", { config: pa });
      const server = await cluster.start("-s", "0", "-i", "0");
      await logged(server, "no other server available, I become active");
      await train(server, "A");
      await train(server, "B", "x", -1);
      const { stdout } = await server.stop();
      assertStringIncludes(stdout, "leaving with 2 updates that no other server knows of");
    });

    await t.step("keeps jubaconfig from changing its configuration as long as it runs", async () => {
      await using cluster = await TestCluster.create(hosts, "locked", { config: pa });
      const server = await cluster.start();
      const [written, deleted] = await Promise.all([
        cluster.jubaconfig("write", "-f", cluster.configFile),
        cluster.jubaconfig("delete"),
      ]);
      for (const { code, stdout } of [written, deleted]) {
        assertEquals(code, 1);
        assertStringIncludes(stdout, "any user is using config?");
      }
      assertEquals((await cluster.jubaconfig("read")).stdout, JSON.stringify(pa));
      await server.stop();
      assertEquals((await cluster.jubaconfig("write", "-f", cluster.configFile)).code, 0);
      assertEquals((await cluster.jubaconfig("delete")).code, 0);
    });

    await t.step("does not start when there is no configuration, or one that is no good", async () => {
      await using cluster = await TestCluster.create(hosts, "wrong", { config: pa });
      const args = ["-p", String(freePort()), "-b", "127.0.0.1", ...cluster.serverArgs];
      const tested = await runProgram("jubaclassifier", { args: [...args, "-T"] });
      assertEquals([tested.code, withoutZookeeperLog(tested.stderr)], [0, "Configuration OK\n"]);

      await Deno.writeTextFile(cluster.configFile, `{"method": "PA", "converter": {}, "extra": 1}`);
      assertEquals((await cluster.jubaconfig("write", "-f", cluster.configFile, "--force")).code, 0);
      const refused = await runProgram("jubaclassifier", { args: [...args, "-T"] });
      assertEquals(refused.code, 1);
      assertMatch(withoutZookeeperLog(refused.stderr), /^Configuration error:\n/);
      const started = await runProgram("jubaclassifier", { args });
      assertEquals(started.code, 1);
      assertStringIncludes(started.stdout, "invalid configuration");

      assertEquals((await cluster.jubaconfig("delete")).code, 0);
      const missing = await runProgram("jubaclassifier", { args });
      assertEquals(missing.code, 1);
      assertMatch(
        missing.stdout,
        /exception when loading config file: .*config does not exist: \/jubatus\/config\/classifier\/wrong/,
      );
      const mixer = await runProgram("jubaclassifier", { args: [...args, "-x", "blender"] });
      assertEquals(mixer.code, 1);
      assertStringIncludes(mixer.stdout, "unsupported mix type (blender)");
      assertEquals(await cluster.children("nodes"), []);
    });

    await t.step("does not start when another one has its address, unless that goes", async () => {
      await using cluster = await TestCluster.create(hosts, "twice", { config: pa });
      const server = await cluster.start();
      const second = await runProgram("jubaclassifier", {
        args: ["-p", String(server.port), "-b", "127.0.0.1", ...cluster.serverArgs],
      });
      assertEquals(second.code, 1);
      assertStringIncludes(second.stdout, `server failed to start: any process using port ${server.port}?`);

      // Not by its port, but by its node, as one on another host that claims the same address would.
      const [port, later] = [freePort(), freePort()];
      for (const taken of [port, later]) {
        await cluster.zk.create(cluster.path("nodes", `127.0.0.1_${taken}`), "ephemeral");
      }
      const options = { args: [...cluster.serverArgs, "-Z", "1"] };
      const unlucky = cluster.keep(await ServerProcess.launch("jubaclassifier", { ...options, port }));
      const lucky = cluster.keep(await ServerProcess.launch("jubaclassifier", { ...options, port: later }));
      await logged(lucky, "start listening");
      await cluster.zk.delete(cluster.path("nodes", `127.0.0.1_${later}`));
      const { code, stdout } = await unlucky.result;
      assertEquals(code, 1);
      assertStringIncludes(stdout, "Failed to register_actor");
      await cluster.becomesActive(lucky);
    });

    await t.step("random, broadcast and skip mixers exchange rows, and nothing else", async () => {
      for (const mixer of ["random_mixer", "broadcast_mixer"]) {
        await using cluster = await TestCluster.create(hosts, mixer, { config: nn });
        const [first, second] = [await cluster.start("-x", mixer), await cluster.start("-x", mixer)];
        assertEquals(hex(await call(first, "get_pull_argument", 0n)), "9180", mixer);
        using caller = await WireCaller.open(first);
        assertEquals(await caller.call("get_diff", 0n), [1n, "get_diff"]);
        assertEquals(await caller.call("pull", 0n), ["argument mismatch", null]);
        await train(first, "A");
        await train(second, "B", "x", -1);
        assertEquals(await call(second, "do_mix"), true);
        for (const server of [first, second]) assertEquals(await labelsOf(server), ["A", "B"], mixer);
        const status = await statusOf(first);
        assertEquals([status.get("push_mixer.count"), status.get("mixer")], ["0", mixer]);
        assertMatch(second.output, /[\d.]+ time elapsed \d+ pulled {2}\d+ pushed/);
      }
    });

    await t.step("skip mixer exchanges with every second server of what is left", async () => {
      await using cluster = await TestCluster.create(hosts, "skip", { config: nn });
      const started = [];
      for (let i = 0; i < 4; i++) started.push(await cluster.start("-x", "skip_mixer"));
      // Members are known in the order of their names.
      const servers = started.sort((a, b) => endpoint(a) < endpoint(b) ? -1 : 1);
      await train(servers[1]!, "A");
      assertEquals(await call(servers[1]!, "do_mix"), true);
      const known = await Promise.all(servers.map(labelsOf));
      assertEquals(known, [[], ["A"], ["A"], ["A"]]);
    });

    await t.step("a linear model stays with its server when a push mixer is used", async () => {
      await using cluster = await TestCluster.create(hosts, "unsupported", { config: pa });
      const servers = [await cluster.start("-x", "broadcast_mixer"), await cluster.start("-x", "broadcast_mixer")];
      await train(servers[0]!, "A");
      assertEquals(await call(servers[0]!, "do_mix"), true);
      assertEquals(await labelsOf(servers[1]!), []);
    });

    await t.step("the proxy sees servers come and go, and gathers what all of them say", async () => {
      await using cluster = await TestCluster.create(hosts, "proxied", { config: pa });
      const proxy = await cluster.startProxy();
      assertEquals(await cluster.zk.children("/jubatus/jubaproxies/classifier"), [endpoint(proxy)]);
      await using client = await ClassifierClient.connect({ port: proxy.port, name: cluster.name });
      await assertRejects(() => client.get_labels(), Error, "no server found: proxied");
      const servers = [await cluster.start(), await cluster.start()];
      await until(async () => (await client.get_status()).size === 2);
      assertEquals(await client.train([["A", { x: 1 }]]), 1);
      await call(servers[0]!, "do_mix");
      assertEquals([...(await client.get_labels()).keys()], ["A"]);
      assertEquals((await client.save("m")).size, 2);
      assertEquals(await client.load("m"), true);
      assertEquals(await client.clear(), true);
      for (const server of servers) assertEquals(await labelsOf(server), []);
      await servers[0]!.stop();
      await until(async () => (await client.get_status()).size === 1);
      assertEquals(await client.get_config(), JSON.stringify(pa));
      const { code, stdout } = await proxy.stop();
      assertEquals([code, messagesOf(stdout).slice(-2)], [0, ["caught SIGTERM", "stopping RPC server"]]);
      assertEquals(await cluster.zk.children("/jubatus/jubaproxies/classifier"), []);
    });
  },
});

Deno.test({
  name: "jubastat takes its places on the hash ring when it joins a cluster",
  ignore,
  fn: async () => {
    await using ensemble = await ZookeeperEnsemble.start(1, 500);
    await using cluster = await TestCluster.create(ensemble.hosts, "ring", {
      type: "stat",
      config: { window_size: 4 },
    });
    const server = await cluster.start();
    const places = await cluster.children("cht");
    assertEquals(places.length, 8);
    for (const place of places) {
      assertMatch(place, /^[0-9a-f]{32}$/);
      const { data } = await cluster.zk.get(cluster.path("cht", place));
      assertEquals(new TextDecoder().decode(data), endpoint(server));
    }
    assertEquals((await statusOf(server)).get("use_cht"), "1");
    assertEquals(hex(await call(server, "get_diff", 0n)), "9192cb000000000000000000");
    await server.stop();
    assertEquals(await cluster.children("cht"), []);
  },
});
