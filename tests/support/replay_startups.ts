/**
 * Replays recorded start-ups: every configuration is tried by a normal start and by a configuration test (`-T`), and
 * must be accepted or refused as Jubatus 1.1.1 did, with the same messages.
 *
 * @module
 */
import { bytesOf } from "../../lib/base/byte_string.ts";
import { readLines } from "./recording.ts";
import type { ReplayReport } from "./replay.ts";
import { type ProgramOptions, type ProgramResult, runProgram, ServerProcess } from "./server_process.ts";
import { readableMember } from "./wire_value.ts";

interface RecordedRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit?: number;
  readonly running?: boolean;
}

/** One recorded configuration. */
export interface RecordedStartup {
  readonly n: number;
  readonly type: string;
  readonly name: string;
  readonly start: RecordedRun;
  readonly config_test: RecordedRun;
  /** The line itself; the configuration's bytes are read from it. */
  readonly line: string;
}

/** Reads the start-ups of the given server types. */
export async function readStartups(file: string, types?: readonly string[]): Promise<RecordedStartup[]> {
  const [, ...lines] = await readLines(file);
  return lines.map((line): RecordedStartup => ({ ...JSON.parse(line), line }))
    .filter((it) => types === undefined || types.includes(it.type));
}

/** Tries one configuration both ways. */
export async function replayStartup(recorded: RecordedStartup, options: ProgramOptions = {}): Promise<ReplayReport> {
  const report: ReplayReport = { file: recorded.name, lines: 0, quirks: 0, problems: [] };
  const directory = await Deno.makeTempDir({ prefix: "juba-startup." });
  try {
    const config = `${directory}/config.json`;
    await Deno.writeFile(config, bytesOf(String(readableMember(recorded.line, "config"))));
    const given = { ...options, args: ["-d", directory, "-f", config], directory };
    for (const way of ["start", "config_test"] as const) {
      const program = `juba${recorded.type}`;
      const result = way === "start" ? await startOnce(program, given) : await testOnce(program, given);
      const complaint = judge(recorded[way], result);
      report.lines++;
      if (complaint !== undefined) report.problems.push(`n=${recorded.n} ${recorded.name} ${way}: ${complaint}`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return report;
}

/** A result, or undefined when the server came up. */
async function startOnce(program: string, options: ProgramOptions): Promise<ProgramResult | undefined> {
  const server = await ServerProcess.launch(program, options);
  const up = await server.listening();
  const result = await server.stop("SIGKILL");
  return up ? undefined : result;
}

function testOnce(program: string, options: ProgramOptions): Promise<ProgramResult> {
  return runProgram(program, { ...options, args: ["-p", "1", "-b", "127.0.0.1", ...options.args ?? [], "-T"] });
}

/** An abort of the original may be any other failure; of a failure, all its messages must be there. */
function judge(recorded: RecordedRun, result: ProgramResult | undefined): string | undefined {
  const [refusedThen, refusedNow] = [
    !recorded.running && recorded.exit !== 0,
    result !== undefined && result.code !== 0,
  ];
  const said = result === undefined ? [] : messages(result);
  if (refusedThen !== refusedNow) return `${refusedNow ? "refused" : "accepted"}, saying ${JSON.stringify(said)}`;
  const missing = refusedThen ? messages(recorded).filter((it) => !said.includes(it)) : [];
  return missing.length === 0
    ? undefined
    : `message missing: ${JSON.stringify(missing)}; there are ${JSON.stringify(said)}`;
}

/** What a failed start says of the configuration, without the log's decoration. */
function messages(run: { readonly stdout: string; readonly stderr: string }): string[] {
  const text = `${run.stdout}\n${run.stderr}`;
  const found = [
    ...text.matchAll(/(?:Message|message): (.*)/g),
    ...text.matchAll(/exception in main thread: [\w:]+: (.*)/g),
  ];
  return [...new Set(found.map(([, message]) => message!.trim()))].sort();
}
