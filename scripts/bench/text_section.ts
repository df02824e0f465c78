import { documents, documentsNote } from "./data.ts";
import { bestOf, runRounds } from "./load_process.ts";
import { BenchServer } from "./programs.ts";
import { writeRequests } from "./requests.ts";
import type { BenchSettings, Figure, Section } from "./section.ts";

const PER_REQUEST = 20;
const DOCUMENTS = 4000;

/** Splitting, document statistics and rows with many labels. */
export const textSection: Section = {
  name: "text",
  title: `Text, space / tf / idf, AROW: ${documentsNote}`,
  async run(settings: BenchSettings): Promise<Figure[]> {
    settings.progress("making documents");
    const examples = documents(DOCUMENTS);
    await using server = await BenchServer.classifier({
      method: "AROW",
      parameter: { regularization_weight: 1.0 },
      converter: { string_rules: [{ key: "*", type: "space", sample_weight: "tf", global_weight: "idf" }] },
    });
    const figures: Figure[] = [];
    for (const [method, atLeast] of [["train", 30_000], ["classify", 50_000]] as const) {
      settings.progress(method);
      const file = `${settings.scratch}/text-${method}`;
      await writeRequests(file, method, examples, PER_REQUEST);
      const time = settings.quick
        ? { rounds: 1, seconds: 1, warmUpSeconds: 0.3 }
        : { rounds: 7, seconds: 1, warmUpSeconds: 0.5 };
      const [result] = await runRounds([{ port: server.port, load: { file, connections: 1, inFlight: 8 } }], time);
      figures.push({
        name: `${method}, ${PER_REQUEST}/request, 1 x 8 in flight`,
        value: result!.bestRepliesPerSecond * PER_REQUEST,
        unit: "documents/s",
        wanted: { atLeast },
        note: `${bestOf(time, result!, PER_REQUEST)}; ${DOCUMENTS} documents round and round`,
      });
    }
    return figures;
  },
};
