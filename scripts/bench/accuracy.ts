import type { RpcClient } from "../../lib/rpc/client.ts";
import { type Example, writeParams } from "./requests.ts";

/** Trains each example once, in order; returns the seconds it took. */
export async function trainOnce(client: RpcClient, examples: readonly Example[], perRequest: number): Promise<number> {
  const begin = performance.now();
  for (let start = 0; start < examples.length; start += perRequest) {
    const part = examples.slice(start, start + perRequest);
    await client.call("train", (writer) => writeParams(writer, "train", part), (result) => result.readInteger());
  }
  return (performance.now() - begin) / 1000;
}

/** The share of examples whose label scores best. */
export async function accuracy(
  client: RpcClient,
  examples: readonly Example[],
  perRequest: number,
): Promise<number> {
  let right = 0;
  for (let start = 0; start < examples.length; start += perRequest) {
    const part = examples.slice(start, start + perRequest);
    const labels = await client.call(
      "classify",
      (writer) => writeParams(writer, "classify", part),
      (result) =>
        Array.from({ length: result.readArrayHeader() }, () => {
          let best = "";
          let bestScore = -Infinity;
          for (let left = result.readArrayHeader(); left > 0; left--) {
            result.readArrayHeader();
            const label = result.readByteString();
            const score = result.readDouble();
            if (score <= bestScore) continue;
            best = label;
            bestScore = score;
          }
          return best;
        }),
    );
    for (const [i, label] of labels.entries()) if (label === part[i]!.label) right++;
  }
  return right / examples.length;
}
