/**
 * Trains servers all the time, one datum per request, one request in flight at each, and tells how long the longest
 * answer of each took. Begins with a line on stdin, ends with the next one or at its end, then prints a line of JSON.
 *
 *   deno run -A scripts/bench/train_probe.ts FEATURES PORT...
 *
 * @module
 */
import { RpcClient } from "../../lib/rpc/client.ts";
import { fillingRequests } from "./filling.ts";

/** What one server was like. */
export interface ProbeResult {
  readonly calls: number;
  readonly longestMs: number;
}

const FEATURES_PER_DATUM = 10;

async function probe(port: number, requests: readonly Uint8Array[], signal: AbortSignal): Promise<ProbeResult> {
  await using client = new RpcClient({ host: "127.0.0.1", port, timeoutMs: 120_000 });
  let calls = 0;
  let longestMs = 0;
  for (let i = port; !signal.aborted; i++) {
    const begin = performance.now();
    await client.call("train", requests[i % requests.length]!, (result) => result.readInteger());
    // The first call makes the connection.
    if (calls++ > 0) longestMs = Math.max(longestMs, performance.now() - begin);
  }
  return { calls, longestMs };
}

if (import.meta.main) {
  const [features, ...ports] = Deno.args.map(Number);
  const requests = fillingRequests({ features: features!, perDatum: FEATURES_PER_DATUM, perRequest: 1, flipped: true });
  const line = new Uint8Array(16);
  await Deno.stdin.read(line);
  const end = new AbortController();
  const results = Promise.all(ports.map((port) => probe(port, requests, end.signal)));
  await Deno.stdin.read(line);
  end.abort();
  console.log(JSON.stringify(await results));
  Deno.exit(0);
}
