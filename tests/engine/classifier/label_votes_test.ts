import { assertEquals } from "@std/assert";
import { LabelScores } from "../../../lib/engine/classifier/algorithm.ts";
import { LabelVotes } from "../../../lib/engine/classifier/label_votes.ts";
import { LabelCounters } from "../../../lib/model/label_counters.ts";

function list(scores: LabelScores): [string, number][] {
  return Array.from({ length: scores.count }, (_, i) => [scores.labels[i]!, scores.scores[i]!]);
}

Deno.test("LabelVotes lists all counted labels by their bytes and sums votes", () => {
  const counters = new LabelCounters();
  for (const label of ["b", "\xff", "a"]) counters.add(label);
  const votes = new LabelVotes(counters);
  const scores = new LabelScores();
  votes.begin(scores);
  votes.vote("b", 1, scores);
  votes.vote("b", 0.5, scores);
  assertEquals(list(scores), [["a", 0], ["b", 1.5], ["\xff", 0]]);
  votes.begin(scores);
  counters.delete("a");
  votes.begin(scores);
  assertEquals(list(scores), [["b", 0], ["\xff", 0]]);
});

Deno.test("LabelVotes lists a label that is voted for but not counted, this time only", () => {
  const counters = new LabelCounters();
  counters.add("a");
  counters.add("c");
  const votes = new LabelVotes(counters);
  const scores = new LabelScores();
  votes.begin(scores);
  votes.vote("c", 2, scores);
  votes.vote("b", 1, scores);
  votes.vote("b", 1, scores);
  assertEquals(list(scores), [["a", 0], ["b", 2], ["c", 2]]);
  votes.begin(scores);
  assertEquals(list(scores), [["a", 0], ["c", 0]]);
});

Deno.test("LabelVotes makes room when labels are many", () => {
  const counters = new LabelCounters();
  for (let i = 0; i < 100; i++) counters.add(`label${i}`);
  const scores = new LabelScores();
  new LabelVotes(counters).begin(scores);
  assertEquals(list(scores).length, 100);
  assertEquals(list(scores).every(([, score]) => score === 0), true);
});
