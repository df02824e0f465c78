/**
 * Text that may hold bytes that are not UTF-8. Such bytes become code units U+DC80 to U+DCFF, which no
 * valid text has, so what a server stores comes back as it was sent.
 *
 * @module
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const STRAY_BASE = 0xdc00;
const STRAY = /[\udc80-\udcff]/;

/** Bytes as text; see the module's comment. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    let text = "";
    for (let at = 0; at < bytes.length;) {
      const length = validLength(bytes, at);
      if (length === 0) text += String.fromCharCode(STRAY_BASE + bytes[at++]!);
      else text += lenient.decode(bytes.subarray(at, at += length));
    }
    return text;
  }
}

/** The bytes of a text; the way back of {@link decodeText}. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (!STRAY.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= STRAY_BASE + 0x80 && code <= STRAY_BASE + 0xff) bytes.push(code - STRAY_BASE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** Length of the valid UTF-8 character at `at`; 0 when there is none. */
function validLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      strict.decode(bytes.subarray(at, at + length));
      return length;
    } catch {
      // one byte more
    }
  }
  return 0;
}
