import { accuracy, trainOnce } from "./accuracy.ts";
import { libsvmRows } from "./data.ts";
import { bestOf, runRounds } from "./load_process.ts";
import { numbersConfig } from "./numbers_section.ts";
import { BenchServer } from "./programs.ts";
import { type Example, writeRequests } from "./requests.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";

const PER_REQUEST = 500;
/** What Jubatus 1.1.1 reaches on a9a.t after one pass over a9a, and how far ours may be from it. */
const reached = { AROW: 0.8487, NHERD: 0.8488 };
const TOLERANCE = 0.003;
/** Every so many rows of news20 are held out. */
const HELD_OUT_EVERY = 5;

/** Accuracy and speed on published data sets, where they are there. */
export const dataSetsSection: Section = {
  name: "data-sets",
  title: "Data sets in libsvm format, 500 rows per request",
  async run(settings: BenchSettings): Promise<Figure[]> {
    return [...await a9a(settings), ...await news20(settings)];
  },
};

async function a9a(settings: BenchSettings): Promise<Figure[]> {
  const rows = await read(settings, "a9a");
  const heldOut = await read(settings, "a9a.t");
  if (rows === undefined || heldOut === undefined) return [];
  const figures: Figure[] = [];
  const file = `${settings.scratch}/a9a`;
  await writeRequests(file, "train", rows, PER_REQUEST);
  for (const method of ["AROW", "NHERD"] as const) {
    settings.progress(`a9a ${method}`);
    await using server = await BenchServer.classifier(numbersConfig(method));
    await using client = server.client();
    const seconds = await trainOnce(client, rows, PER_REQUEST);
    figures.push({
      name: `a9a ${method} C=1, accuracy on a9a.t`,
      value: await accuracy(client, heldOut, PER_REQUEST),
      unit: "",
      wanted: { atLeast: reached[method] - TOLERANCE, atMost: reached[method] + TOLERANCE },
      note: `one pass in order, ${rows.length} rows in ${seconds.toFixed(2)} s from start; 1.1.1: ${reached[method]}`,
    });
    const time = settings.quick
      ? { rounds: 1, seconds: 0.7, warmUpSeconds: 0.2 }
      : { rounds: 7, seconds: 1, warmUpSeconds: 0.3 };
    const [result] = await runRounds([{ port: server.port, load: { file, connections: 1, inFlight: 8 } }], time);
    const perRequest = rows.length / Math.ceil(rows.length / PER_REQUEST);
    figures.push({
      name: `a9a ${method} C=1, train`,
      value: result!.bestRepliesPerSecond * perRequest,
      unit: "rows/s",
      wanted: { atLeast: 1_000_000 },
      note: `${bestOf(time, result!, perRequest)}; 1 x 8 in flight, 14 features per row`,
    });
  }
  return figures;
}

async function news20(settings: BenchSettings): Promise<Figure[]> {
  const all = await read(settings, "news20-multiclass.gz");
  if (all === undefined) return [];
  settings.progress("news20 AROW");
  const rows = all.filter((_, i) => i % HELD_OUT_EVERY !== 0);
  const heldOut = all.filter((_, i) => i % HELD_OUT_EVERY === 0);
  const features = all.reduce((sum, row) => sum + row.numbers.length, 0) / all.length;
  await using server = await BenchServer.classifier(numbersConfig("AROW"));
  await using client = server.client();
  const seconds = await trainOnce(client, rows, 100);
  const value = await accuracy(client, heldOut, 100);
  const file = `${settings.scratch}/news20`;
  await writeRequests(file, "train", rows, 20);
  const time = settings.quick
    ? { rounds: 1, seconds: 0.7, warmUpSeconds: 0.2 }
    : { rounds: 3, seconds: 1, warmUpSeconds: 0.3 };
  const [result] = await runRounds([{ port: server.port, load: { file, connections: 2, inFlight: 2 } }], time);
  return [{
    name: "news20 AROW C=1, accuracy on a fifth held out",
    value,
    unit: "",
    note: `one pass in order, ${rows.length} rows in ${seconds.toFixed(2)} s from start`,
  }, {
    name: "news20 AROW C=1, train",
    value: result!.repliesPerSecond * 20,
    unit: "rows/s",
    note: `20 rows per request, ${features.toFixed(0)} features per row, 20 labels`,
  }];
}

/** The rows of a data set; undefined, and a word about it, when it is not there. */
async function read(settings: BenchSettings, name: string): Promise<Example[] | undefined> {
  try {
    const bytes = await Deno.readFile(`${settings.data}/${name}`);
    if (!name.endsWith(".gz")) return libsvmRows(new TextDecoder().decode(bytes));
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return libsvmRows(await new Response(plain).text());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    settings.progress(`left out: ${settings.data}/${name} is not there (see --data)`);
    return undefined;
  }
}
