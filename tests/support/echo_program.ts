/**
 * A program that does nothing but what every program does; started by `tests/cli/program_test.ts`.
 *
 * @module
 */
import { jubaconvOptions, serverOptions } from "../../cli/option_tables.ts";
import { runProgram } from "../../cli/program.ts";
import { log } from "../../lib/base/log.ts";
import { StartError } from "../../lib/server/fatal.ts";

const asServer = Deno.args.includes("--server");
const table = asServer
  ? { ...serverOptions, options: [...serverOptions.options, { long: "server", type: "flag", help: "" } as const] }
  : jubaconvOptions;

await runProgram(asServer ? "jubastat" : "jubaconv", table, (options, context) => {
  const topic = asServer ? options.string("name") : options.string("conf");
  if (topic === "usage") throw new StartError("refused", "usage");
  if (topic === "stderr") throw new StartError("too early", "stderr", 255);
  if (topic === "crash") throw new Error("crashed");
  log.info(`${context.program} ${topic}`);
  return 3;
}, { logTo: asServer ? "stdout" : "stderr" });
