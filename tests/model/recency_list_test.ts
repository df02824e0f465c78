import { assertEquals } from "@std/assert";
import { MersenneTwister } from "../../lib/base/mersenne_twister.ts";
import { RecencyList } from "../../lib/model/recency_list.ts";

Deno.test("RecencyList orders keys by their last touch", () => {
  const list = new RecencyList();
  for (const key of ["a", "b", "c", "a"]) list.touch(key);
  assertEquals([list.newestFirst(), list.oldest(), list.size], [["a", "c", "b"], "b", 3]);
  assertEquals([list.remove("c"), list.remove("c"), list.newestFirst()], [true, false, ["a", "b"]]);
  list.clear();
  assertEquals([list.oldest(), list.size], [undefined, 0]);
});

Deno.test("RecencyList behaves like an array when keys come and go at random", () => {
  const seed = 42;
  const random = new MersenneTwister(seed);
  const list = new RecencyList();
  let model: string[] = [];
  for (let i = 0; i < 5000; i++) {
    const key = `key${random.int(100)}`;
    if (random.int(3) === 0) {
      assertEquals(list.remove(key), model.includes(key), `seed ${seed}, step ${i}`);
      model = model.filter((other) => other !== key);
    } else {
      list.touch(key);
      model = [key, ...model.filter((other) => other !== key)];
    }
    assertEquals(list.oldest(), model.at(-1), `seed ${seed}, step ${i}`);
  }
  assertEquals(list.newestFirst(), model);
});
