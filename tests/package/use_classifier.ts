/**
 * Teaches the server at 127.0.0.1:9199, saves, clears and loads it, and prints what it answers then.
 *
 * @module
 */
import { bestLabel, ClassifierClient, ConnectError } from "../../mod.ts";

const client = await connected();
await client.train([["Tokugawa", { name: "家康" }], ["Ashikaga", { name: "義満" }]]);
const paths = await client.save("learned");
await client.clear();
await client.load("learned");
const [scores] = await client.classify([{ name: "家光" }]);
console.log(JSON.stringify({ best: bestLabel(scores!)?.label, paths: [...paths.values()] }));
await client.close();

/** The server may be starting. */
async function connected(): Promise<ClassifierClient> {
  for (const deadline = performance.now() + 30_000;;) {
    try {
      return await ClassifierClient.connect({ host: "127.0.0.1", port: 9199, timeoutMs: 10_000 });
    } catch (error) {
      if (!(error instanceof ConnectError) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
