import { assertEquals } from "@std/assert";
import { WeightStatistics } from "../../lib/feature/weight_statistics.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { assertPacks, bytesOfPlain, packed, unpacked } from "../support/packed.ts";

function setup(): { features: FeatureTable; statistics: WeightStatistics } {
  const features = new FeatureTable(["@num"]);
  return { features, statistics: new WeightStatistics(features) };
}

function vectorOf(...ids: number[]): FeatureVector {
  const vector = new FeatureVector();
  for (const id of ids) vector.push(id, 1);
  return vector;
}

Deno.test("WeightStatistics counts documents, features and groups", () => {
  const { features, statistics } = setup();
  const [a, b] = [features.intern("a@num"), features.intern("b")];
  statistics.countDocument();
  statistics.countDocument();
  statistics.countFeatures(vectorOf(a!, b!, a!));
  statistics.countGroup("g");
  statistics.countGroup("g");
  statistics.addGroupLength("g", 5);
  assertEquals([statistics.documents, statistics.documentFrequency(a!), statistics.documentFrequency(b!)], [2, 2, 1]);
  assertEquals([statistics.documentFrequency(-1), statistics.documentFrequency(5000)], [0, 0]);
  assertEquals([statistics.averageLength("g"), statistics.averageLength("unseen")], [2.5, 0]);
  assertEquals(statistics.userWeight("a"), 0);
});

Deno.test("WeightStatistics holds the names it counts until it is cleared", () => {
  const { features, statistics } = setup();
  statistics.countFeatures(vectorOf(...Array.from({ length: 1000 }, (_, i) => features.intern(`n${i}@num`))));
  features.dropUnheld();
  assertEquals(features.size, 1000);
  statistics.clear();
  features.dropUnheld();
  assertEquals([features.size, statistics.documents], [0, 0]);
  const id = features.intern("again@num");
  assertEquals(statistics.documentFrequency(id), 0);
});

Deno.test("WeightStatistics packs what it counted, and every truncation is refused", () => {
  const { features, statistics } = setup();
  statistics.countDocument();
  statistics.countFeatures(vectorOf(...["a@num", "t$word@space#tf/idf", ""].map((name) => features.intern(name))));
  statistics.countGroup("t@space#tf/bm25");
  statistics.addGroupLength("t@space#tf/bm25", 2.5);
  statistics.version = 3;
  const bytes = packed(statistics);
  assertPacks(bytes, () => setup().statistics);
  const other = setup();
  unpacked(bytes, other.statistics);
  assertEquals(other.statistics.documents, 1);
  assertEquals(other.statistics.version, 3);
  assertEquals(other.statistics.documentFrequency(other.features.find("t$word@space#tf/idf")), 1);
  assertEquals(other.statistics.averageLength("t@space#tf/bm25"), 2.5);
});

Deno.test("WeightStatistics leaves out features without documents when it reads a model", () => {
  const counters = (...frequencies: [string, number][]) => [
    2,
    [new Map(frequencies.map(([name, double]) => [name, { double }]))],
    [new Map()],
    [new Map()],
    new Map(),
  ];
  const model = (...frequencies: [string, number][]) => bytesOfPlain([[0], counters(...frequencies), counters()]);
  const { features, statistics } = setup();
  unpacked(model(["none", 0], ["a@num", 2], ["debt", -1]), statistics);
  assertEquals(packed(statistics), model(["a@num", 2], ["debt", -1]));
  assertEquals(statistics.documentFrequency(features.find("none")), 0);
  statistics.countFeatures(vectorOf(features.find("debt")));
  assertEquals(packed(statistics), model(["a@num", 2]));
  features.dropUnheld();
  assertEquals(features.find("none"), -1);
});
