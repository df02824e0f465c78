import type { LoadResult } from "./load.ts";
import { scriptCommand } from "./programs.ts";

/** What is sent to a server, and how. */
export interface Load {
  /** A file of requests, see `load.ts`. */
  readonly file: string;
  readonly connections: number;
  readonly inFlight: number;
}

/** Runs the load generator once. */
export async function runLoad(
  port: number,
  load: Load,
  warmUpSeconds: number,
  seconds: number,
): Promise<LoadResult> {
  const args = ["127.0.0.1", port, load.file, load.connections, load.inFlight, warmUpSeconds, seconds].map(String);
  const { program, args: all } = await scriptCommand("load.ts", args);
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...all] }).output();
  if (!success) throw new Error(`load generator: ${new TextDecoder().decode(stderr)}`);
  const result: LoadResult = JSON.parse(new TextDecoder().decode(stdout));
  if (result.errors > 0) throw new Error(`${result.errors} of ${result.replies} replies were errors`);
  return result;
}

/** What the rounds of one load have shown. */
export interface Rounds extends LoadResult {
  /** The rate of the fastest round, which what else the machine does has disturbed least. */
  readonly bestRepliesPerSecond: number;
}

/**
 * Measures loads in turn, round by round, so that what else the machine does at a time hits all of them. Each load's
 * result is the one with the median rate. The first round also warms the server up.
 */
export async function runRounds(
  loads: readonly { readonly port: number; readonly load: Load }[],
  { rounds, seconds, warmUpSeconds }: { rounds: number; seconds: number; warmUpSeconds: number },
): Promise<Rounds[]> {
  const results: LoadResult[][] = loads.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { port, load }] of loads.entries()) {
      results[i]!.push(await runLoad(port, load, round === 0 ? 3 * warmUpSeconds : warmUpSeconds, seconds));
    }
  }
  return results.map((all) => {
    all.sort((a, b) => a.repliesPerSecond - b.repliesPerSecond);
    return { ...all[all.length >> 1]!, bestRepliesPerSecond: all.at(-1)!.repliesPerSecond };
  });
}

/** The note of a figure that is the best of some rounds. */
export function bestOf({ rounds }: { rounds: number }, result: Rounds, perReply: number): string {
  return `best of ${rounds}, median ${Math.round(result.repliesPerSecond * perReply).toLocaleString("en-US")}`;
}
