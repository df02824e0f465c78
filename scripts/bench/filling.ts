import { Writer } from "../../lib/msgpack/writer.ts";

/** Which requests are made. */
export interface Filling {
  /** Number of features, each of which occurs once. */
  readonly features: number;
  readonly perDatum: number;
  readonly perRequest: number;
  /** The labels change places, so that what was learned once is learned anew. */
  readonly flipped: boolean;
  /** The features come in steps of this many, which must share no factor with their number. Default 1. */
  readonly step?: number;
}

/**
 * Parameters of `train` that give each of so many number features a weight for two labels: the label changes from one
 * datum to the next, and the rival is the other one.
 */
export function fillingRequests(filling: Filling): Uint8Array[] {
  const { features, perDatum, perRequest } = filling;
  const requests: Uint8Array[] = [];
  const writer = new Writer(1024);
  const count = Math.ceil(features / perDatum);
  for (let first = 0; first < count; first += perRequest) {
    const data = Math.min(perRequest, count - first);
    writer.clear();
    writer.writeArrayHeader(2);
    writer.writeByteString("");
    writer.writeArrayHeader(data);
    for (let datum = first; datum < first + data; datum++) writeLabelled(writer, datum, filling);
    requests.push(writer.take());
  }
  return requests;
}

function writeLabelled(writer: Writer, datum: number, { features, perDatum, flipped, step = 1 }: Filling): void {
  writer.writeArrayHeader(2);
  writer.writeByteString((datum % 2 === 0) === flipped ? "no" : "yes");
  writer.writeArrayHeader(3);
  writer.writeArrayHeader(0);
  writer.writeArrayHeader(perDatum);
  for (let i = 0; i < perDatum; i++) {
    writer.writeArrayHeader(2);
    const number = (datum * perDatum + i) * step % features;
    writer.writeByteString(`feature${number.toString().padStart(7, "0")}`);
    writer.writeDouble(1);
  }
  writer.writeArrayHeader(0);
}
