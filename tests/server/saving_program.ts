/** Saves models of two kinds in turn, for ever, and tells each save; to be killed at any moment. */
import { encodeModelFile } from "../../lib/model/model_file.ts";
import { ModelStore } from "../../lib/server/model_store.ts";

const [directory, sizes] = Deno.args as [string, string];
const store = new ModelStore(directory, "127.0.0.1_9199", "classifier");
const path = store.pathOf("m");
for (let i = 0;; i++) {
  const size = Number(sizes.split(",")[i % 2]);
  const info = { type: "classifier", id: "m", config: "{}", timestamp: 0 };
  await store.write(path, encodeModelFile(info, (writer) => writer.writeRaw(new Uint8Array(size).fill(i))));
  Deno.stdout.writeSync(Uint8Array.of(10));
}
