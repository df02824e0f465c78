import { log } from "../lib/base/log.ts";
import { stderrWriter } from "../lib/server/log_sinks.ts";
import { jubaconvMain } from "./jubaconv_main.ts";
import { jubaconvOptions } from "./option_tables.ts";
import { runProgram } from "./program.ts";
import { printToStdout } from "./zookeeper_tool.ts";

await runProgram("jubaconv", jubaconvOptions, (options) => {
  log.setSinks([]);
  return jubaconvMain(options, {
    input: async () => new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer()),
    readFile: Deno.readFileSync,
    print: printToStdout,
    complain: (message) => stderrWriter().write(`${message}\n`),
  });
});
