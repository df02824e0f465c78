/** Types of the msgpack codec. */

export type ValueType = number | bigint | string | boolean | null | Uint8Array | readonly ValueType[] | ValueMap;
export interface ValueMap {
  [index: string | number]: ValueType;
}
export function encode(object: ValueType): Uint8Array<ArrayBuffer>;
export function decode(data: Uint8Array): ValueType;
