/**
 * Byte strings: labels, ids, feature names and cluster names need not be UTF-8, so inside the
 * program they are strings of code units 0 to 255, one per byte. Such strings work as Map keys,
 * and `<` on them is the order of unsigned bytes.
 *
 * @module
 */

/** A string whose code units are bytes (0 to 255). Never shown to a person as it is. */
export type ByteString = string;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The byte string of `bytes[start, end)`. */
export function byteStringOf(bytes: Uint8Array, start = 0, end: number = bytes.length): ByteString {
  const length = end - start;
  if (length <= 24) {
    let text = "";
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  let text = "";
  for (let i = start; i < end; i += 8192) {
    text += String.fromCharCode.apply(
      null,
      bytes.subarray(i, Math.min(end, i + 8192)) as unknown as number[],
    );
  }
  return text;
}

/** The bytes of a byte string. */
export function bytesOf(text: ByteString): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The byte string that holds `text` in UTF-8. */
export function byteStringOfText(text: string): ByteString {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return byteStringOf(encoder.encode(text));
  }
  return text;
}

/** A byte string read as UTF-8, for logs and messages; invalid bytes become U+FFFD. */
export function textOf(bytes: ByteString): string {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes.charCodeAt(i) > 0x7f) return decoder.decode(bytesOf(bytes));
  }
  return bytes;
}

/** Whether a text can be a byte string: messages quote byte for byte what clients have sent; other messages are text. */
export function isByteString(text: string): text is ByteString {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

/** A message for logs, whether it is a byte string or text. */
export function messageText(message: string): string {
  return isByteString(message) ? textOf(message) : message;
}

/** Unsigned byte order: negative, zero or positive, for `Array.sort`. */
export function compareByteStrings(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
