import { jubactlMain } from "./jubactl_main.ts";
import { jubactlOptions } from "./option_tables.ts";
import { runProgram } from "./program.ts";
import { toolContext } from "./zookeeper_tool.ts";

await runProgram("jubactl", jubactlOptions, (options, { usage }) => jubactlMain(options, toolContext(usage)), {
  logTo: "stderr",
});
