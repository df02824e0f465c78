import { assertEquals } from "@std/assert";
import { byteStringOfText } from "../../lib/base/byte_string.ts";
import { classifierType } from "../../lib/engine/classifier/classifier_engine.ts";
import { EngineServer } from "../../lib/server/engine_server.ts";
import type { ServerSettings } from "../../lib/server/server_options.ts";
import { dispatched } from "../support/dispatched.ts";
import { GOLDEN_CONFIG, modelFileOf, type ModelFileParts } from "../support/model_files.ts";
import { serverSettings } from "../support/server_settings.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import type { WireMap, WireValue } from "../support/wire_value.ts";

/** Who the server is. */
export const owner = "192.0.2.7_9199";

/** A standalone classifier server without sockets, in a directory of its own. */
export class Session implements Disposable {
  readonly directory = new TemporaryDirectory();
  readonly server: EngineServer;

  constructor(config: unknown = GOLDEN_CONFIG, changes: Partial<ServerSettings> = {}) {
    const text = byteStringOfText(typeof config === "string" ? config : JSON.stringify(config));
    const context = { isMixed: false, seed: 1, now: () => 0, owner };
    this.server = new EngineServer(classifierType, serverSettings(this.directory.path, changes), text, context);
  }

  call(method: string, ...params: readonly WireValue[]): Promise<[WireValue, WireValue]> {
    return dispatched(this.server.dispatcher, method, "name", ...params);
  }

  train(label: string, key: string, value: number): Promise<[WireValue, WireValue]> {
    return this.call("train", [[label, [[], [[key, value]], []]]]);
  }

  async status(): Promise<Map<string, string>> {
    const [error, result] = await this.call("get_status");
    assertEquals(error, null);
    const [[who, status], ...others] = (result as WireMap).entries as [[WireValue, WireMap]];
    assertEquals([who, others.length], [owner, 0]);
    for (const [key, value] of status.entries) assertEquals([typeof key, typeof value], ["string", "string"]);
    return new Map(status.entries as [string, string][]);
  }

  async updateCount(): Promise<string | undefined> {
    return (await this.status()).get("update_count");
  }

  pathOf(id: string): string {
    return `${this.directory.path}/${owner}_classifier_${id}.jubatus`;
  }

  /** Puts a file where `load` of an id finds it. */
  put(id: string, file: Uint8Array | ModelFileParts): void {
    Deno.writeFileSync(this.pathOf(id), file instanceof Uint8Array ? file : modelFileOf(file));
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]();
  }
}
