import { statType } from "../lib/engine/stat/stat_engine.ts";
import { serverMain } from "./server_main.ts";

await serverMain(statType);
