import { type ByteString, byteStringOf, textOf } from "../base/byte_string.ts";
import { log } from "../base/log.ts";
import type { EngineContext, EngineType } from "../engine/engine.ts";
import { decodeModelFile, type ModelFile } from "../model/model_file.ts";
import { EngineServer } from "./engine_server.ts";
import { configLoadError, StartError } from "./fatal.ts";
import { listen } from "./listen.ts";
import { readModelFile } from "./model_store.ts";
import { checkMixer, type ServerSettings } from "./server_options.ts";
import type { Signals } from "./signals.ts";
import { errorText } from "./system_error.ts";

/** A server without a cluster, with its configuration and model loaded. */
export function createStandaloneServer(type: EngineType, settings: ServerSettings): EngineServer {
  checkMixer(settings.mixer);
  const file = settings.modelFile === "" ? undefined : openModelFile(settings);
  const config = file?.config ?? readConfigFile(settings.configPath);
  let server: EngineServer;
  try {
    server = new EngineServer(type, settings, config, engineContext(settings));
  } catch (error) {
    throw configLoadError(error, settings.configPath === "" ? settings.modelFile : settings.configPath);
  }
  log.info(`config loaded: ${textOf(config)}`);
  if (file !== undefined) server.install(file, settings.modelFile);
  return server;
}

/** What engines get to know of the server and the world. */
export function engineContext(settings: ServerSettings): EngineContext {
  return {
    isMixed: !settings.isStandalone,
    seed: crypto.getRandomValues(new Uint32Array(1))[0]!,
    now: () => Math.floor(Date.now() / 1000),
    owner: `${settings.advertisedAddress}_${settings.port}`,
  };
}

/** The model to begin with, which has its configuration with it. */
function openModelFile(settings: ServerSettings): ModelFile {
  if (settings.configPath !== "") {
    log.info("both model file and configuration are specified; using configuration from model file");
  }
  log.info(`starting load from ${settings.modelFile}`);
  return decodeModelFile(readModelFile(settings.modelFile));
}

function readConfigFile(path: string): ByteString {
  log.info(`load config from local file: ${path}`);
  try {
    return byteStringOf(Deno.readFileSync(path));
  } catch (error) {
    throw new StartError(`can't read ${path}: ${errorText(error)}`, "error", 1, { cause: error });
  }
}

/** Serves until the program is told to stop. */
export async function serve(server: EngineServer, settings: ServerSettings, signals: Signals): Promise<void> {
  await using rpc = listen(server.dispatcher, settings, "server");
  log.info(`start listening at port ${rpc.port}`);
  server.started();
  signals.serverIsUp();
  log.info(`${settings.program} RPC server startup`);
  await stopped(signals.stop);
  log.info("stopping RPC server");
}

/** Resolves when the signal is aborted. */
export function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
