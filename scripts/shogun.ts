/**
 * `deno task shogun`: a first impression of the classifier. Starts a server, teaches it the names of the shoguns and
 * regents of three families, and lets it guess the families of others, which it has not seen.
 *
 * @module
 */
import { bestLabel, ClassifierClient, ConnectError, MethodNotFoundError, RpcError, type ScoredLabel } from "../mod.ts";
import { ServerProcess } from "../tests/support/server_process.ts";
import { parseOptions, readCommandLine, wholeNumber } from "./command_line.ts";
import { root } from "./roles.ts";
import { formatTable } from "./text_table.ts";

const usage = `Teaches a classifier the names of three families of shoguns and regents, and lets it guess.

  deno task shogun [--host HOST] [--port PORT] [--name NAME] [--clear]

Without options it starts a server of its own for that, and stops it afterwards. Otherwise it uses a running one:

  --host HOST  server or proxy; default 127.0.0.1
  --port PORT  its port; default 9199
  --name NAME  cluster name, for a proxy; default shogun
  --clear      first forget all that it has learned so far; without this, the names are added to that
`;

/** The configuration of Jubatus' own example: AROW on the single characters of every string. */
const configuration = `${root}scripts/shogun.json`;

/** Given names in order of office. Every fifth one is held out: it is not trained, but asked for. */
const families: readonly { label: string; names: string; heldOut: readonly string[] }[] = [
  {
    label: "徳川",
    names: "家康 秀忠 家光 家綱 綱吉 家宣 家継 吉宗 家重 家治 家斉 家慶 家定 家茂 慶喜",
    heldOut: ["Tsunayoshi", "Ieharu", "Yoshinobu"],
  },
  {
    label: "足利",
    names: "尊氏 義詮 義満 義持 義量 義教 義勝 義政 義尚 義稙 義澄 義晴 義輝 義栄 義昭",
    heldOut: ["Yoshikazu", "Yoshitane", "Yoshiaki"],
  },
  {
    label: "北条",
    names: "時政 義時 泰時 経時 時頼 長時 政村 時宗 貞時 師時 宗宣 煕時 基時 高時 貞顕 守時",
    heldOut: ["Tokiyori", "Morotoki", "Sadaaki"],
  },
];

/** A name, and how it is read if it is held out. */
interface Person {
  readonly family: string;
  readonly name: string;
  readonly reading: string | undefined;
}

const people: Person[] = families.flatMap(({ label, names, heldOut }) =>
  names.split(" ").map((name, i) => ({ family: label, name, reading: i % 5 === 4 ? heldOut[(i - 4) / 5] : undefined }))
);
const trained = people.filter((person) => person.reading === undefined);
const heldOut = people.filter((person) => person.reading !== undefined);

const options = readCommandLine(usage, readOptions);
try {
  if (options === undefined) await withOwnServer();
  else await withServer(options);
} catch (error) {
  if (!(error instanceof RpcError)) throw error;
  const where = error instanceof ConnectError ? ` to ${error.host}:${error.port}` : "";
  const why = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  console.error(`${error.message}${where}${why}`);
  Deno.exit(1);
}

/** The server to be used; undefined for one of our own. */
function readOptions(args: string[]): { host: string; port: number; name: string; clear: boolean } | undefined {
  const { options } = parseOptions(args, { texts: ["host", "port", "name"], flags: ["clear"] });
  if (args.length === 0) return undefined;
  const { host = "127.0.0.1", port = "9199", name = "shogun", clear } = options;
  return { host, port: wholeNumber("port", port, 1, 65535), name, clear };
}

async function withOwnServer(): Promise<void> {
  {
    await using server = await ServerProcess.start("jubaclassifier", { args: ["-f", configuration] });
    console.log(`started jubaclassifier on port ${server.port}: AROW on the single characters of a name`);
    await using client = await ClassifierClient.connect({ host: server.hostname, port: server.port, name: "shogun" });
    await trainAndAsk(client);
  }
  console.log("stopped jubaclassifier");
}

async function withServer(server: { host: string; port: number; name: string; clear: boolean }): Promise<void> {
  await using client = await ClassifierClient.connect(server);
  const known = [...(await client.get_labels()).keys()];
  console.log(`using ${server.host}:${server.port} with the configuration it has`);
  if (server.clear) {
    await client.clear();
    if (known.length > 0) console.log(`it has forgotten what it knew: ${known.join(", ")}`);
  } else if (known.length > 0) {
    console.log(`it knows ${known.join(", ")} already; that is kept, and the names are added (--clear: forget it)`);
  }
  await trainAndAsk(client, await isProxy(client));
}

async function trainAndAsk(client: ClassifierClient, viaProxy = false): Promise<void> {
  const count = await client.train(trained.map(({ family, name }) => [family, { name }]));
  console.log(`trained ${count} names; held out ${heldOut.length}, every fifth of each family\n`);
  if (viaProxy) await untilShared(client);
  const answers = await client.classify(heldOut.map(({ name }) => ({ name })));
  printAnswers(answers);
}

async function isProxy(client: ClassifierClient): Promise<boolean> {
  try {
    await client.get_proxy_status();
    return true;
  } catch (error) {
    if (error instanceof MethodNotFoundError) return false;
    throw error;
  }
}

/** Behind a proxy one server has learned the names; the others learn from it, within half a minute by default. */
async function untilShared(client: ClassifierClient): Promise<void> {
  const deadline = performance.now() + 40_000;
  let isSaid = false;
  while (performance.now() < deadline) {
    const counts = [...(await client.get_status()).values()].map((status) =>
      Number(status.get("num_classes") ?? Infinity)
    );
    if (counts.every((labels) => labels >= families.length)) return;
    if (!isSaid) console.log(`waiting until all ${counts.length} servers have exchanged what they learned`);
    isSaid = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  console.log("they have not; some answers will be missing");
}

function printAnswers(answers: readonly ScoredLabel[][]): void {
  const labels = families.map((family) => family.label);
  let right = 0;
  const rows = heldOut.map(({ family, name, reading }, i) => {
    const scores = answers[i] ?? [];
    const answer = bestLabel(scores)?.label ?? "none";
    if (answer === family) right++;
    const columns = labels.map((label) => scores.find((scored) => scored.label === label)?.score.toFixed(3) ?? "-");
    return [name, reading!, family, answer, answer === family ? "" : "wrong", ...columns];
  });
  const head = ["name", "read", "family", "answer", "", ...labels.map((label) => `score ${label}`)];
  console.log(formatTable([head, ...rows], { rightFrom: 5 }));
  const percent = Math.round(100 * right / heldOut.length);
  console.log(`\n${right} of ${heldOut.length} names it had not seen are right (${percent} %)`);
}
