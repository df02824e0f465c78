/**
 * MD5 (RFC 1321), for placing keys on the hash ring. Not for anything that must be secret.
 *
 * @module
 */

/** Left rotations, four per round. */
const SHIFTS = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
/** floor(2^32 * |sin(i + 1)|). */
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 0x1_0000_0000));

/** The digest of `bytes` as 32 lower-case hexadecimal digits. */
export function md5Hex(bytes: Uint8Array): string {
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, bytes.length << 3, true);
  view.setUint32(padded.length - 4, bytes.length / 0x2000_0000, true);

  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const words = new Int32Array(16);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + 4 * i, true);
    addBlock(state, words);
  }

  let hex = "";
  for (const word of state) {
    for (let shift = 0; shift < 32; shift += 8) hex += ((word >>> shift) & 0xff).toString(16).padStart(2, "0");
  }
  return hex;
}

/** Folds one block of sixteen little-endian words into the state. */
function addBlock(state: Int32Array, words: Int32Array): void {
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  for (let i = 0; i < 64; i++) {
    let mixed: number;
    let word: number;
    switch (i >> 4) {
      case 0:
        mixed = (b & c) | (~b & d);
        word = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) & 15;
        break;
      case 2:
        mixed = b ^ c ^ d;
        word = (3 * i + 5) & 15;
        break;
      default:
        mixed = c ^ (b | ~d);
        word = (7 * i) & 15;
    }
    const sum = (a + mixed + SINES[i]! + words[word]!) | 0;
    const shift = SHIFTS[(i >> 4) * 4 + (i & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
}
