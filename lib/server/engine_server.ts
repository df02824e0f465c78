import { type ByteString, byteStringOfText, textOf } from "../base/byte_string.ts";
import { parseConfig } from "../base/config_reader.ts";
import { jsonEquals } from "../base/json_value.ts";
import { log } from "../base/log.ts";
import { JUBATUS_VERSION } from "../base/version.ts";
import type { Engine, EngineContext, EngineType } from "../engine/engine.ts";
import { checkModelFile, decodeModelFile, encodeModelFile, ModelFileError, readModel } from "../model/model_file.ts";
import { commonService } from "../service/common_service.ts";
import type { CommonService } from "../service/common_service.ts";
import type { Codec, EngineMethods } from "../service/service.ts";
import { Dispatcher } from "./dispatcher.ts";
import { ModelStore, readModelFile } from "./model_store.ts";
import { memoryStatus, userName } from "./process_status.ts";
import type { ServerSettings } from "./server_options.ts";

/** What a cluster member adds to a server. */
export interface ClusterPart {
  /** Keys of `get_status`. */
  status(): Iterable<readonly [ByteString, ByteString]>;
  /** Called after each call that counts as an update. */
  updated(): void;
}

/** When and where a model was last saved or loaded. */
interface FileEvent {
  timeSec: number;
  path: string;
}

/** The methods that every server has, some of which take time. */
type CommonMethods = {
  [Name in keyof CommonService]: (
    ...args: Parameters<EngineMethods<CommonService>[Name]>
  ) => ReturnType<EngineMethods<CommonService>[Name]> | Promise<ReturnType<EngineMethods<CommonService>[Name]>>;
};

/** An engine with the methods, the files and the status of a server. Knows nothing of sockets. */
export class EngineServer implements CommonMethods {
  /** Answers requests. */
  readonly dispatcher: Dispatcher = new Dispatcher();
  readonly #type: EngineType;
  readonly #settings: ServerSettings;
  /** `<ip>_<port>`. */
  readonly #owner: string;
  readonly #store: ModelStore;
  #engine: Engine;
  #config: ByteString;
  #cluster: ClusterPart | undefined;
  #startTimeSec = 0;
  #updateCount = 0;
  readonly #lastSaved: FileEvent = { timeSec: 0, path: "" };
  readonly #lastLoaded: FileEvent = { timeSec: 0, path: "" };

  /** Throws a `ConfigError` when the configuration is wrong. */
  constructor(type: EngineType, settings: ServerSettings, config: ByteString, context: EngineContext) {
    this.#type = type;
    this.#settings = settings;
    this.#config = config;
    this.#owner = context.owner;
    this.#engine = type.create(config, context);
    this.#store = new ModelStore(settings.datadir, context.owner, type.name);
    this.dispatcher.addService(type.service, () => this.#engine.methods, () => this.#updated());
    this.dispatcher.addService(commonService, () => this as unknown as Engine["methods"], () => this.#updated());
  }

  /** The engine in use; another after each load. */
  get engine(): Engine {
    return this.#engine;
  }

  /** The configuration text. */
  get config(): ByteString {
    return this.#config;
  }

  /** Joins a cluster. */
  joinCluster(part: ClusterPart): void {
    this.#cluster = part;
  }

  /** Puts another model in place of the current one. */
  replaceEngine(engine: Engine): void {
    this.#engine = engine;
  }

  /** Notes that requests are served from now on. */
  started(): void {
    this.#startTimeSec = nowSec();
  }

  get_config(): ByteString {
    return this.#config;
  }

  async save(id: ByteString): Promise<[ByteString, ByteString][]> {
    const path = this.#store.pathOf(id);
    log.info(`starting save to ${path}`);
    const info = { type: this.#type.name, id, config: this.#config, timestamp: nowSec() };
    const bytes = encodeModelFile(info, (writer) => this.#engine.pack(writer));
    await this.#store.write(path, bytes);
    log.info(`saved to ${path}`);
    this.#lastSaved.timeSec = nowSec();
    this.#lastSaved.path = path;
    return [[this.#owner, byteStringOfText(path)]];
  }

  load(id: ByteString): boolean {
    this.#load(this.#store.pathOf(id));
    return true;
  }

  /** Loads the model of `--model_file`. */
  loadFile(path: string): void {
    this.#load(path);
  }

  #load(path: string): void {
    log.info(`starting load from ${path}`);
    const file = decodeModelFile(readModelFile(path));
    checkModelFile(file, this.#type.name);
    if (!jsonEquals(parseConfig(file.config).value, parseConfig(this.#config).value)) {
      throw new ModelFileError(`server config mismatched: ${file.config}, expected ${this.#config}`);
    }
    // The model in use stays as it is until the other one is complete.
    const engine = this.#engine.fresh();
    readModel(file, (reader) => engine.unpack(reader));
    this.#engine = engine;
    this.#lastLoaded.timeSec = nowSec();
    this.#lastLoaded.path = path;
    log.info(`loaded from ${path}`);
  }

  get_status(): [ByteString, [ByteString, ByteString][]][] {
    const settings = this.#settings;
    const now = nowSec();
    const status = new Map<string, string>(this.#engine.status());
    const base: [string, string | number][] = [
      ["clock_time", now],
      ["start_time", this.#startTimeSec],
      ["uptime", now - this.#startTimeSec],
      ...Object.entries(memoryStatus()),
      ["timeout", settings.timeoutSec],
      ["threadnum", settings.threads],
      ["datadir", settings.datadir],
      ["is_standalone", settings.isStandalone ? 1 : 0],
      ["VERSION", JUBATUS_VERSION],
      ["PROGNAME", settings.program],
      ["type", this.#type.name],
      ["logdir", settings.logdir],
      ["log_config", settings.logConfig],
      ["configpath", settings.isStandalone ? settings.configPath : `/jubatus/config/${this.#type.name}/${settings.name}`],
      ["pid", Deno.pid],
      ["user", userName()],
      ["update_count", this.#updateCount],
      ["last_saved", this.#lastSaved.timeSec],
      ["last_saved_path", this.#lastSaved.path],
      ["last_loaded", this.#lastLoaded.timeSec],
      ["last_loaded_path", this.#lastLoaded.path],
    ];
    for (const [key, value] of base) status.set(key, byteStringOfText(String(value)));
    for (const [key, value] of this.#cluster?.status() ?? []) status.set(key, value);
    return [[this.#owner, [...status]]];
  }

  #updated(): void {
    this.#updateCount++;
    this.#cluster?.updated();
  }
}

function nowSec(): number {
  return Math.floor(Date.now() / 1000);
}
