import { byteStringOf } from "../lib/base/byte_string.ts";
import { ConfigSyntaxError } from "../lib/base/config_error.ts";
import { parseConfig, trailingTextWarning } from "../lib/base/config_reader.ts";
import { log } from "../lib/base/log.ts";
import { deleteConfig, listConfigs, readConfig, writeConfig } from "../lib/cluster/config_store.ts";
import type { Coordinator } from "../lib/cluster/coordinator.ts";
import { prepareTree } from "../lib/cluster/membership.ts";
import { engineTypes, validateEngineConfig } from "../lib/engine/registry.ts";
import { diagnostic } from "../lib/server/fatal.ts";
import { readZookeeperAuth } from "../lib/server/zookeeper_auth.ts";
import type { OptionValues } from "./options.ts";
import { type ToolContext, zookeeperHosts } from "./zookeeper_tool.ts";

/** One command; everything it needs to know is on the command line. */
type Command = (coordinator: Coordinator, options: OptionValues, context: ToolContext) => Promise<void>;

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["write", write],
  ["read", read],
  ["delete", remove],
  ["list", list],
]);

/** The work of jubaconfig; returns the exit code. Results and failures go to standard output as in 1.1.1. */
export async function jubaconfigMain(options: OptionValues, context: ToolContext): Promise<number> {
  const name = options.string("cmd");
  const hosts = zookeeperHosts(options.string("zookeeper"), context);
  if (hosts === undefined) return 1;
  const command = commands.get(name);
  if (command === undefined) {
    context.print(`unknown cmd: ${name}\n${context.usage}`);
    return 1;
  }
  const [type, cluster] = [options.string("type"), options.string("name")];
  if (command !== list && (type === "" || cluster === "")) {
    const given = `type: ${type} name: ${cluster}`;
    context.print(`can't excute ${name} without type and name specified\n${given}\n${context.usage}`);
    return 1;
  }
  const auth = readZookeeperAuth(options.string("zookeeper_auth"));
  try {
    await using coordinator = await context.connect(hosts, auth);
    await command(coordinator, options, context);
    return 0;
  } catch (error) {
    context.print(`${diagnostic(error)}\n\n`);
    return 1;
  }
}

async function write(coordinator: Coordinator, options: OptionValues): Promise<void> {
  const [type, name, file] = [options.string("type"), options.string("name"), options.string("file")];
  await prepareTree(coordinator, type, name);
  const text = readFile(file);
  validate(type, text, file, options.flag("force"));
  await writeConfig(coordinator, type, name, text);
}

async function read(coordinator: Coordinator, options: OptionValues, context: ToolContext): Promise<void> {
  context.print(await readConfig(coordinator, options.string("type"), options.string("name")));
}

async function remove(coordinator: Coordinator, options: OptionValues): Promise<void> {
  await deleteConfig(coordinator, options.string("type"), options.string("name"));
}

async function list(coordinator: Coordinator, _options: OptionValues, context: ToolContext): Promise<void> {
  for await (const { type, name, text } of listConfigs(coordinator)) {
    context.print(`type: ${type}, name: ${name}\n`);
    context.print(text);
    context.print("\n");
  }
}

function readFile(file: string): Uint8Array {
  let text: Uint8Array;
  try {
    text = Deno.readFileSync(file);
  } catch (cause) {
    throw new Error(`can't read ${file} .`, { cause });
  }
  if (text.length === 0) throw new Error("config is empty");
  return text;
}

/** Refuses what no server could start with, unless forced; Jubatus 1.1.1 takes any JSON. */
function validate(type: string, text: Uint8Array, file: string, force: boolean): void {
  try {
    const warning = trailingTextWarning(parseConfig(text));
    if (warning !== undefined) log.warn(warning);
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    throw new Error(`syntax error in configuration: ${file}:${error.message}`, { cause: error });
  }
  if (force) return;
  // Other kinds of servers may be Jubatus' own; what they understand is not known here.
  if (engineTypes.has(type)) validateEngineConfig(type, byteStringOf(text));
  else log.warn(`the configuration is not checked: no engine ${type} here`);
}
