// deno-lint-ignore-file no-import-prefix -- needed in this test only
import { assert, assertEquals, assertRejects } from "@std/assert";
// @ts-types="./npm_client.d.ts"
import jubatus from "npm:jubatus@0.9.10";
import { Classifier } from "../../mod.ts";
import { ServerProcess } from "../support/server_process.ts";

const { Datum } = jubatus.common.types;
const { LabeledDatum } = jubatus.classifier.types;

/** A client that was written for Jubatus 1.x, and that nobody has adapted to this server. */
Deno.test("jubaclassifier serves a client of other origin when that trains, classifies, saves and loads", async () => {
  const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "npm-client-" }));
  try {
    const config = `{"method": "AROW", "parameter": {"regularization_weight": 1.0}, "converter": {
      "string_types": {"unigram": {"method": "ngram", "char_num": "1"}},
      "string_rules": [{"key": "*", "type": "unigram", "sample_weight": "bin", "global_weight": "bin"}],
      "num_rules": [{"key": "*", "type": "num"}]}}`;
    await Deno.writeTextFile(`${directory}/config.json`, config);
    await using server = await ServerProcess.start("jubaclassifier", {
      args: ["-f", `${directory}/config.json`, "-d", directory],
    });
    const client = new jubatus.classifier.client.Classifier(server.port, server.hostname, "anything");
    const examples = [["徳川", "家康", 1], ["足利", "義満", -2.5], ["徳川", "家光", 3]] as const;
    const trained = await client.train(
      examples.map(([label, name, n]) =>
        new LabeledDatum(label, new Datum().addString("name", name).addNumber("n", n))
      ),
    );
    assertEquals(trained, 3);
    assertEquals(await client.getLabels(), { 徳川: 2, 足利: 1 });

    const asked = [new Datum().addString("name", "家綱"), new Datum().addString("name", "義政").addNumber("n", -1)];
    const answers = await client.classify(asked);
    assertEquals(answers.map((scores) => scores.toSorted((a, b) => b.score - a.score)[0]!.label), ["徳川", "足利"]);

    const saved = await client.save("m1");
    const path = `${directory}/127.0.0.1_${server.port}_classifier_m1.jubatus`;
    assertEquals(saved, { [`127.0.0.1_${server.port}`]: path });
    assertEquals(await client.clear(), true);
    assertEquals(await client.classify(asked), [[], []]);
    assertEquals(await client.load("m1"), true);
    assertEquals(ranked(await client.classify(asked)), ranked(answers));

    // What is learned in this program from the same examples is the same.
    const embedded = new Classifier(config);
    embedded.train(examples.map(([label, name, n]) => [label, { name, n }]));
    assertEquals(ranked(embedded.classify([{ name: "家綱" }, { name: "義政", n: -1 }])), ranked(answers));
    assertEquals(
      ranked(Classifier.load(await Deno.readFile(path)).classify([{ name: "家綱" }])),
      ranked([answers[0]!]),
    );

    assertEquals([await client.setLabel("北条"), await client.deleteLabel("足利")], [true, true]);
    assertEquals(await client.getLabels(), { 徳川: 2, 北条: 0 });
    assertEquals(await client.getConfig(), config);
    assertEquals((await client.getStatus())[`127.0.0.1_${server.port}`]!.update_count, "5");
    assertEquals(await rejection(client.save("a/b")), "model ID contains invalid character");
    assertEquals(await rejection(client.doMix()), 1);
    assert(server.running);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Scores without the order of their labels, which does not count. */
function ranked(answers: readonly { label: string; score: number }[][]): Map<string, number>[] {
  return answers.map((scores) => new Map(scores.map(({ label, score }) => [label, score])));
}

/** What a promise rejects with; this client rejects with the bare error of the wire. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let reason: unknown;
  await assertRejects(() =>
    promise.catch((error) => {
      reason = error;
      throw new Error("rejected");
    })
  );
  return reason;
}
