import { assertEquals, assertThrows } from "@std/assert";
import { MersenneTwister } from "../../lib/base/mersenne_twister.ts";
import { BitVectors } from "../../lib/model/bit_vectors.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import { bytesOfPlain } from "../support/packed.ts";

/** Random rows, and the same as strings of 0 and 1. */
function randomRows(bits: number, rows: number, seed: number): { vectors: BitVectors; texts: string[] } {
  const random = new MersenneTwister(seed);
  const vectors = new BitVectors(bits);
  vectors.reserve(rows);
  const texts = Array.from({ length: rows }, (_, row) => {
    const words = vectors.row(row);
    let text = "";
    for (let j = 0; j < bits; j++) {
      const bit = random.int(2);
      words[j >>> 5]! |= bit << (j & 31);
      text += bit;
    }
    return text;
  });
  return { vectors, texts };
}

function hamming(a: string, b: string): number {
  return [...a].filter((bit, i) => bit !== b[i]).length;
}

Deno.test("BitVectors computes Hamming distances for any length", () => {
  for (const bits of [1, 31, 32, 33, 63, 64, 65, 128, 200]) {
    const { vectors, texts } = randomRows(bits, 40, bits);
    const distances = new Int32Array(40);
    vectors.distances(vectors.row(7).slice(), 40, distances);
    assertEquals([...distances], texts.map((text) => hamming(text, texts[7]!)), `${bits} bits`);
  }
});

Deno.test("BitVectors copies a row when it is moved", () => {
  const { vectors } = randomRows(70, 20, 1);
  const last = vectors.row(19).slice();
  vectors.move(19, 3);
  assertEquals(vectors.row(3), last);
});

Deno.test("BitVectors packs 64-bit words as integers", () => {
  for (const bits of [10, 64, 70]) {
    const { vectors, texts } = randomRows(bits, 3, bits);
    const writer = new Writer();
    vectors.pack(writer, 3);
    const words = texts.flatMap((text) => {
      const padded = text.padEnd(64 * Math.ceil(bits / 64), "0");
      return padded.match(/.{64}/g)!.map((word) => BigInt("0b" + [...word].reverse().join("")));
    });
    assertEquals(writer.take(), bytesOfPlain(words));
    const again = new BitVectors(bits);
    again.unpack(new Reader(writer.take()), 3);
    for (let row = 0; row < 3; row++) assertEquals(again.row(row), vectors.row(row));
  }
});

Deno.test("BitVectors drops bits behind the last one when a file has them set", () => {
  for (const [bits, kept] of [[10, 10], [40, 40], [70, 70]] as const) {
    const words = new Array<bigint>(Math.ceil(bits / 64)).fill(0xffffffffffffffffn);
    const vectors = new BitVectors(bits);
    vectors.unpack(new Reader(bytesOfPlain(words)), 1);
    const distances = new Int32Array(1);
    vectors.distances(new Int32Array(vectors.wordsPerRow), 1, distances);
    assertEquals(distances[0], kept);
  }
});

Deno.test("BitVectors refuses a wrong number of words, and negative ones", () => {
  assertThrows(() => new BitVectors(70).unpack(new Reader(bytesOfPlain([1, 2, 3])), 2), RangeError, "expected 4");
  assertThrows(() => new BitVectors(64).unpack(new Reader(bytesOfPlain([-1])), 1));
});
