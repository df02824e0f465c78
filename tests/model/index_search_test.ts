import { assertEquals } from "@std/assert";
import { FeatureTable } from "../../lib/model/feature_table.ts";
import { FeatureVector } from "../../lib/model/feature_vector.ts";
import { IndexSearch } from "../../lib/model/index_search.ts";
import { InvertedIndex } from "../../lib/model/inverted_index.ts";

class Session {
  readonly #features = new FeatureTable();
  readonly #index = new InvertedIndex(this.#features);
  readonly #search = new IndexSearch(this.#index);

  add(id: string, members: Record<string, number>): void {
    this.#index.add(id, this.#vector(members));
  }

  /** Ids and distances, the nearest first. */
  find(kind: "findSimilar" | "findClose", members: Record<string, number>, count: number): [string, number][] {
    const search = this.#search;
    search[kind](this.#vector(members), count);
    return Array.from({ length: search.count }, (_, i) => [
      this.#index.idOf(search.columns[i]!)!,
      search.distances[i]!,
    ]);
  }

  #vector(members: Record<string, number>): FeatureVector {
    const vector = new FeatureVector();
    for (const [name, value] of Object.entries(members)) vector.push(this.#features.intern(name), value);
    return vector;
  }
}

function filled(): Session {
  const session = new Session();
  session.add("east", { x: 2 });
  session.add("north", { y: 1 });
  session.add("west", { x: -1 });
  session.add("far east", { x: 8 });
  return session;
}

Deno.test("IndexSearch finds similar columns, the newest first among equals, and no orthogonal ones", () => {
  const session = filled();
  assertEquals(session.find("findSimilar", { x: 1 }, 9), [["far east", 0], ["east", 0], ["west", 2]]);
  assertEquals(session.find("findSimilar", { x: 1 }, 1), [["far east", 0]]);
  assertEquals(session.find("findSimilar", {}, 9), []);
});

Deno.test("IndexSearch finds close columns, whether they share features or not", () => {
  const session = filled();
  assertEquals(session.find("findClose", { x: 0.5 }, 3), [["north", Math.sqrt(1.25)], ["west", 1.5], ["east", 1.5]]);
  assertEquals(session.find("findClose", {}, 1), [["west", 1]]);
});

Deno.test("IndexSearch gives the same again when asked again", () => {
  const session = filled();
  const first = session.find("findSimilar", { x: 3, y: 1 }, 9);
  session.find("findClose", { x: 1 }, 9);
  assertEquals(session.find("findSimilar", { x: 3, y: 1 }, 9), first);
});
