import { type ByteString, byteStringOf, textOf } from "../base/byte_string.ts";
import { log } from "../base/log.ts";
import type { EngineContext, EngineType } from "../engine/engine.ts";
import { decodeModelFile } from "../model/model_file.ts";
import { EngineServer } from "./engine_server.ts";
import { configLoadError, StartError } from "./fatal.ts";
import { listen } from "./listen.ts";
import { readModelFile } from "./model_store.ts";
import type { ServerSettings } from "./server_options.ts";
import type { Signals } from "./signals.ts";
import { errorText } from "./system_error.ts";

/** A server without a cluster, with its configuration and model loaded. */
export function createStandaloneServer(type: EngineType, settings: ServerSettings): EngineServer {
  const config = loadConfig(settings);
  let server: EngineServer;
  try {
    server = new EngineServer(type, settings, config, engineContext(settings));
  } catch (error) {
    throw configLoadError(error, settings.configPath === "" ? settings.modelFile : settings.configPath);
  }
  log.info(`config loaded: ${textOf(config)}`);
  if (settings.modelFile !== "") server.loadFile(settings.modelFile);
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

/** The configuration text, from the model file if there is one. */
function loadConfig(settings: ServerSettings): ByteString {
  if (settings.modelFile !== "") {
    if (settings.configPath !== "") {
      log.info("both model file and configuration are specified; using configuration from model file");
    }
    return decodeModelFile(readModelFile(settings.modelFile)).config;
  }
  log.info(`load config from local file: ${settings.configPath}`);
  try {
    return byteStringOf(Deno.readFileSync(settings.configPath));
  } catch (error) {
    throw new StartError(`can't read ${settings.configPath}: ${errorText(error)}`, "error", 1, { cause: error });
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
