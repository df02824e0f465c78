import { assertEquals } from "@std/assert";
import { WeightStatistics } from "../../lib/feature/weight_statistics.ts";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { assertPacks, packed, unpacked } from "../support/packed.ts";

function setup(): { features: FeatureTable; statistics: WeightStatistics } {
  const features = new FeatureTable(["@num"]);
  return { features, statistics: new WeightStatistics(features) };
}

Deno.test("WeightStatistics counts documents, features and groups", () => {
  const { features, statistics } = setup();
  const [a, b] = [features.intern("a@num"), features.intern("b")];
  statistics.countDocument();
  statistics.countDocument();
  for (const id of [a!, b!, a!]) statistics.countFeature(id);
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
  for (let i = 0; i < 1000; i++) statistics.countFeature(features.intern(`n${i}@num`));
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
  for (const name of ["a@num", "t$word@space#tf/idf", ""]) statistics.countFeature(features.intern(name));
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
