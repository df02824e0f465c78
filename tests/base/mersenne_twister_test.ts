import { assertEquals } from "@std/assert";
import { MersenneTwister } from "../../lib/base/mersenne_twister.ts";

function draw<T>(count: number, next: () => T): T[] {
  return Array.from({ length: count }, next);
}

Deno.test("MersenneTwister gives MT19937's numbers when seeded", () => {
  const words = new MersenneTwister(0);
  assertEquals(draw(3, () => words.uint32()), [2357136044, 2546248239, 3071714933]);
  const zero = new MersenneTwister(0);
  assertEquals(draw(2, () => zero.real53()), [0.54881350392732475, 0.71518936637241948]);
  const one = new MersenneTwister(1);
  assertEquals(draw(4, () => one.real53()), [
    0.417022004702574,
    0.7203244934421581,
    0.00011437481734488664,
    0.30233257263183977,
  ]);
});

Deno.test("MersenneTwister draws integers below a limit", () => {
  const random = new MersenneTwister(0);
  assertEquals(draw(8, () => random.int(10)), [5, 7, 6, 5, 4, 6, 4, 8]);
});

Deno.test("MersenneTwister goes on correctly when the state is used up", () => {
  // The 10,000th output for this seed is given by the C++ standard.
  const random = new MersenneTwister(5489);
  draw(9999, () => random.uint32());
  assertEquals(random.uint32(), 4123659995);
});
