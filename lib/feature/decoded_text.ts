import { byteStringOf } from "../base/byte_string.ts";

/** Bytes that are not UTF-8 become U+DC80 to U+DCFF, which no valid text contains, so nothing is lost or mixed up. */
const strayByteBase = 0xdc00;

/** Bytes as text for a JavaScript regular expression, with the way back to byte positions. Reused from value to value. */
export class DecodedText {
  /** The text. */
  text = "";
  /** Byte position of `text[0]`. */
  #start = 0;
  /** Byte position of each code unit and of the end, or unused when every character is one byte. */
  #positions = new Int32Array(257);
  #units = new Uint16Array(256);
  #isAscii = true;

  /** Decodes `bytes[start, end)`. */
  decode(bytes: Uint8Array, start: number, end: number): void {
    this.#start = start;
    let at = start;
    while (at < end && bytes[at]! < 0x80) at++;
    this.#isAscii = at === end;
    this.text = this.#isAscii ? byteStringOf(bytes, start, end) : this.#decodeWide(bytes, start, end);
  }

  /** Byte position of a code unit or of the end. */
  positionOf(unit: number): number {
    return this.#isAscii ? this.#start + unit : this.#positions[unit]!;
  }

  /** First code unit at or after a byte position, not before unit `from`. */
  unitAt(position: number, from: number): number {
    if (this.#isAscii) return position - this.#start;
    let unit = from;
    while (unit < this.text.length && this.#positions[unit]! < position) unit++;
    return unit;
  }

  /** The code unit after the character that begins at `unit`. */
  nextCharacter(unit: number): number {
    const code = this.text.charCodeAt(unit);
    return code >= 0xd800 && code < 0xdc00 ? unit + 2 : unit + 1;
  }

  /** The first match from `unit` on. V8 also tries between the halves of a surrogate pair, where nothing can match. */
  match(expression: RegExp, unit: number): RegExpExecArray | null {
    for (;;) {
      expression.lastIndex = unit;
      const match = expression.exec(this.text);
      if (match === null || !this.#isInsideCharacter(match.index)) return match;
      unit = match.index + 1;
    }
  }

  #isInsideCharacter(unit: number): boolean {
    const code = this.text.charCodeAt(unit);
    return code >= 0xdc00 && code < 0xe000 && this.nextCharacter(unit - 1) > unit;
  }

  #decodeWide(bytes: Uint8Array, start: number, end: number): string {
    if (this.#units.length < end - start) {
      const capacity = Math.max(end - start, this.#units.length * 2);
      this.#units = new Uint16Array(capacity);
      this.#positions = new Int32Array(capacity + 1);
    }
    const units = this.#units;
    const positions = this.#positions;
    let count = 0;
    for (let at = start; at < end;) {
      const length = characterLength(bytes, at, end);
      positions[count] = at;
      const lead = bytes[at]!;
      if (length === 1) {
        units[count++] = lead < 0x80 ? lead : strayByteBase + lead;
      } else {
        let code = lead & (0xff >> (length + 1));
        for (let i = 1; i < length; i++) code = (code << 6) | (bytes[at + i]! & 0x3f);
        if (code >= 0x10000) {
          units[count++] = 0xd7c0 + (code >> 10);
          // A match cannot end between the halves of a pair; the entry only keeps positions ascending.
          positions[count] = at + length;
          units[count++] = 0xdc00 + (code & 0x3ff);
        } else {
          units[count++] = code;
        }
      }
      at += length;
    }
    positions[count] = end;
    let text = "";
    for (let i = 0; i < count; i += 8192) {
      text += String.fromCharCode.apply(null, units.subarray(i, Math.min(count, i + 8192)) as unknown as number[]);
    }
    return text;
  }
}

/** Bytes of the UTF-8 character at `at`; 1 for a byte that does not begin one. */
function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0xc2 || lead > 0xf4) return 1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > end) return 1;
  for (let i = 1; i < length; i++) {
    if ((bytes[at + i]! & 0xc0) !== 0x80) return 1;
  }
  const second = bytes[at + 1]!;
  const overlong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90);
  const outside = (lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f);
  return overlong || outside ? 1 : length;
}
