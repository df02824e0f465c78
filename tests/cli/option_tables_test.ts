import { assert, assertEquals } from "@std/assert";
import { optionTables, SERVICES } from "../../cli/option_tables.ts";
import { usage } from "../../cli/options.ts";
import { engineTypes } from "../../lib/engine/registry.ts";
import { roles } from "../../scripts/roles.ts";

const serverHelp = [
  "usage: jubaclassifier [options] ... ",
  "options:",
  "  -p, --rpc-port                port number (int [=9199])",
  "  -b, --listen_addr             bind IP address (string [=])",
  "  -B, --listen_if               bind network interfance (string [=])",
  "  -c, --thread                  concurrency = thread number (int [=2])",
  "  -t, --timeout                 time out (sec) (int [=10])",
  "  -d, --datadir                 directory to save and load models (string [=/tmp])",
  "  -l, --logdir                  directory to output ZooKeeper logs (instead of stderr) (string [=])",
  "  -g, --log_config              log4cxx XML configuration file (string [=])",
  "  -f, --configpath              config option need to specify json file when standalone mode (without ZK mode) (string [=])",
  "  -m, --model_file              model data to load at startup (string [=])",
  "  -D, --daemon                  launch in daemon mode",
  "  -T, --config_test             run a configuration file syntax test and exit",
  "  -z, --zookeeper               zookeeper location (string [=])",
  "  -n, --name                    learning machine instance name (string [=])",
  "  -x, --mixer                   mixer strategy (string [=linear_mixer])",
  "  -s, --interval_sec            mix interval by seconds (int [=16])",
  "  -i, --interval_count          mix interval by update count (int [=512])",
  "  -Z, --zookeeper_timeout       zookeeper time out (sec) (int [=10])",
  "  -I, --interconnect_timeout    interconnect time out between servers (sec) (int [=10])",
  "  -v, --version                 version",
  "  -?, --help                    print this message",
];

const proxyHelp = [
  "usage: jubaclassifier_proxy [options] ... ",
  "options:",
  "  -p, --rpc-port                port number (int [=9199])",
  "  -b, --listen_addr             bind IP address (string [=])",
  "  -B, --listen_if               bind network interfance (string [=])",
  "  -c, --thread                  concurrency = thread number (int [=4])",
  "  -t, --timeout                 time out (sec) (int [=10])",
  "  -Z, --zookeeper_timeout       zookeeper time out (sec) (int [=10])",
  "  -I, --interconnect_timeout    interconnect time out between servers (sec) (int [=10])",
  "  -D, --daemon                  launch in daemon mode",
  "  -z, --zookeeper               zookeeper location (string [=localhost:2181])",
  "  -E, --pool_expire             session-pool expire time (sec) (int [=60])",
  "  -S, --pool_size               session-pool maximum size (int [=0])",
  "  -l, --logdir                  directory to output ZooKeeper logs (instead of stderr) (string [=])",
  "  -g, --log_config              log4cxx XML configuration file (string [=])",
  "  -v, --version                 version",
  "  -?, --help                    print this message",
];

const jubavisorHelp = [
  "usage: jubavisor --zookeeper=string [options] ... ",
  "options:",
  "  -p, --rpc-port      port number (int [=9198])",
  "  -z, --zookeeper     zookeeper location (string)",
  "  -l, --logdir        log to output all child process' log (string [=/tmp])",
  "  -g, --log_config    log4cxx XML configuration file (string [=])",
  "  -t, --timeout       rpc timeout (int [=10])",
  "  -d, --daemon        daemonize the process",
  "  -?, --help          print this message",
];

const jubactlHelp = [
  "usage: jubactl --cmd=string --server=string --name=string --type=string [options] ... ",
  "options:",
  "  -c, --cmd                     command to send servers (start|stop|save|load|status) (string)",
  "  -s, --server                  server exec file of learning machine (jubaclassifier, ...) (string)",
  "  -n, --name                    learning machine name (string)",
  "  -t, --type                    learning machine type (classifier, ...) (string)",
  "  -N, --num                     num of process in the whole cluster (one on each server when 0) (unsigned int [=0])",
  "  -z, --zookeeper               ZooKeeper location; environment variable 'ZK' is used when available (string [=])",
  "  -i, --id                      [save|load] id of file name ('name' is used by default) (string [=])",
  "  -B, --listen_if               [start] bind network interfance (string [=])",
  "  -C, --thread                  [start] concurrency = thread number (int [=2])",
  "  -T, --timeout                 [start] time out (sec) (int [=10])",
  "  -D, --datadir                 [start] directory to load and save models (string [=/tmp])",
  "  -L, --logdir                  [start] directory to output logs (instead of stderr) (string [=])",
  "  -G, --log_config              [start] log4cxx XML configuration file (string [=])",
  "  -X, --mixer                   [start] mixer strategy (string [=linear_mixer])",
  "  -S, --interval_sec            [start] mix interval by seconds (int [=16])",
  "  -I, --interval_count          [start] mix interval by update count (int [=512])",
  "  -Z, --zookeeper_timeout       [start] zookeeper time out (sec) (int [=10])",
  "  -R, --interconnect_timeout    [start] interconnect time out between servers (sec) (int [=10])",
  "  -d, --debug                   debug mode (obsolete)",
  "  -?, --help                    print this message",
];

const jubaconfigHelp = [
  "usage: jubaconfig --cmd=string [options] ... ",
  "options:",
  "  -c, --cmd          command to operate config (write|read|delete|list) (string)",
  "  -f, --file         [write] config file to set (string [=])",
  "  -t, --type         [write|read|delete] learning machine type (string [=])",
  "  -n, --name         [write|read|delete] learning machine name (string [=])",
  "  -z, --zookeeper    ZooKeeper location environment: 'ZK' is available instead (string [=])",
  "  -d, --debug        debug mode (obsolete)",
  "  -?, --help         print this message",
];

const jubaconvHelp = [
  "usage: jubaconv [options] ... ",
  "options:",
  "  -i, --input-format     input format (json/datum) (string [=json])",
  "  -o, --output-format    output format (json/datum/fv) (string [=fv])",
  "  -c, --conf             converter config file (string [=])",
  "  -?, --help             print this message",
];

function helpOf(program: string): string[] {
  return usage(optionTables.get(program)!, program).split("\n").slice(0, -1);
}

Deno.test("usage is the original's when the program is a server", () => {
  for (const service of SERVICES) {
    const expected = serverHelp.map((line) => line.replace("jubaclassifier [", `juba${service} [`));
    assertEquals(helpOf(`juba${service}`), expected);
  }
});

Deno.test("usage is the original's when the program is a proxy", () => {
  for (const service of SERVICES) {
    const expected = proxyHelp.map((line) => line.replace("jubaclassifier_proxy", `juba${service}_proxy`));
    assertEquals(helpOf(`juba${service}_proxy`), expected);
  }
});

Deno.test("usage is the original's when the program is a tool", () => {
  assertEquals(helpOf("jubavisor"), jubavisorHelp);
  assertEquals(helpOf("jubactl"), jubactlHelp);
  assertEquals(helpOf("jubaconfig"), jubaconfigHelp);
  assertEquals(helpOf("jubaconv"), jubaconvHelp);
});

Deno.test("optionTables are those of the programs there are", () => {
  assertEquals([...engineTypes.keys()].sort(), [...SERVICES]);
  assertEquals([...optionTables.keys()], roles.map((role) => role.name));
});

Deno.test("optionTables use each name and letter once", () => {
  for (const [program, table] of optionTables) {
    const long = table.options.map((option) => option.long);
    const short = table.options.flatMap((option) => option.short ?? []);
    assertEquals(new Set(long).size, long.length, program);
    assertEquals(new Set([...short, "?"]).size, short.length + 1, program);
    assert(!long.includes("help"), program);
  }
});

Deno.test("optionTables have defaults that pass their own checks", () => {
  for (const table of optionTables.values()) {
    for (const option of table.options) {
      if (option.type === "flag" || option.defaultValue === undefined) continue;
      if (option.type === "string") {
        assert(option.choices === undefined || option.choices.includes(option.defaultValue), option.long);
      } else {
        assert(option.defaultValue >= (option.min ?? -Infinity), option.long);
        assert(option.defaultValue <= (option.max ?? Infinity), option.long);
      }
    }
  }
});
