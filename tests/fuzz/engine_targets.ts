/**
 * What servers read of files and of each other: models, differences of MIX and the bodies of pushes. Inputs begin with a
 * byte that says which engine reads them.
 *
 * @module
 */
import { classifierType } from "../../lib/engine/classifier/classifier_engine.ts";
import type { Engine, EngineType } from "../../lib/engine/engine.ts";
import { regressionType } from "../../lib/engine/regression/regression_engine.ts";
import { statType } from "../../lib/engine/stat/stat_engine.ts";
import { applyDiffs, EnvelopeFold, writeDiffs } from "../../lib/mix/envelope.ts";
import { type Pushable, runAtOnce } from "../../lib/model/mixable.ts";
import { checkModelFile, decodeModelFile, encodeModelFile, readModel } from "../../lib/model/model_file.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import type { Writer } from "../../lib/msgpack/writer.ts";
import { EngineSession } from "../support/engine_session.ts";
import { packed, unpacked, written } from "../support/packed.ts";
import { joined } from "../support/wire_call.ts";
import type { Grammar } from "./mutate.ts";
import { attempt } from "./own_mistake.ts";
import type { FuzzTarget } from "./targets.ts";

/** An engine of some kind that has learned something, alone or in a cluster. */
class Subject {
  readonly #type: EngineType;
  readonly #session: EngineSession;
  readonly #model: Uint8Array;
  /** An engine in its first state: making engines takes longer than all else. */
  #spare: Engine | undefined;

  constructor(type: EngineType, config: unknown, isMixed: boolean) {
    this.#type = type;
    this.#session = new EngineSession(type, config, { isMixed, owner: "192.0.2.1_9199", now: () => 1_500_000_000 });
    learn(this.#session);
    this.#model = this.#session.save();
  }

  /** The engine as it was in the beginning. */
  engine(): Engine {
    const engine = this.#spare ?? unpacked(this.#model, this.#session.engine.fresh());
    this.#spare = undefined;
    return engine;
  }

  /** Takes an engine back in which nothing has changed. */
  unchanged(engine: Engine): void {
    this.#spare = engine;
  }

  /** The model as a file. */
  file(writeModel: (writer: Writer) => void = (writer) => this.engine().pack(writer)): Uint8Array<ArrayBuffer> {
    return encodeModelFile({ type: this.#type.name, id: "m", config: "{}", timestamp: 0 }, writeModel);
  }

  /** Loads a file as a server does. */
  load(file: Uint8Array): Engine {
    const decoded = decodeModelFile(file);
    checkModelFile(decoded, this.#type.name);
    const engine = this.#session.engine.fresh();
    readModel(decoded, (reader) => engine.unpack(reader));
    return engine;
  }

  /** An engine must be of use after whatever it has accepted, and able to load what it saves. */
  use(engine: Engine): void {
    acceptable(() => unpacked(packed(engine), engine.fresh()));
    this.#session.engine = engine;
    attempt(() => learn(this.#session));
    engine.status();
    written((writer) => runAtOnce(writeDiffs(engine.mixables, writer)));
    acceptable(() => unpacked(packed(engine), engine.fresh()));
  }
}

/** Calls methods of whatever service. */
function learn(session: EngineSession): void {
  const data = [{ x: 1 }, { x: -1, t: "w" }];
  const { methods } = session.engine;
  if ("push" in methods) {
    for (const [key, value] of [["a", 1], ["b", 2], ["a", -3], ["c", 4.5]]) session.call("push", key, value);
    for (const method of ["sum", "stddev", "max", "entropy"]) session.call(method, "a");
    session.call("moment", "b", 2, 1);
  } else if ("classify" in methods) {
    session.call("train", data.map((datum, i) => [`${i}`, datum]));
    session.call("set_label", "unused");
    session.call("classify", data);
    session.call("get_labels");
    session.call("delete_label", "unused");
  } else {
    session.call("train", data.map((datum, i) => [i, datum]));
    session.call("estimate", data);
  }
}

/** Little of everything, so that an engine is soon made and its messages are short. */
const converter = {
  string_rules: [{ key: "*", type: "str", sample_weight: "tf", global_weight: "bm25" }],
  num_rules: [{ key: "*", type: "num" }],
};
const unlearner = (name: string) => ({ unlearner: name, unlearner_parameter: { max_size: 2 } });
const hashed = { method: "euclid_lsh", parameter: { hash_num: 8 }, nearest_neighbor_num: 3 };
const linear = { regularization_weight: 1 };
const configs: readonly (readonly [EngineType, string, unknown])[] = [
  [classifierType, "AROW", linear],
  [classifierType, "PA1", { ...linear, ...unlearner("random") }],
  [classifierType, "NN", { ...hashed, local_sensitivity: 0.1, ...unlearner("lru") }],
  [classifierType, "cosine", { nearest_neighbor_num: 3, local_sensitivity: 1 }],
  [regressionType, "CW", { ...linear, sensitivity: 0.1 }],
  [regressionType, "NN", hashed],
  [regressionType, "euclidean", { nearest_neighbor_num: 3 }],
];

/** The targets of engines. */
export function engineTargets(grammar: Grammar): FuzzTarget[] {
  const subjects = [false, true].map((isMixed) => [
    ...configs.map(([type, method, parameter]) => new Subject(type, { method, parameter, converter }, isMixed)),
    new Subject(statType, { window_size: 5 }, isMixed),
  ]);
  const inCluster = subjects[1]!;
  return [
    {
      name: "model file",
      share: 3,
      grammar,
      // With its own checksum it is mostly refused; the target below has right ones.
      seeds: inCluster.slice(0, 1).map((subject, i) => joined(Uint8Array.of(i), subject.file())),
      run: (input) => loads(inCluster, input, (subject, bytes) => subject.load(bytes)),
    },
    {
      name: "model",
      share: 6,
      grammar,
      seeds: subjects.flat().map((subject, i) => joined(Uint8Array.of(i), packed(subject.engine()))),
      run: (input) =>
        loads(subjects.flat(), input, (subject, bytes) => subject.load(subject.file((writer) => writer.append(bytes)))),
    },
    {
      name: "MIX",
      share: 6,
      grammar,
      seeds: inCluster.flatMap((subject, i) =>
        messagesOf(subject).map((message, kind) => joined(Uint8Array.of(i + kind * inCluster.length), message))
      ),
      run: (input) => mixes(inCluster, input),
    },
  ];
}

function loads(
  subjects: readonly Subject[],
  input: Uint8Array,
  load: (subject: Subject, bytes: Uint8Array) => Engine,
): void {
  const subject = subjects[(input[0] ?? 0) % subjects.length]!;
  const engine = attempt(() => load(subject, input.subarray(1)));
  if (engine !== undefined) subject.use(engine);
}

/** One message of each kind that {@link read} knows. */
function messagesOf(subject: Subject): Uint8Array[] {
  const engine = subject.engine();
  const difference = written((writer) => runAtOnce(writeDiffs(engine.mixables, writer)));
  const fold = new EnvelopeFold(engine.mixables);
  runAtOnce(fold.add("a", difference));
  const folded = written((writer) => runAtOnce(fold.write(writer)));
  const pushable = pushableOf(engine);
  if (pushable === undefined) return [folded, difference];
  const argument = written((writer) => pushable.writePullArgument(writer));
  const nothingKnown = written((writer) => writer.writeMapHeader(0));
  const body = attempt(() => written((writer) => runAtOnce(pushable.pull(new Reader(nothingKnown), writer))));
  return [folded, difference, body ?? argument, argument];
}

/** Lets an engine read a message of MIX; what it refuses must change nothing. */
function mixes(subjects: readonly Subject[], input: Uint8Array): void {
  const index = input[0] ?? 0;
  const subject = subjects[index % subjects.length]!;
  const engine = subject.engine();
  const message = input.subarray(1);
  const before = packed(engine);
  const kind = Math.floor(index / subjects.length);
  if (attempt(() => read(engine, kind, message)) !== undefined) return subject.use(engine);
  if (packed(engine).toHex() !== before.toHex()) throw new TypeError("what is refused has changed the model");
  subject.unchanged(engine);
}

/** True, or throws what refuses the message. */
function read(engine: Engine, kind: number, message: Uint8Array): true {
  const { mixables } = engine;
  const pushable = pushableOf(engine);
  if (kind === 0 || pushable === undefined && kind > 1) {
    runAtOnce(applyDiffs(mixables, message));
  } else if (kind === 1) {
    const fold = new EnvelopeFold(mixables);
    const own = written((writer) => runAtOnce(writeDiffs(mixables, writer)));
    runAtOnce(fold.add("own", own));
    runAtOnce(fold.add("other", message));
    const folded = written((writer) => runAtOnce(fold.write(writer)));
    acceptable(() => runAtOnce(applyDiffs(mixables, folded)));
  } else if (kind === 2) {
    runAtOnce(pushable!.push(new Reader(message)));
  } else {
    written((writer) => runAtOnce(pushable!.pull(new Reader(message), writer)));
  }
  return true;
}

function pushableOf({ mixables }: Engine): Pushable | undefined {
  return mixables.find(({ pushable }) => pushable !== undefined)?.pushable;
}

/** Reads what this program has written. */
function acceptable(read: () => void): void {
  try {
    read();
  } catch (cause) {
    throw new TypeError(`what was written is refused: ${cause}`, { cause });
  }
}
