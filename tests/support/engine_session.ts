import { assertEquals } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import type { Engine, EngineContext, EngineType } from "../../lib/engine/engine.ts";
import { applyDiffs, EnvelopeFold, writeDiffs } from "../../lib/mix/envelope.ts";
import { runAtOnce } from "../../lib/model/mixable.ts";
import { Reader } from "../../lib/msgpack/reader.ts";
import { Writer } from "../../lib/msgpack/writer.ts";
import type { Codec } from "../../lib/service/service.ts";
import { packed, unpacked, written } from "./packed.ts";

/** An engine without a server: arguments and results go through the codecs of its service. */
export class EngineSession {
  /** The engine in use; another after {@link load}. */
  engine: Engine;
  readonly #type: EngineType;

  /** `config` is an object to be written as JSON, or the text itself. */
  constructor(type: EngineType, config: unknown, context: Partial<EngineContext> = {}) {
    const text = byteStringOfText(typeof config === "string" ? config : JSON.stringify(config));
    this.#type = type;
    this.engine = type.create(text, { isMixed: false, seed: 0, now: () => 0, owner: "", ...context });
  }

  /** Calls a method. */
  call(name: string, ...args: readonly unknown[]): unknown {
    const method = this.#type.service[name]!;
    const read = method.args.map((codec, i) => passed(codec as Codec<unknown>, args[i]));
    const result = (this.engine.methods[name] as (...args: unknown[]) => unknown)(...read);
    return passed(method.result as Codec<unknown>, result);
  }

  /** The model, as in a model file. */
  save(): Uint8Array<ArrayBuffer> {
    return packed(this.engine);
  }

  /** Replaces the model. */
  load(model: Uint8Array): void {
    this.engine = unpacked(model, this.engine.fresh());
  }
}

/** What one side reads of what the other has written. */
function passed(codec: Codec<unknown>, value: unknown): unknown {
  const writer = new Writer();
  codec.write(writer, value);
  return codec.read(new Reader(writer.take()));
}

/** One round of MIX. */
export function mix(...sessions: readonly EngineSession[]): void {
  const fold = new EnvelopeFold(sessions[0]!.engine.mixables);
  sessions.forEach(({ engine }, i) => {
    runAtOnce(fold.add(String(i), written((writer) => runAtOnce(writeDiffs(engine.mixables, writer)))));
  });
  const difference = written((writer) => runAtOnce(fold.write(writer)));
  for (const { engine } of sessions) assertEquals(runAtOnce(applyDiffs(engine.mixables, difference)), true);
}
