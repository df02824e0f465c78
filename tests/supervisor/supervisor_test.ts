import { assertEquals } from "@std/assert";
import { PortPool } from "../../lib/supervisor/port_pool.ts";
import type { ServerArguments } from "../../lib/supervisor/server_arguments.ts";
import type { ServerProcess } from "../../lib/supervisor/server_process.ts";
import { Supervisor } from "../../lib/supervisor/supervisor.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

const args: ServerArguments = {
  bindInterface: "",
  timeoutSec: 10,
  zookeeperTimeoutSec: 10,
  interconnectTimeoutSec: 10,
  threads: 2,
  datadir: "/tmp",
  logdir: "",
  logConfig: "",
  intervalSec: 16,
  intervalCount: 512,
  mixer: "linear_mixer",
};

/** A process that ends on TERM unless it is deaf, and on KILL. */
class FakeProcess implements ServerProcess {
  readonly pid = 1;
  readonly ended: Promise<void>;
  readonly signals: string[] = [];
  readonly port: string;
  deaf = false;
  #end = (): void => {};

  constructor(readonly program: string, readonly words: readonly string[]) {
    this.port = words[words.indexOf("-p") + 1]!;
    this.ended = new Promise((resolve) => this.#end = resolve);
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.signals.push(signal);
    if (signal === "SIGKILL" || !this.deaf) this.end();
  }

  end(): void {
    this.#end();
  }
}

function setUp(ports = new PortPool(9199, 16, () => true), isListening = (_port: number): boolean => true) {
  const processes: FakeProcess[] = [];
  const clock = new ManualClock();
  const supervisor = new Supervisor({
    zookeeper: "zk:2181",
    ports,
    clock,
    isListening: (port) => Promise.resolve(isListening(port)),
    spawn: (program, words) => {
      if (program === "jubanosuch") throw new Deno.errors.NotFound(program);
      const process = new FakeProcess(program, words);
      processes.push(process);
      return process;
    },
  });
  return { supervisor, processes, clock, ports };
}

Deno.test("Supervisor starts as many as are missing to the wanted number", async () => {
  const { supervisor, processes } = setUp();
  assertEquals(await supervisor.start("jubaclassifier/shogun", 1, args), 0);
  assertEquals(await supervisor.start("jubaclassifier/shogun", 1, args), 0);
  assertEquals(await supervisor.start("jubaclassifier/shogun", 3, args), 0);
  assertEquals(processes.map(({ program, port }) => `${program} ${port}`), [
    "jubaclassifier 9199",
    "jubaclassifier 9200",
    "jubaclassifier 9201",
  ]);
  assertEquals(processes[0]!.words.slice(0, 4), ["-z", "zk:2181", "-n", "shogun"]);
  assertEquals(await supervisor.start("jubaclassifier/shogun", 1, args), -1);
  assertEquals(await supervisor.start("jubaclassifier/other", 1, args), 0);
});

Deno.test("Supervisor counts by cluster name, whatever the program", async () => {
  const { supervisor, processes } = setUp();
  await supervisor.start("jubaclassifier/c", 1, args);
  assertEquals(await supervisor.start("jubastat/c", 1, args), 0);
  assertEquals(processes.length, 1);
});

Deno.test("Supervisor passes over the port of a proxy", async () => {
  const { supervisor, processes } = setUp(new PortPool(9199, 16, (port) => port !== 9199));
  await supervisor.start("jubaclassifier/shogun", 1, args);
  assertEquals(processes[0]!.port, "9200");
});

Deno.test("Supervisor refuses and starts nothing when a request cannot be met", async () => {
  const { supervisor, processes, ports } = setUp();
  for (const target of ["", "juba classifier/x", "/x", "jubaclassifier/", "../x", "sh/x", "jubaclassifier;ls/x"]) {
    assertEquals(await supervisor.start(target, 1, args), -1, target);
  }
  assertEquals(await supervisor.start("jubaclassifier/shogun", 17, args), -1);
  assertEquals(await supervisor.start("jubanosuch/shogun", 1, args), -1);
  assertEquals([processes.length, ports.size], [0, 16]);
});

Deno.test("Supervisor forgets a server that ends, and lends its port last", async () => {
  const { supervisor, processes, ports } = setUp();
  await supervisor.start("jubaclassifier/shogun", 1, args);
  processes[0]!.end();
  await settle();
  assertEquals(ports.size, 16);
  await supervisor.start("jubaclassifier/shogun", 1, args);
  assertEquals(processes[1]!.port, "9200");
});

Deno.test("Supervisor.stop signals all servers of a name before it waits for any", async () => {
  const { supervisor, processes, ports } = setUp();
  await supervisor.start("jubaclassifier/shogun", 3, args);
  await supervisor.start("jubaclassifier/other", 1, args);
  processes[0]!.deaf = true;
  const stopped = supervisor.stop("jubaclassifier/shogun");
  await settle();
  assertEquals(processes.map(({ signals }) => signals.length), [1, 1, 1, 0]);
  assertEquals(await supervisor.start("jubaclassifier/shogun", 1, args), 0);
  processes[0]!.end();
  assertEquals(await stopped, 0);
  assertEquals(ports.size, 14);
  assertEquals(await supervisor.stop("jubaclassifier/nosuch"), 0);
});

Deno.test("Supervisor.stop kills a server that does not end", async () => {
  const { supervisor, processes, clock } = setUp();
  await supervisor.start("jubaclassifier/shogun", 1, args);
  processes[0]!.deaf = true;
  const stopped = supervisor.stop("jubaclassifier/shogun");
  await clock.advance(60_000);
  assertEquals(await stopped, 0);
  assertEquals(processes[0]!.signals, ["SIGTERM", "SIGKILL"]);
  assertEquals(clock.sleepers, 0);
});

Deno.test("Supervisor.stopAll ends everything and starts nothing any more", async () => {
  const { supervisor, processes, ports } = setUp();
  await supervisor.start("jubaclassifier/a", 2, args);
  await supervisor.start("jubastat/b", 1, args);
  await supervisor.stopAll();
  assertEquals(processes.every(({ signals }) => signals.length === 1), true);
  assertEquals(ports.size, 16);
  assertEquals(await supervisor.start("jubaclassifier/a", 1, args), -1);
});

Deno.test("Supervisor.start fails when a server ends before it listens, and has its port back", async () => {
  const { supervisor, processes, clock, ports } = setUp(undefined, (port) => port === 9199);
  const started = supervisor.start("jubaclassifier/shogun", 2, args);
  await settle();
  processes[1]!.end();
  assertEquals(await started, -1);
  assertEquals([ports.size, clock.sleepers], [15, 0]);
  // The other one runs; only the missing one is started, elsewhere.
  const again = supervisor.start("jubaclassifier/shogun", 2, args);
  await settle();
  processes[2]!.end();
  assertEquals([await again, processes.map(({ port }) => port).join()], [-1, "9199,9200,9201"]);
});

Deno.test("Supervisor.start takes a server that is slow for one that starts", async () => {
  const { supervisor, processes, clock } = setUp(undefined, () => false);
  let result: number | undefined;
  const started = supervisor.start("jubaclassifier/shogun", 1, args).then((it) => result = it);
  await clock.advance(2900);
  assertEquals(result, undefined);
  await clock.advance(200);
  assertEquals([await started, clock.sleepers], [0, 0]);
  const second = supervisor.start("jubaclassifier/shogun", 2, args);
  await settle();
  assertEquals(await supervisor.stop("jubaclassifier/shogun"), 0);
  assertEquals([await second, processes.length], [0, 2], "told to end is no failure");
});
