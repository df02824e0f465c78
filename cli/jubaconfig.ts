import { jubaconfigMain } from "./jubaconfig_main.ts";
import { jubaconfigOptions } from "./option_tables.ts";
import { runProgram } from "./program.ts";
import { toolContext } from "./zookeeper_tool.ts";

await runProgram("jubaconfig", jubaconfigOptions, (options, { usage }) => jubaconfigMain(options, toolContext(usage)), {
  logTo: "stderr",
});
