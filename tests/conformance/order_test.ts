/** Servers in a cluster write maps in the order of 1.1.1's hash tables; models that it saved alone show more of it. */
import { assert, assertEquals } from "@std/assert";
import { packed } from "../support/packed.ts";
import { createRecordedEngine, driverIn, replyOf } from "../support/recorded_engine.ts";
import { readRecording } from "../support/recording.ts";
import { decodeValue, WireMap, type WireValue } from "../support/wire_value.ts";

const folder = new URL("../fixtures/recordings/classifier/", import.meta.url).pathname;
/** Those with linear methods and an unlearner, or with the statistics of documents. */
const files = ["save_arow", "save_perceptron", "save_pa2", "save_lru", "save_random", "save_idf_bm25"];

for (const file of files) {
  Deno.test(`ClassifierEngine keeps maps in the order in which 1.1.1 saved them, in ${file}`, async () => {
    const recording = await readRecording(`${folder}${file}.jsonl.gz`);
    const engine = createRecordedEngine(recording.head, "");
    let models = 0;
    for (const call of recording.calls) {
      // Tables that were filled from a file have another history.
      if (call.method === "load") break;
      if (call.save === undefined) replyOf(engine, call);
      else {
        assertEquals(ordersOf(packed(engine), true), ordersOf(driverIn(Uint8Array.fromHex(call.save)), false));
        models++;
      }
    }
    assert(models > 1);
  });
}

/** The keys of the maps of a model. What a server alone has in the master is the difference in a cluster. */
function ordersOf(driver: Uint8Array, isMixed: boolean): unknown {
  const [classifier, statistics] = decodeValue(driver)!.value as [WireValue[], WireValue[]];
  const [labels, storage, unlearner] = [...classifier].reverse() as [WireValue[], WireValue[], WireValue?];
  return [storage[isMixed ? 2 : 0]!, storage[1]!, labels[1]!, unlearner ?? null, statistics[1]!].map(keysIn);
}

function keysIn(value: WireValue): unknown {
  if (Array.isArray(value)) return value.map(keysIn);
  return value instanceof WireMap ? value.entries.map(([key, it]) => [key, keysIn(it)]) : undefined;
}
