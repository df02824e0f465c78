/** What a server has sent for a MIX round counts as mixed only if the round has it. */
import { assertEquals, assertThrows } from "@std/assert";
import { classifierType } from "../../lib/engine/classifier/classifier_engine.ts";
import { applyDiffs, EnvelopeFold, writeDiffs } from "../../lib/mix/envelope.ts";
import { readPutDiff } from "../../lib/mix/mixer.ts";
import { runAtOnce } from "../../lib/model/mixable.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { EngineSession, mix } from "../support/engine_session.ts";
import { bytesOfPlain, written } from "../support/packed.ts";

const converter = {
  string_rules: [{ key: "*", type: "str", sample_weight: "bin", global_weight: "idf" }],
  num_rules: [{ key: "*", type: "num" }],
};
const nearest = { method: "euclid_lsh", parameter: { hash_num: 64 }, nearest_neighbor_num: 3, local_sensitivity: 1 };
const configs = [
  { method: "PA", converter },
  { method: "AROW", parameter: { regularization_weight: 1 }, converter },
  { method: "NN", parameter: nearest, converter },
  { method: "cosine", parameter: { nearest_neighbor_num: 3, local_sensitivity: 1 }, converter },
];

/** Counts, statistics and scores, in an order of their own. */
function knowledge(session: EngineSession): unknown {
  const scores = session.call("classify", [{ word: "shared", x: 1 }]) as { label: string; score: number }[][];
  const status = new Map(session.engine.status());
  return {
    labels: session.call("get_labels"),
    documents: [status.get("master_document_count"), status.get("diff_document_count")],
    scores: scores[0]!.map(({ label, score }) => `${label} ${score.toFixed(12)}`).sort(),
  };
}

for (const config of configs) {
  Deno.test(`A server keeps what it has sent in vain, and sends it again, with ${config.method}`, () => {
    const [a, b] = [1, 2].map((seed) =>
      new EngineSession(classifierType, config, { isMixed: true, seed, owner: `192.0.2.${seed}_9199` })
    ) as [EngineSession, EngineSession];
    mix(a, b);
    for (const [session, label] of [[a, "A"], [b, "B"]] as const) {
      session.call("train", [[label, { word: "shared", x: 1 }], ["C", { word: "shared", x: -1 }]]);
    }
    // The master has not got b's difference in time.
    written((writer) => runAtOnce(writeDiffs(b.engine.mixables, writer)));
    const fold = new EnvelopeFold(a.engine.mixables);
    runAtOnce(fold.add("a", written((writer) => runAtOnce(writeDiffs(a.engine.mixables, writer)))));
    const difference = written((writer) => runAtOnce(fold.write(writer)));
    for (const part of b.engine.mixables) part.forgetSent?.();
    for (const { engine } of [a, b]) assertEquals(runAtOnce(applyDiffs(engine.mixables, difference)), true);
    assertEquals(b.call("get_labels"), new Map([["A", 1], ["B", 1], ["C", 2]]));

    mix(a, b);
    assertEquals(knowledge(a), knowledge(b));
    assertEquals(a.call("get_labels"), new Map([["A", 1], ["B", 1], ["C", 2]]));
    assertEquals(new Map(a.engine.status()).get("master_document_count"), "4");
  });
}

Deno.test("readPutDiff takes a server for a source of the difference unless the second parameter says no", () => {
  const read = (...params: string[]) => readPutDiff(new Reader(bytesOfPlain(params)));
  assertEquals(read("x"), { diff: new Uint8Array([0x78]), isSource: true });
  assertEquals(read("x", "y").isSource, true);
  const refused = written((writer) => {
    writer.writeArrayHeader(2);
    writer.writeByteString("x");
    writer.writeBoolean(false);
  });
  assertEquals(readPutDiff(new Reader(refused)).isSource, false);
  assertThrows(() => read());
});
