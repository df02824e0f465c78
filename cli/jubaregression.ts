import { regressionType } from "../lib/engine/regression/regression_engine.ts";
import { serverMain } from "./server_main.ts";

await serverMain(regressionType);
