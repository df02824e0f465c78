/**
 * `deno task replay`: replays recorded sessions with Jubatus 1.1.1 against this server or any other.
 *
 * @module
 */
import { ClusterTarget } from "../tests/support/replay_cluster.ts";
import { inParallel } from "../tests/support/in_parallel.ts";
import { readRecording, type Recording } from "../tests/support/recording.ts";
import { defaultTolerance, replay, type ReplayReport, type ReplayTarget } from "../tests/support/replay.ts";
import { readStartups, replayStartup } from "../tests/support/replay_startups.ts";
import { RunningTarget, StandaloneTarget } from "../tests/support/replay_targets.ts";
import { parseOptions, readCommandLine, wholeNumber } from "./command_line.ts";

const usage = `Replays recorded sessions with Jubatus 1.1.1 and says which answers differ.

  deno task replay [--bin DIR] [--tolerance REL] [--jobs N] FILE...
  deno task replay --host HOST --port PORT [--tolerance REL] FILE...

  --bin DIR         the juba* executables to try; by default the sources are run
  --host, --port    a server that runs already, with the recording's configuration and an empty model; only for
                    recordings that need no second server and none of its files
  --zookeeper LIST  for recordings with several servers; default 127.0.0.1:2181
  --tolerance REL   how far doubles may be apart, relatively; default ${defaultTolerance}
  --jobs N          files at once; default 2

FILE is .jsonl or .jsonl.gz, e.g. tests/fixtures/recordings/classifier/*.jsonl.gz
`;

const { files, program, running, zookeeper, tolerance, jobs } = readCommandLine(usage, readOptions);
const reports = await inParallel(files, running === undefined ? jobs : 1, async (file) => {
  const report = await replayFile(file);
  console.log(`${report.problems.length === 0 ? "OK  " : "FAIL"} ${file}`);
  for (const problem of report.problems.slice(0, 10)) console.log(`     ${problem}`);
  return report;
});
const sum = (of: (report: ReplayReport) => number) => reports.reduce((total, report) => total + of(report), 0);
console.log(
  `${reports.filter((it) => it.problems.length === 0).length} of ${reports.length} files replay, ` +
    `${sum((it) => it.problems.length)} of ${sum((it) => it.lines)} lines differ, ` +
    `${sum((it) => it.quirks)} quirks not imitated`,
);
Deno.exit(reports.every((report) => report.problems.length === 0) ? 0 : 1);

function readOptions(args: string[]) {
  const { options, files } = parseOptions(args, {
    texts: ["bin", "host", "port", "zookeeper", "tolerance", "jobs"],
    takesFiles: true,
  });
  if (files.length === 0) throw new Error("no FILE is given");
  if (options.host !== undefined && options.port === undefined) {
    throw new Error(`--host ${options.host} needs a --port`);
  }
  const port = options.port === undefined ? undefined : wholeNumber("port", options.port, 1, 65535);
  return {
    files,
    program: options.bin === undefined ? {} : { bin: Deno.realPathSync(options.bin) },
    running: port === undefined ? undefined : { host: options.host ?? "127.0.0.1", port },
    zookeeper: options.zookeeper ?? "127.0.0.1:2181",
    tolerance: readTolerance(options.tolerance),
    jobs: wholeNumber("jobs", options.jobs ?? "2", 1),
  };
}

function readTolerance(text: string | undefined): number {
  if (text === undefined) return defaultTolerance;
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new Error(`--tolerance ${text}: it takes a number of at least 0`);
  return value;
}

async function replayFile(file: string): Promise<ReplayReport> {
  const problem = (text: string) => ({ file, lines: 0, quirks: 0, problems: [text] });
  try {
    const recording = await readRecording(file);
    if (recording.head.mode === "configs") return await replayStartups(file);
    const objection = running === undefined ? undefined : RunningTarget.objection(recording);
    if (objection !== undefined) return problem(`cannot be replayed against a running server: ${objection}`);
    await using target = await startTarget(recording);
    return await replay(recording, target, tolerance);
  } catch (error) {
    return problem((error as Error).message);
  }
}

async function startTarget({ head }: Recording): Promise<ReplayTarget> {
  if (running !== undefined) return new RunningTarget(running.host, running.port);
  if (head.mode === undefined) return await StandaloneTarget.start(head, program);
  return await ClusterTarget.start(head, zookeeper, program);
}

async function replayStartups(file: string): Promise<ReplayReport> {
  const total: ReplayReport = { file, lines: 0, quirks: 0, problems: [] };
  for (const startup of await readStartups(file)) {
    const report = await replayStartup(startup, program);
    total.lines += report.lines;
    total.problems.push(...report.problems);
  }
  return total;
}
