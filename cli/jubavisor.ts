import { jubavisorMain } from "./jubavisor_main.ts";
import { jubavisorOptions } from "./option_tables.ts";
import { runProgram } from "./program.ts";

await runProgram("jubavisor", jubavisorOptions, jubavisorMain);
