/**
 * Writes tar archives (ustar) that are the same, byte for byte, for the same entries: no owners, no times but one. They
 * have no entries for directories, so that unpacking leaves alone those that are there already.
 *
 * @module
 */

/** One thing in an archive. Paths have slashes and no leading one. */
export type TarEntry =
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly content: Content }
  /** Another name for a file that came before. */
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** Bytes at hand, or as many as `size` says from a stream. */
export type Content = Uint8Array | { readonly size: number; readonly open: () => AsyncIterable<Uint8Array> };

const BLOCK_BYTES = 512;
/** Archives end with two empty blocks and fill a record of this many. */
const RECORD_BLOCKS = 20;
const types = { file: "0", link: "1" } as const;

/** The archive's bytes. */
export async function* tar(entries: Iterable<TarEntry>, mtimeSec: number): AsyncGenerator<Uint8Array> {
  let blocks = 0;
  for (const entry of entries) {
    const content = entry.kind === "file" ? entry.content : new Uint8Array(0);
    const size = content instanceof Uint8Array ? content.length : content.size;
    yield header(entry, size, mtimeSec);
    let written = 0;
    for await (const bytes of content instanceof Uint8Array ? [content] : content.open()) {
      written += bytes.length;
      yield bytes;
    }
    if (written !== size) throw new Error(`${entry.path} has ${written} bytes, not ${size} as was said`);
    const padding = -size & (BLOCK_BYTES - 1);
    yield new Uint8Array(padding);
    blocks += 1 + (size + padding) / BLOCK_BYTES;
  }
  blocks += 2;
  yield new Uint8Array((2 + (RECORD_BLOCKS - blocks % RECORD_BLOCKS) % RECORD_BLOCKS) * BLOCK_BYTES);
}

function header(entry: TarEntry, size: number, mtimeSec: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (text: string, at: number, length: number): void => {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > length) throw new Error(`too long for a tar archive: ${text}`);
    block.set(bytes, at);
  };
  const octal = (value: number, at: number, length: number): void =>
    put(value.toString(8).padStart(length - 1, "0"), at, length - 1);
  const [prefix, name] = split(entry.path);
  put(name, 0, 100);
  octal(entry.kind === "file" ? entry.mode : 0o755, 100, 8);
  octal(0, 108, 8); // owner
  octal(0, 116, 8); // group
  octal(size, 124, 12);
  octal(mtimeSec, 136, 12);
  put(types[entry.kind], 156, 1);
  if (entry.kind === "link") put(entry.target, 157, 100);
  put("ustar\0" + "00", 257, 8);
  put("root", 265, 32);
  put("root", 297, 32);
  put(prefix, 345, 155);
  // The checksum counts its own field as spaces.
  put(" ".repeat(8), 148, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", 148, 8);
  return block;
}

/** Long paths are kept in two fields, parted at a slash. */
function split(path: string): [prefix: string, name: string] {
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (bytes(path) <= 100) return ["", path];
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
    if (bytes(path.slice(at + 1)) <= 100 && bytes(path.slice(0, at)) <= 155) {
      return [path.slice(0, at), path.slice(at + 1)];
    }
  }
  throw new Error(`too long for a tar archive: ${path}`);
}
