import { type ByteString, byteStringOfText } from "../base/byte_string.ts";
import { ConfigSyntaxError } from "../base/config_error.ts";
import { parseConfig, trailingTextWarning } from "../base/config_reader.ts";
import { jsonEquals, type JsonValue } from "../base/json_value.ts";
import { Exclusive } from "../base/exclusive.ts";
import { log } from "../base/log.ts";
import { JUBATUS_VERSION } from "../base/version.ts";
import { formatEndpoint } from "../cluster/paths.ts";
import type { Engine, EngineContext, EngineType } from "../engine/engine.ts";
import {
  checkModelFile,
  decodeModelFile,
  encodeModelFile,
  type ModelFile,
  ModelFileError,
  readModel,
} from "../model/model_file.ts";
import type { MixModel } from "../mix/mixer.ts";
import type { Mixable, Sliced } from "../model/mixable.ts";
import type { Reader } from "../msgpack/reader.ts";
import type { Writer } from "../msgpack/writer.ts";
import type { Call } from "../rpc/call.ts";
import { commonService } from "../service/common_service.ts";
import type { CommonService } from "../service/common_service.ts";
import type { EngineMethods } from "../service/service.ts";
import { Dispatcher } from "./dispatcher.ts";
import { ModelStore } from "./model_store.ts";
import { memoryStatus, userName } from "./process_status.ts";
import type { ServerSettings } from "./server_options.ts";

/** What a cluster member adds to a server. */
export interface ClusterPart {
  /** Methods for the other members. */
  readonly methods: Iterable<readonly [name: string, call: Call]>;
  /** Keys of `get_status`. */
  status(): Iterable<readonly [ByteString, ByteString]>;
  /** Called before each call that counts as an update. */
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
export class EngineServer implements CommonMethods, MixModel {
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
  /** Saving, loading and the steps of MIX, one at a time. */
  readonly #exclusive = new Exclusive();
  readonly #lastSaved: FileEvent = { timeSec: 0, path: "" };
  readonly #lastLoaded: FileEvent = { timeSec: 0, path: "" };

  /** Throws a `ConfigError` when the configuration is wrong. */
  constructor(type: EngineType, settings: ServerSettings, config: ByteString, context: EngineContext) {
    this.#type = type;
    this.#settings = settings;
    this.#config = config;
    this.#owner = formatEndpoint({ host: settings.advertisedAddress, port: settings.port });
    this.#engine = type.create(config, context);
    const warning = trailingTextWarning(parseConfig(config));
    if (warning !== undefined) log.warn(warning);
    this.#store = new ModelStore(settings.datadir, this.#owner, type.name);
    this.dispatcher.addService(type.service, () => this.#engine.methods, () => this.#updated());
    this.dispatcher.addService(commonService, () => this as unknown as Engine["methods"], () => this.#updated());
  }

  /** Becomes a member of a cluster. */
  joinCluster(part: ClusterPart): void {
    this.#cluster = part;
    for (const [name, call] of part.methods) this.dispatcher.add(name, call);
  }

  get mixables(): readonly Mixable[] {
    return this.#engine.mixables;
  }

  *pack(writer: Writer): Sliced {
    if (this.#engine.packSliced === undefined) this.#engine.pack(writer);
    else yield* this.#engine.packSliced(writer);
  }

  replace(model: Reader): void {
    const engine = this.#engine.fresh();
    engine.unpack(model);
    engine.mixables.forEach((part, i) => part.adopt(this.#engine.mixables[i]!));
    this.#engine = engine;
  }

  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#exclusive.run(work);
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
    // The disk may take its time: MIX goes on meanwhile.
    const bytes = await this.#exclusive.run(() => encodeModelFile(info, (writer) => this.#engine.pack(writer)));
    await this.#store.write(path, bytes);
    log.info(`saved to ${path}`);
    this.#lastSaved.timeSec = nowSec();
    this.#lastSaved.path = path;
    return [[this.#owner, byteStringOfText(path)]];
  }

  async load(id: ByteString): Promise<boolean> {
    const path = this.#store.pathOf(id);
    await this.#exclusive.run(async () => {
      log.info(`starting load from ${path}`);
      this.install(decodeModelFile(await this.#store.read(path)), path);
    });
    return true;
  }

  /** Puts the model of a file in place of the current one, which stays when the file is not as it should be. */
  install(file: ModelFile, path: string): void {
    checkModelFile(file, this.#type.name);
    if (!jsonEquals(storedConfig(file), parseConfig(this.#config).value)) {
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
      [
        "configpath",
        settings.isStandalone ? settings.configPath : `/jubatus/config/${this.#type.name}/${settings.name}`,
      ],
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

function storedConfig({ config }: ModelFile): JsonValue {
  try {
    return parseConfig(config).value;
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError) || error.atEnd) throw error;
    // What 1.1.1 calls a text that comes from no file.
    throw new ModelFileError(`<istream>:${error.message}`, { cause: error });
  }
}

function nowSec(): number {
  return Math.floor(Date.now() / 1000);
}
