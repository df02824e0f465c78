/** Tables used side by side, so that eight bytes go into the sum at once. */
const SLICES = 8;

/** `TABLES[256 * k + b]`: the effect of byte b when k more bytes follow. */
const TABLES: Uint32Array = (() => {
  const tables = new Uint32Array(SLICES * 256);
  for (let i = 0; i < 256; i++) {
    let sum = i;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    tables[i] = sum;
  }
  for (let i = 256; i < SLICES * 256; i++) {
    const previous = tables[i - 256]!;
    tables[i] = (previous >>> 8) ^ tables[previous & 0xff]!;
  }
  return tables;
})();

/** CRC-32 as zlib computes it; `previous` is the sum of what came before, to go on from there. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const t = TABLES;
  let sum = ~previous;
  let i = 0;
  for (const end = bytes.length - (SLICES - 1); i < end; i += SLICES) {
    sum ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    sum = t[1792 + (sum & 0xff)]! ^ t[1536 + ((sum >>> 8) & 0xff)]! ^ t[1280 + ((sum >>> 16) & 0xff)]! ^
      t[1024 + (sum >>> 24)]! ^ t[768 + bytes[i + 4]!]! ^ t[512 + bytes[i + 5]!]! ^ t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) sum = (sum >>> 8) ^ t[(sum ^ bytes[i]!) & 0xff]!;
  return ~sum >>> 0;
}
