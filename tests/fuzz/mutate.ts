import type { SeededRandom } from "../support/seeded_random.ts";

/** Inputs stay below this, so that a run is not spent on a few large ones. */
const inputBytesMax = 64 * 1024;

/** What a kind of input is made of. */
export interface Grammar {
  /** Pieces that mean much to the reader of the input. */
  readonly tokens: readonly Uint8Array[];
  /** Pieces that open something; put one after another they nest. */
  readonly openers: readonly Uint8Array[];
}

/** Changes a valid input in one to four places. */
export function mutate(random: SeededRandom, seeds: readonly Uint8Array[], grammar: Grammar): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(random.pick(seeds));
  for (let count = 1 + random.below(4); count > 0; count--) bytes = change(random, bytes, seeds, grammar);
  return bytes.slice(0, inputBytesMax);
}

function change(
  random: SeededRandom,
  bytes: Uint8Array<ArrayBuffer>,
  seeds: readonly Uint8Array[],
  grammar: Grammar,
): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(1 << random.below(8)));
  switch (random.below(9)) {
    case 0: // one bit
      return splice(bytes, at, at + 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
    case 1: // one byte
      return splice(bytes, at, at + 1, Uint8Array.of(random.below(256)));
    case 2: // cut short
      return bytes.slice(0, at);
    case 3: // leave something out
      return splice(bytes, at, end, new Uint8Array());
    case 4: // say something twice
      return splice(bytes, at, at, bytes.subarray(at, end));
    case 5: // go on as another input does
      return splice(bytes, at, bytes.length, tail(random, random.pick(seeds)));
    case 6: // something meaningful in another place
      return splice(bytes, at, at, random.pick(grammar.tokens));
    case 7: // the same in place of what was there
      return splice(bytes, at, end, random.pick(grammar.tokens));
    default: // nest, mostly a little, sometimes deeply
      return splice(bytes, at, at, repeated(random.pick(grammar.openers), 1 + random.below(1 << random.below(13))));
  }
}

function tail(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(random.below(bytes.length + 1));
}

function repeated(piece: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(piece.length * count);
  for (let i = 0; i < count; i++) bytes.set(piece, i * piece.length);
  return bytes;
}

/** `bytes` with `[start, end)` replaced. */
function splice(bytes: Uint8Array, start: number, end: number, piece: Uint8Array): Uint8Array<ArrayBuffer> {
  const rest = bytes.subarray(Math.min(end, bytes.length));
  const result = new Uint8Array(start + piece.length + rest.length);
  result.set(bytes.subarray(0, start));
  result.set(piece, start);
  result.set(rest, start + piece.length);
  return result;
}
